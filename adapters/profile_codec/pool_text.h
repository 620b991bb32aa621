#pragma once

#include "adapters/profile_codec/yaml_fields.h"
#include "scaler/capacity/capacity_offer.h"

namespace loadcurve::profile_codec {

// One pool of nodes: what a node of it has for pods, and what it costs. Ranges are judged by
// capacity::FaultsOfPools.
void ReadPool(Fields& fields, capacity::CapacityOffer& pool);

}  // namespace loadcurve::profile_codec
