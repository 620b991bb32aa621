#pragma once

#include <memory>
#include <vector>

#include "forecaster/error_tail.h"
#include "scaler/cheapest_count.h"
#include "scaler/twin/policy.h"

namespace loadcurve::twin {

// What ShortHorizon foretells at each step of a series, for the steps until a replica ordered
// then is ready: shared by all settings.
class UpcomingLoads {
 public:
  explicit UpcomingLoads(const FamilyInputs& inputs);

  // How many steps are foretold at each step.
  std::size_t count() const { return ahead_.size(); }
  // How far ahead the one at `index` is, from 0, the step that begins; of count(), one beyond the
  // last.
  std::size_t ahead(std::size_t index) const {
    return index < ahead_.size() ? ahead_[index] - ahead_.front() : lead() + 1;
  }
  // How far ahead the last one is: steps that a replica ordered now misses.
  std::size_t lead() const { return ahead_.back() - ahead_.front(); }
  // Asked at `step`, once a load is known.
  UpperLoad At(std::size_t step, std::size_t index) const;

 private:
  std::vector<std::size_t> ahead_;
  std::size_t width_ = 0;          // loads a step
  std::vector<MetricsQps> loads_;  // in replicas
};

// Loadcurve's own rule: the count that costs least over the steps until a replica ordered now is
// ready (CheapestAsk). What a step with too little capacity costs is the knob.
std::unique_ptr<PolicyFamily> Loadcurve(const FamilyInputs& inputs);

}  // namespace loadcurve::twin
