#pragma once

#include <Eigen/Core>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "forecaster/backtest.h"
#include "forecaster/error_unit.h"

namespace loadcurve {

// What was missed at some origins, one a row, so many steps ahead, one a column.
struct ScaledErrors {
  ScaledErrors(std::span<const RollingOrigin> origins, std::size_t horizon, const ErrorUnit& unit);

  Eigen::ArrayXXd errors;  // in units of their scales; NaN where missing
  Eigen::ArrayXXd scales;  // in units of the load
};

// One error among those of other steps.
struct PooledError {
  double error = 0;
  std::uint32_t ahead = 0;
  std::uint32_t group = 0;  // of neighbouring origins, in turn
};

// Errors are left out in so many groups of neighbouring origins.
inline constexpr std::size_t kErrorGroups = 16;
// Quantiles of fewer errors say too little.
inline constexpr std::size_t kFewestErrors = 3;

// The errors of steps about as far ahead, smallest first: those of a step more come in, and those
// of a step that is no longer near go, as one goes further ahead.
class NearErrors {
 public:
  // `errors` as in ScaledErrors.
  explicit NearErrors(const Eigen::ArrayXXd& errors) : errors_(errors) {}

  // Of the steps around `ahead`, which rises from call to call.
  const std::vector<PooledError>& Around(std::size_t ahead);

 private:
  const Eigen::ArrayXXd& errors_;
  std::vector<PooledError> pooled_;
  std::vector<PooledError> coming_;
  std::vector<PooledError> merged_;
  std::size_t next_ = 0;  // the step that comes in next
};

// Quantiles judged on the errors of groups that they were not made from.
class LeaveOneOut {
 public:
  explicit LeaveOneOut(std::span<const double> levels)
      : levels_(levels), reaches_(levels.size()), quantiles_(kErrorGroups * levels.size()) {}

  // `pooled` as NearErrors gives them; of the errors exactly so far ahead.
  void Judge(const std::vector<PooledError>& pooled, const ScaledErrors& all, std::size_t ahead);

  // Pinball loss, in units of the load.
  double MeanLoss() const { return count_ > 0 ? loss_ / count_ : 0; }

  // By how much the band at a level must reach further from the middle to cover the errors left out
  // as often as it says; 1 where they are too few to say.
  double WideningOf(std::size_t level);

 private:
  void JudgeOne(double error, double scale, std::size_t group);

  std::span<const double> levels_;
  std::vector<std::vector<double>> reaches_;  // by level: of errors, 1 where the quantile is
  // Of the step that is judged, by group: where its errors stand, and what the others say.
  std::vector<std::uint32_t> places_;
  std::array<double, kErrorGroups> middles_{};
  std::vector<double> quantiles_;  // groups x levels
  double loss_ = 0;
  double count_ = 0;
};

}  // namespace loadcurve
