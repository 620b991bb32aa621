#pragma once

#include <cstddef>
#include <vector>

#include "forecaster/forecast_model.h"

namespace loadcurve {

// The logarithm of the load as a linear function of its own past: the last steps, the
// steps around one and two seasons before, and those around one week before where the
// week is a season too. Fitted by ridge regression in closed form; each forecast step
// feeds the next.
//
// The path is kept within a fifth beyond what was ever measured: a recursion that feeds on
// itself may otherwise run away.
class RidgeAutoregression final : public ForecastModel {
 public:
  // `seasons` in steps, rising; may be empty.
  explicit RidgeAutoregression(const std::vector<std::size_t>& seasons);

  std::string_view name() const override { return "ridge"; }
  std::size_t least_history() const override;
  [[nodiscard]] Result<std::unique_ptr<FittedModel>> Fit(const LoadSeries& history) const override;

 private:
  std::vector<std::size_t> lags_;  // in steps, rising
  std::size_t season_;             // the shortest, or 1; a gap is filled from one before
};

}  // namespace loadcurve
