#pragma once

#include <cstddef>
#include <vector>

namespace loadcurve::twin {

// Times that requests took, as a mixture of gamma distributions: what has nearly the same mean and
// shape is put together (within 5 % and 20 %), with its mean kept exactly.
class ResponseTimes {
 public:
  ResponseTimes();

  // `weight` requests, > 0, whose times have this mean, > 0, and variance, > 0, in any one unit.
  void Add(double weight, double mean, double variance);

  // The time that a share `level` in (0, 1) of the requests does not exceed; 0 without requests.
  double Quantile(double level) const;

 private:
  struct Part {
    double weight = 0;
    double weighted_mean = 0;
    double weighted_shape = 0;
  };
  double ShareAbove(double time) const;

  std::vector<Part> parts_;
};

// P(X > x) of a gamma distribution with mean `shape` and scale 1: Q(shape, x), with x >= 0 and
// shape > 0. By series and continued fraction (Abramowitz and Stegun 6.5.29, 6.5.31); good to 1e-9.
double GammaAbove(double shape, double x);

}  // namespace loadcurve::twin
