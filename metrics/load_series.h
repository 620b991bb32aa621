#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve {

// Load at an even step, with explicit gaps.
//
// NaN means missing; it is the only place where NaN is allowed, and it never leaves: who
// reads the values must ask std::isnan. Zero is a measured idle window, not a gap.
class LoadSeries {
 public:
  // `values[i]` is the load over [start + i * step, start + (i + 1) * step), in the unit
  // that `weights_version` names ("" where the numbers are just numbers). Finite or NaN;
  // infinite values, an empty series or a step <= 0 are kInvalidArgument.
  [[nodiscard]] static Result<LoadSeries> Make(TimePoint start, Duration step,
                                               std::vector<double> values,
                                               std::string weights_version = "");

  TimePoint start() const { return start_; }
  Duration step() const { return step_; }
  const std::string& weights_version() const { return weights_version_; }
  std::size_t size() const { return values_.size(); }

  // Valid while the series lives.
  std::span<const double> values() const { return values_; }

  TimePoint TimeAt(std::size_t index) const {
    return start_ + step_ * static_cast<std::int64_t>(index);
  }
  // The end of the last window: what a forecast is issued at.
  TimePoint end() const { return TimeAt(size()); }

  std::size_t MissingCount() const;

 private:
  LoadSeries(TimePoint start, Duration step, std::vector<double> values,
             std::string weights_version);

  TimePoint start_;
  Duration step_;
  std::vector<double> values_;
  std::string weights_version_;
};

}  // namespace loadcurve
