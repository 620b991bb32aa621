#include "adapters/mock/distribution.h"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <utility>

namespace loadcurve::mock {
namespace {

// The standard normal distribution's quantile.
double NormalAt(double share) {
  constexpr double kLeast = 1e-16;  // where the logarithm is still finite
  const double within = std::clamp(share, kLeast, 1 - kLeast);
  return std::sqrt(2.0) * boost::math::erf_inv(2 * within - 1);
}

}  // namespace

Distribution Distribution::Constant(double value) {
  Distribution made;
  made.points_ = {{0, value}};
  return made;
}

Result<Distribution> Distribution::Uniform(double from, double to) {
  if (!(from >= 0 && from <= to && std::isfinite(to)))
    return Fail(ErrorCode::kInvalidArgument, "a range; expected 0 <= from <= to");
  Distribution made;
  made.points_ = {{0, from}, {1, to}};
  return made;
}

Result<Distribution> Distribution::Lognormal(double median, double p99) {
  if (!(median > 0 && median <= p99 && std::isfinite(p99)))
    return Fail(ErrorCode::kInvalidArgument, "a lognormal; expected 0 < median <= p99");
  Distribution made;
  made.median_ = median;
  made.sigma_ = std::log(p99 / median) / NormalAt(0.99);
  return made;
}

Result<Distribution> Distribution::Percentiles(std::vector<Point> points) {
  const auto falls = [](const Point& a, const Point& b) {
    return !(a.share < b.share) || !(a.value <= b.value);
  };
  const auto is_outside = [](const Point& point) {
    return !(point.share >= 0 && point.share <= 1 && point.value >= 0) ||
           !std::isfinite(point.value);
  };
  if (points.empty() || std::any_of(points.begin(), points.end(), is_outside) ||
      std::adjacent_find(points.begin(), points.end(), falls) != points.end())
    return Fail(ErrorCode::kInvalidArgument,
                "percentiles; expected p0 to p100, with values that do not fall");
  Distribution made;
  made.points_ = std::move(points);
  return made;
}

double Distribution::At(double share) const {
  if (points_.empty()) return median_ * std::exp(sigma_ * NormalAt(share));
  const auto above =
      std::upper_bound(points_.begin(), points_.end(), share,
                       [](double wanted, const Point& point) { return wanted < point.share; });
  if (above == points_.begin()) return points_.front().value;
  if (above == points_.end()) return points_.back().value;
  const Point& below = *(above - 1);
  const double part = (share - below.share) / (above->share - below.share);
  return below.value + part * (above->value - below.value);
}

}  // namespace loadcurve::mock
