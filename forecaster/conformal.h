#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "forecaster/backtest.h"
#include "forecaster/error_unit.h"
#include "forecaster/joint_errors.h"

namespace loadcurve {

// Bands around a middle path, from the errors that the same model made at origins inside
// the series (split conformal prediction: Vovk et al., 2005; Lei et al., 2018).
//
// An error is measured in units of the predicted load to a power: 0 where errors do not
// grow with the load, 1/2 as counts do, 1 where they are a share of it; the likeliest
// power is taken. Each step ahead is judged by the errors of steps about as far ahead.
// The quantile of n errors is the one of rank (n + 1) level, which covers a new one
// in the mean with that probability; beyond the most extreme error the tail is continued
// like that of the logistic distribution.
//
// Errors of one origin are alike, and so are those of origins that lie less far apart than a step
// lies ahead: many errors may say no more than those of a few moments. So the outer bands are
// widened by what Student's distribution of so few is wider, or until they also cover the errors of
// origins that they were not made from, whichever is more; and the fewer the moments, the less is
// the middle of the errors taken for a rule. Steps further ahead than any error was seen grow with
// the square root of the distance, as a random walk does.
class ConformalBands {
 public:
  // `origins` with at least one measured actual; levels in (0, 1), rising; `season` in steps, after
  // which errors are of like size again, or 0.
  static ConformalBands Make(std::span<const RollingOrigin> origins, std::size_t horizon,
                             std::span<const double> levels, std::size_t season = 0);

  // Widens all bands by what Student's distribution of n values is wider than the normal one, about
  // (z z + 1) / (4 n): for a model that was chosen by how it did at no more than `moments` of them,
  // at each of which its errors are alike.
  void WidenForChoiceBy(std::size_t moments);

  // One load per step of `path`, which begins at step `first` of the series, and level: finite, >=
  // 0, never crossing.
  std::vector<double> Around(std::span<const double> path, std::size_t first = 0) const;

  // The quantile at each level of the largest load of the whole path, from the errors of each
  // origin taken together: below what quantiles step by step would come to if all steps moved at
  // once, and above any one of them.
  std::vector<double> MaximumAround(std::span<const double> path, std::size_t first = 0) const;

  // The mean pinball loss at each origin's windows of bands made without that origin:
  // what to expect of the next forecast, in units of the load.
  double expected_loss() const { return expected_loss_; }

  // Errors grow with the load to this power: 0, 0.25, 0.5, 0.75 or 1.
  double power() const { return unit_.power(); }

 private:
  explicit ConformalBands(ErrorUnit unit) : unit_(std::move(unit)) {}

  // The distance of a quantile from the middle so far ahead.
  void Widen(std::size_t ahead, std::size_t level, double factor);
  void Move(std::size_t ahead, double by);
  // To steps further ahead than any error was seen.
  void Extend(std::size_t horizon);

  ErrorUnit unit_;
  JointErrors courses_{1, 1};
  std::vector<double> levels_;
  std::vector<double> middles_;    // by step
  std::vector<double> quantiles_;  // horizon rows of one scaled error per level
  double expected_loss_ = 0;
};

}  // namespace loadcurve
