#pragma once

#include "adapters/profile_codec/yaml_fields.h"
#include "scaler/capacity/capacity_offer.h"

namespace loadcurve::profile_codec {

// "reserved", "on-demand" or "spot" in the field `class`; what it is where that is not there.
void ReadClass(Fields& fields, capacity::CapacityClass& capacity_class);

// cpu, memory and pods, as far as they are there; none is negative.
void ReadResources(Fields& fields, capacity::NodeResources& resources);

// One pool of nodes: what a node of it has for pods, and what it costs. Ranges are judged by
// capacity::FaultsOfPools.
void ReadPool(Fields& fields, capacity::CapacityOffer& pool);

}  // namespace loadcurve::profile_codec
