#pragma once

#include "forecaster/forecast_model.h"

namespace loadcurve {

// The load stays as it is: the mean of the last measured windows, five of them or fewer
// (one window alone is too noisy to be a level).
class Persistence final : public ForecastModel {
 public:
  std::string_view name() const override { return "persistence"; }
  std::size_t least_history() const override { return 1; }
  [[nodiscard]] Result<std::unique_ptr<FittedModel>> Fit(const LoadSeries& history) const override;
};

}  // namespace loadcurve
