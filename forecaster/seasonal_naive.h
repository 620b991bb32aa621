#pragma once

#include "forecaster/forecast_model.h"

namespace loadcurve {

// The last season again: the load of each window is that of the window one season before,
// or two, where that one is missing. The rival that every other model must beat.
class SeasonalNaive final : public ForecastModel {
 public:
  // `season` in steps, at least 1.
  explicit SeasonalNaive(std::size_t season);

  std::string_view name() const override { return "seasonal-naive"; }
  std::size_t least_history() const override { return season_; }
  [[nodiscard]] Result<std::unique_ptr<FittedModel>> Fit(const LoadSeries& history) const override;

 private:
  std::size_t season_;
};

}  // namespace loadcurve
