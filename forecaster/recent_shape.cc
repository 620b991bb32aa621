#include "forecaster/recent_shape.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace loadcurve {
namespace {

constexpr std::array<std::size_t, 6> kSpans = {1, 3, 5, 10, 20, 60};
constexpr std::size_t kFewLast = 5;
constexpr std::size_t kTrendSteps = 10;
constexpr std::size_t kMostDays = 7;
constexpr std::size_t kSmoothReach = 4;  // steps to either side at the same time of another day
// A slope counts as far as it exceeds so many of its standard errors.
constexpr double kTrendErrors = 1.5;
// Of a rise that stands out so much goes on, and none is taken to be steeper than e^0.2 a step.
constexpr double kTrendShare = 0.7;
constexpr double kSteepest = 0.2;

struct Slope {
  double per_step = 0;
  double error = 0;  // one standard error
};

// The line of least squares through the last steps.
Slope SlopeOf(std::span<const double> last) {
  const auto n = static_cast<double>(last.size());
  double mean = 0;
  for (const double value : last) mean += value / n;
  double cross = 0;
  double spread = 0;
  for (std::size_t i = 0; i < last.size(); ++i) {
    const double place = static_cast<double>(i) - (n - 1) / 2;
    cross += place * (last[i] - mean);
    spread += place * place;
  }
  const double slope = cross / spread;
  double rest = 0;
  for (std::size_t i = 0; i < last.size(); ++i) {
    const double miss = last[i] - mean - slope * (static_cast<double>(i) - (n - 1) / 2);
    rest += miss * miss;
  }
  return {slope, std::sqrt(rest / (n - 2) / spread) + 1e-4};
}

// Of an array of any order; it is reordered.
double MedianOf(std::span<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

}  // namespace

ShapedPast::ShapedPast(std::size_t day, double floor) : day_(day), floor_(floor) {}

void ShapedPast::Append(double load) {
  if (std::isnan(load)) load = logs_.empty() ? floor_ : std::exp(logs_.back());
  const double floored = std::max(load, floor_);
  logs_.push_back(std::log(floored));
  sums_.push_back(sums_.back() + floored);
}

void ShapedPast::Replace(std::size_t steps, double least, double load) {
  std::size_t first = size();
  while (first > 0 && size() - first < steps && logs_[first - 1] < std::log(least)) --first;
  for (std::size_t i = first; i < size(); ++i) {
    logs_[i] = std::log(std::max(load, floor_));
    sums_[i + 1] = sums_[i] + std::max(load, floor_);
  }
}

double ShapedPast::MeanBefore(std::size_t end, std::size_t width) const {
  const std::size_t from = end - std::min(end, width);
  return std::max(floor_, (sums_[end] - sums_[from]) / static_cast<double>(end - from));
}

double ShapedPast::SmoothLog(std::size_t index, std::size_t reach) const {
  const std::size_t from = index - std::min(index, reach);
  const std::size_t end = std::min(index + reach + 1, size());
  return std::log(std::max(floor_, (sums_[end] - sums_[from]) / static_cast<double>(end - from)));
}

// How far the load went from now to then on each of the days before: the median, the latest,
// the furthest, and the same weekday's.
void ShapedPast::FillDays(std::size_t ahead, Eigen::VectorXd& row) const {
  std::array<double, kMostDays> rises{};
  std::size_t known = 0;
  const std::size_t now = size();
  for (std::size_t days = 1; day_ > 0 && days <= kMostDays; ++days) {
    const std::size_t back = days * day_;
    if (back + 2 > now || back <= ahead + kSmoothReach) break;
    rises[known++] =
        SmoothLog(now - back + ahead, kSmoothReach) - SmoothLog(now - back - 2, kSmoothReach);
  }
  if (known == 0) return;
  row(10) = rises[0];
  row(11) = *std::max_element(rises.begin(), rises.begin() + static_cast<std::ptrdiff_t>(known));
  if (known == kMostDays) row(12) = rises[kMostDays - 1];
  row(13) = MedianOf({rises.data(), known});
}

RecentShape ShapedPast::Shape(std::span<const std::size_t> ahead) const {
  const std::size_t now = size();
  std::array<double, kFewLast> few{};
  for (std::size_t i = 0; i < kFewLast; ++i) few[i] = logs_[i < now ? now - 1 - i : 0];
  const double highest = *std::max_element(few.begin(), few.end());
  const double median = MedianOf(few);

  RecentShape shape;
  shape.level = std::max(MeanBefore(now, 2), std::exp(median));
  const double level = std::log(shape.level);

  Slope slope;
  if (now >= kTrendSteps) slope = SlopeOf(std::span(logs_).subspan(now - kTrendSteps, kTrendSteps));
  const double beyond = slope.per_step - kTrendErrors * slope.error;
  shape.trend = kTrendShare * std::clamp(beyond, 0.0, kSteepest);

  Eigen::VectorXd row = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(kShapeColumns));
  for (std::size_t i = 0; i < kSpans.size(); ++i)
    row(static_cast<Eigen::Index>(i)) = std::log(MeanBefore(now, kSpans[i])) - level;
  row(6) = median - level;
  row(7) = highest - level;
  for (const std::size_t steps : ahead) {
    const auto reach = static_cast<double>(steps + 2);  // from the middle of the level
    row(8) = slope.per_step * reach;
    row(9) = shape.trend * reach;
    FillDays(steps, row);
    shape.columns.push_back(row);
  }
  return shape;
}

}  // namespace loadcurve
