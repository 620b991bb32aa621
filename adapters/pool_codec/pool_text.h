#pragma once

#include <string>
#include <vector>

#include "adapters/profile_codec/yaml_fields.h"
#include "base/units.h"
#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/plan/plan_inputs.h"

namespace loadcurve::pool_codec {

// What all pools of a file share.
struct PoolDefaults {
  TimePoint now;
  TimePoint priced_at;
  Duration most_price_age = std::chrono::hours(24);
  capacity::NodeResources reserve;  // that the system takes of a machine
  capacity::NodeResources daemons;  // that daemon sets take of a node
};

// pricedAt of the fields, or what `priced_at` is; refuses what is older than it may be.
void ReadPriceAge(profile_codec::Fields& fields, const PoolDefaults& defaults,
                  TimePoint& priced_at);

// One entry of `pools`, and of it the nodes that are held.
void ReadPool(profile_codec::Fields& fields, const PoolDefaults& defaults,
              std::vector<capacity::CapacityOffer>& offers, std::vector<capacity::HeldNodes>& held);

}  // namespace loadcurve::pool_codec
