#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "forecaster/short_horizon.h"

namespace loadcurve {

// Quantile paths of the hour to come at fine steps, learnt as it goes: a ShortHorizon for a few
// distances ahead, close together first, with straight lines in the logarithm between them.
class HourAhead {
 public:
  struct Options {
    std::size_t day = 1440;      // steps, see Fits
    std::size_t horizon = 60;    // steps
    std::vector<double> levels;  // in (0, 1), rising
    double floor = 1;            // loads below it count as it; > 0
  };
  explicit HourAhead(Options options);

  // True where it applies: steps of five minutes at most, and no more than an hour of them.
  static bool Fits(std::size_t day, std::size_t horizon);

  // The load of the next step; NaN where it is missing.
  void Observe(double load) { model_.Observe(load); }

  // Horizon rows of one load a level, none below the one before. Something was observed.
  std::vector<double> Paths() const;

 private:
  Options options_;
  std::vector<std::size_t> anchors_;
  ShortHorizon model_;
};

}  // namespace loadcurve
