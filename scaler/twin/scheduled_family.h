#pragma once

#include <memory>

#include "scaler/stated_policy.h"
#include "scaler/twin/policy.h"

namespace loadcurve::twin {

// What schedules a product has of its own.
enum class ScheduleKind {
  kFloors,  // at least so many for a time
  kBounds,  // at least, and at most
};

// The same rule as someone runs it who typed the schedules of the inputs' profile into it too, from
// one start-up before each: floors, which go before any ceiling, and ceilings where it has such.
// The family itself where there is no profile, or none with schedules.
std::unique_ptr<PolicyFamily> WithSchedules(std::unique_ptr<PolicyFamily> family,
                                            const FamilyInputs& inputs, ScheduleKind kind);

}  // namespace loadcurve::twin
