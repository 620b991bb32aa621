#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "forecaster/load_outlook.h"
#include "scaler/scaling_profile.h"
#include "scaler/twin/policy.h"

namespace loadcurve::twin {

// What OutlookModel foretells at each step of a series: shared by all settings.
class UpcomingLoads {
 public:
  explicit UpcomingLoads(const FamilyInputs& inputs);

  // Asked at `step`, once a load is known.
  LoadOutlook At(std::size_t step) const;

 private:
  Timing timing_;
  std::vector<std::size_t> ahead_;
  std::vector<LoadRow> rows_;  // in replicas
};

// Loadcurve itself: the decisions of ReplicaDecider, as serving makes them. The knob is what a step
// with too little capacity costs; where the inputs have a profile, its objective, limits and
// start-up are the one setting.
std::unique_ptr<PolicyFamily> Loadcurve(const FamilyInputs& inputs);

// A profile whose loads are in replicas: one carries 1, and is planned for as much.
ScalingProfileFields InReplicas(const Timing& timing);

}  // namespace loadcurve::twin
