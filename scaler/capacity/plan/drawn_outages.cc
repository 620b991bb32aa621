#include "scaler/capacity/plan/drawn_outages.h"

#include <cmath>
#include <map>
#include <random>
#include <string>

#include "scaler/normal_distribution.h"

namespace loadcurve::capacity {

JointOutages DrawOutages(std::span<const CapacityOffer> offers, const OutageTerms& terms) {
  JointOutages outages;
  std::vector<const CapacityOffer*> spot;
  for (const CapacityOffer& offer : offers) {
    if (offer.capacity_class != CapacityClass::kSpot) continue;
    spot.push_back(&offer);
    outages.pools.push_back(offer.pool);
  }
  if (spot.empty()) return outages;
  std::mt19937_64 random(terms.seed);
  std::normal_distribution<double> normal;
  for (std::size_t s = 0; s < terms.scenarios; ++s) {
    const double everywhere = normal(random);
    std::map<std::string, double> in_region;
    std::vector<double>& alive = outages.alive.emplace_back();
    for (const CapacityOffer* offer : spot) {
      if (!in_region.contains(offer->region)) in_region[offer->region] = normal(random);
      const double drawn =
          std::sqrt(terms.across_regions) * everywhere +
          std::sqrt(terms.in_region - terms.across_regions) * in_region[offer->region] +
          std::sqrt(1 - terms.in_region) * normal(random);
      const double lost = 1 - std::exp(-offer->losses_per_hour * Seconds(terms.ahead) / 3600);
      alive.push_back(NormalBelow(drawn) < lost ? 0 : 1);
    }
  }
  return outages;
}

}  // namespace loadcurve::capacity
