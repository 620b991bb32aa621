#include "forecaster/joint_errors.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "forecaster/ranked_quantile.h"

namespace loadcurve {

void JointErrors::Add(std::span<const float> course) {
  Check(course.size() == horizon_, "a course has an error for each step");
  if (size() < kept_) {
    errors_.insert(errors_.end(), course.begin(), course.end());
    return;
  }
  std::copy(course.begin(), course.end(),
            errors_.begin() + static_cast<std::ptrdiff_t>(next_ * horizon_));
  next_ = (next_ + 1) % kept_;
}

std::vector<double> JointErrors::QuantilesOfMaximum(
    std::span<const double> levels, Interval interval,
    const std::function<double(std::size_t step, double error)>& load) const {
  std::vector<double> maxima;
  for (std::size_t course = 0; course < size(); ++course) {
    double maximum = -std::numeric_limits<double>::infinity();
    for (std::size_t step = interval.first; step < interval.last; ++step) {
      const double error = errors_[course * horizon_ + step];
      // One that is not known might have been the largest.
      maximum = std::isnan(error) ? error : std::max(maximum, load(step, error));
      if (std::isnan(maximum)) break;
    }
    if (!std::isnan(maximum)) maxima.push_back(maximum);
  }
  if (maxima.empty()) return {};
  std::sort(maxima.begin(), maxima.end());
  std::vector<double> quantiles;
  for (const double level : levels) quantiles.push_back(RankedQuantile(maxima, level));
  return quantiles;
}

void JointErrors::Exchange(SavedState& state) {
  state.Exchange(next_, errors_);
  if (errors_.size() % horizon_ != 0 || size() > kept_ || next_ >= kept_) state.Refuse();
}

}  // namespace loadcurve
