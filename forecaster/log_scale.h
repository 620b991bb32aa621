#pragma once

#include <algorithm>
#include <cmath>
#include <span>

namespace loadcurve {

// Between a load and its logarithm, on which models are linear.
struct LogScale {
  double offset = 0;   // added before the logarithm, where a load of zero occurs
  double lowest = 0;   // of the load, a fifth less than was measured
  double highest = 0;  // a fifth more

  // Of measured loads; NaN is missing, and at least one is not.
  static LogScale Of(std::span<const double> loads);

  double To(double load) const { return std::log(std::max(load, 0.0) + offset); }
  double From(double value) const { return std::max(0.0, std::exp(value) - offset); }
  double Clamp(double value) const { return std::clamp(value, To(lowest), To(highest)); }
};

}  // namespace loadcurve
