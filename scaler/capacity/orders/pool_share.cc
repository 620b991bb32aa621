#include "scaler/capacity/orders/pool_share.h"

namespace loadcurve::capacity {

std::vector<PoolShare> SharesOf(const std::vector<PoolClaim>& claims) {
  std::map<std::string, std::string> owners;  // by pool
  for (const PoolClaim& claim : claims)
    for (const std::string& pool : claim.pools) owners.try_emplace(pool, claim.name);
  std::vector<PoolShare> shares;
  for (const PoolClaim& claim : claims) {
    PoolShare& share = shares.emplace_back();
    for (const auto& [pool, owner] : owners)
      if (owner != claim.name) share.others.insert(pool);
    for (const std::string& pool : claim.pools)
      if (share.others.contains(pool)) share.taken[pool] = owners.at(pool);
  }
  return shares;
}

}  // namespace loadcurve::capacity
