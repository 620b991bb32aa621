#include "cmd/priced_pools.h"

#include <CLI/CLI.hpp>

#include <utility>

#include "adapters/profile_codec/capacity_codec.h"
#include "cmd/spot_traces.h"
#include "scaler/capacity/plan/spot_risk.h"

namespace loadcurve {

using capacity::CapacityOffer;

void PricedPools::AddTo(CLI::App& command) {
  command
      .add_option("--pools", file_,
                  "CapacityProfiles, whose spec.pools are what nodes cost; - is stdin")
      ->required()
      ->option_text("FILE");
  command
      .add_option("--trace", traces_,
                  "What was seen of a spot pool, in steps of 15 minutes at most: its losses "
                  "sharpen lossesPerHour")
      ->option_text("POOL=FILE...");
}

std::vector<CapacityOffer> StatedPools::Believed(const capacity::LossRecord& learnt) const {
  std::vector<CapacityOffer> believed = pools;
  for (CapacityOffer& pool : believed) {
    if (pool.capacity_class != capacity::CapacityClass::kSpot) continue;
    const auto& seen = traced.pools().contains(pool.pool) ? traced.pools() : learnt.pools();
    if (const auto of = seen.find(pool.pool); of != seen.end())
      pool.losses_per_hour = capacity::BelievedLosses(pool.losses_per_hour, of->second);
  }
  return believed;
}

Result<StatedPools> PricedPools::Read() const {
  LC_TRY(const auto profiles, profile_codec::ReadCapacityProfiles(file_));
  std::vector<CapacityOffer> pools;
  for (const auto& profile : profiles)
    pools.insert(pools.end(), profile.fields().pools.begin(), profile.fields().pools.end());
  if (pools.empty())
    return Fail(ErrorCode::kInvalidArgument,
                file_ + ": there is no pool; expected spec.pools, with what their nodes cost");
  const auto faults = capacity::FaultsOfPools(pools, "spec.pools");
  if (!faults.empty()) return Fail(ErrorCode::kInvalidArgument, file_ + ": " + faults.front());
  LC_TRY(capacity::LossRecord traced, SeenLossesIn(traces_, pools));
  return StatedPools{std::move(pools), std::move(traced)};
}

}  // namespace loadcurve
