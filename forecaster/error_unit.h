#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "forecaster/backtest.h"

namespace loadcurve {

// In what errors of a forecast are measured, so that those of high and low loads, and of busy and
// of quiet hours, are alike: the predicted load to a power, 0, 1/4, 1/2, 3/4 or 1, whichever makes
// them likeliest, times how large errors usually are at this time of the season.
class ErrorUnit {
 public:
  // From what was missed at some origins; `season` in steps, 0 where there is none.
  ErrorUnit(std::span<const RollingOrigin> origins, std::size_t season);

  // Where `predicted` is the load of step `index` of the series.
  double At(double predicted, std::size_t index) const;

  // What an origin missed so many steps ahead; NaN where that is missing.
  double ErrorOf(const RollingOrigin& origin, std::size_t ahead) const {
    return (origin.actual[ahead] - origin.predicted[ahead]) /
           At(origin.predicted[ahead], origin.first + ahead);
  }

  double power() const { return static_cast<double>(quarters_) / 4; }

 private:
  void LearnParts(std::span<const RollingOrigin> origins);

  std::size_t quarters_ = 0;  // of a power
  double floor_ = 1;          // loads below it are taken for it
  std::size_t season_;
  std::vector<double> by_place_;  // of a season: how large errors are there, 1 in the mean
};

}  // namespace loadcurve
