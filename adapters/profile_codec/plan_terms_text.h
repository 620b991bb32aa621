#pragma once

#include <string>

#include "adapters/profile_codec/yaml_fields.h"
#include "scaler/capacity/plan/plan_terms.h"

namespace loadcurve::profile_codec {

// What a plan must keep to: level, tail, mostShortfall, lossCost, moveCost, moveMargin, hold,
// spendCap and whenCapIsHit.
void ReadPlanObjective(Fields& fields, capacity::PlanTerms& terms);

// The shares of all cores that spot, one zone and one family may have at most: spot, zone, family.
void ReadPlanShares(Fields& fields, capacity::PlanTerms& terms);

// USD, not negative.
void ReadAmount(Fields& fields, const std::string& name, double& value);

}  // namespace loadcurve::profile_codec
