#pragma once

#include <vector>

#include "base/result.h"

namespace loadcurve::mock {

// What a number is drawn from, anew for each answer: microseconds of latency, bytes of a body.
// It is the inverse of its distribution function, so that a draw is At() of a uniform share.
class Distribution {
 public:
  // A value, and the share of draws that do not exceed it.
  struct Point {
    double share = 0;  // in [0, 1]
    double value = 0;  // >= 0
  };

  // `value` >= 0, always.
  static Distribution Constant(double value);

  // 0 <= from <= to.
  [[nodiscard]] static Result<Distribution> Uniform(double from, double to);

  // The lognormal distribution with this median and 99th percentile; 0 < median <= p99. It has
  // no greatest value.
  [[nodiscard]] static Result<Distribution> Lognormal(double median, double p99);

  // Straight lines between the points; below the first and above the last, their values. One
  // point or more; shares rise strictly, values never fall.
  [[nodiscard]] static Result<Distribution> Percentiles(std::vector<Point> points);

  // The value that a share of draws does not exceed; `share` in [0, 1).
  double At(double share) const;

 private:
  Distribution() = default;

  std::vector<Point> points_;  // empty: lognormal
  double median_ = 0;
  double sigma_ = 0;  // of the logarithm
};

}  // namespace loadcurve::mock
