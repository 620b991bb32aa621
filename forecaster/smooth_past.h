#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace loadcurve {

// The past of a load without gaps, with means over any span in constant time, on a log
// scale. Growing by one value costs constant time too.
class SmoothPast {
 public:
  // `day` steps a day; `offset` > 0 is added before the logarithm, so that a load of zero
  // has one.
  SmoothPast(std::size_t day, double offset);

  // NaN where missing: the value of one day before is taken, or the last one.
  void Append(double load);

  std::size_t size() const { return loads_.size(); }

  // Log of the mean of the `width` values before index `end`; width <= end <= size().
  double Level(std::size_t end, std::size_t width) const;
  // Log of the mean around `index`: a few minutes of a day to either side.
  double Around(std::size_t index) const;

  double ToLog(double load) const;
  double FromLog(double value) const;

 private:
  std::size_t day_;
  double offset_;
  std::size_t reach_;
  std::vector<double> loads_;
  std::vector<double> sums_{0.0};  // sums_[i]: of the first i loads
};

// The loads with outages made missing: runs of zeros, half an hour of a day or longer, at
// times when the days before and after held at least a fifth of the mean load. An idle
// night, which is as idle on other days, stays what it is.
std::vector<double> WithoutOutages(std::span<const double> loads, std::size_t day);

}  // namespace loadcurve
