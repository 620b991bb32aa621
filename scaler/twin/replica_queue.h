#pragma once

namespace loadcurve::twin {

// How many requests one replica holds while its load changes, waiting and in service: one server,
// Poisson arrivals, exponential service times. Time is counted in mean service times.
//
// Mean m and variance v of the number follow, with u the probability that it is not empty,
//
//   m' = rho - u            v' = rho + u - 2 (1 - u) m
//
// exactly, and are closed by taking the number as negative binomial, so that
// 1 - u = (m / v)^(m^2 / (v - m)): Rothkopf and Oren, A Closure Approximation for the Nonstationary
// M/M/s Queue, Management Science 25 (1979). At a constant rho < 1 that ends in the geometric
// distribution of the M/M/1 queue; above 1 the number grows and stays as sharp as it is.
class ReplicaQueue {
 public:
  // As after a long time at `rho`, or near the limit where that has no end.
  explicit ReplicaQueue(double rho);

  // `time` >= 0 at `rho` >= 0 passes, in one step of an implicit rule, which never leaves what
  // is steady.
  void Pass(double rho, double time);
  // Becomes that of one replica of which nothing is known but that with probability `share` it is
  // that `other`.
  void MixIn(const ReplicaQueue& other, double share);
  // Mean and variance differ by hardly anything.
  bool IsLike(const ReplicaQueue& other) const;
  // Nothing will change at this rho.
  bool IsSteadyAt(double rho) const;

  double mean() const { return mean_; }
  double variance() const { return variance_; }

 private:
  double Empty() const;

  double mean_;
  double variance_;  // > mean
};

}  // namespace loadcurve::twin
