#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "forecaster/error_scale.h"
#include "forecaster/tails_by_size.h"

namespace loadcurve {

// How errors of a log load are distributed, for loads so many steps ahead: the moving scale of
// ErrorScale, and what errors were in units of it.
//
// Errors are measured in units of the load to the power -power: at power 0 they are shares of
// the load whatever it is, as the bursts of many clients are; at 1/2 those of a pure count, which
// are smaller shares of a large load than of a small one. Loads lie in between.
class ErrorModel {
 public:
  struct Options {
    std::size_t day = 1440;   // steps, > 0
    std::size_t window = 14;  // days whose errors are looked at
    double power = 0;
  };
  explicit ErrorModel(Options options);

  // The error of the forecast whose origin comes next, its scale as At() gave it, and the load
  // at the origin, > 0: as a multiple of the mean load, and as itself.
  void Add(double error, double scale, double relative_load, double load);
  void AddMissing() { scale_.AddMissing(); }

  // One standard deviation of the log load, for an origin at which the load is so high.
  double At(std::size_t origin, double relative_load, const ErrorModel& one_ahead) const;

  // How far the scales were from foretelling the errors of the last weeks: the mean negative
  // log-likelihood of Laplace's distribution, but for a constant.
  double Misfit() const;

  TailsBySize Tails() const;

 private:
  double UnitOf(double relative_load) const;

  Options options_;
  ErrorScale scale_;
  std::deque<SizedError> errors_;
  double rate_;
  double count_ = 0;
  double log_scale_ = 0;  // mean over the window
  double size_ = 1;       // mean |error| in scales
};

}  // namespace loadcurve
