#include "metrics/rolling_load.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "base/check.h"

namespace loadcurve {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

}  // namespace

RollingLoad::RollingLoad(Duration step, std::size_t most_steps, std::string weights_version)
    : step_(step), weights_version_(std::move(weights_version)), most_steps_(most_steps) {}

Result<RollingLoad> RollingLoad::Make(Duration step, std::size_t most_steps,
                                      std::string weights_version) {
  if (step <= Duration(0) || most_steps == 0)
    return Fail(ErrorCode::kInvalidArgument,
                "rolling load needs a step above 0 and room for at least one step");
  return RollingLoad(step, most_steps, std::move(weights_version));
}

// The last whole window that starts at `start` or before it.
std::int64_t RollingLoad::WindowOf(TimePoint start) const {
  const std::int64_t since_1970 = start.time_since_epoch().count();
  const std::int64_t step = step_.count();
  return since_1970 / step - (since_1970 % step < 0 ? 1 : 0);
}

void RollingLoad::Set(TimePoint start, MetricsQps load) {
  Check(std::isfinite(load.value()) && load.value() >= 0, "missing loads are never set");
  const std::int64_t window = WindowOf(start);
  const auto kept = static_cast<std::int64_t>(most_steps_);
  if (loads_.empty() || window - first_ >= 2 * kept) {
    loads_.clear();
    first_ = window;
  }
  auto end = first_ + static_cast<std::int64_t>(loads_.size());
  if (window < first_) {
    if (end - window > kept) return;
    loads_.insert(loads_.begin(), static_cast<std::size_t>(first_ - window), kMissing);
    first_ = window;
  }
  for (; end <= window; ++end) loads_.push_back(kMissing);
  for (; end - first_ > kept; ++first_) loads_.pop_front();
  loads_[static_cast<std::size_t>(window - first_)] = static_cast<float>(load.value());
}

std::optional<MetricsQps> RollingLoad::At(TimePoint start) const {
  const std::int64_t window = WindowOf(start);
  if (window < first_ || window - first_ >= static_cast<std::int64_t>(loads_.size()))
    return std::nullopt;
  const float load = loads_[static_cast<std::size_t>(window - first_)];
  if (std::isnan(load)) return std::nullopt;
  return MetricsQps(load);
}

std::optional<TimePoint> RollingLoad::LatestStart() const {
  if (loads_.empty()) return std::nullopt;
  return TimePoint(step_ * (first_ + static_cast<std::int64_t>(loads_.size()) - 1));
}

std::optional<LoadSeries> RollingLoad::Between(TimePoint since, TimePoint until) const {
  const auto kept_end = first_ + static_cast<std::int64_t>(loads_.size());
  // The first window that starts at `since` or later, and the first at `until` or later.
  std::int64_t from = std::max(first_, WindowOf(since - Duration(1)) + 1);
  const std::int64_t end = std::min(kept_end, WindowOf(until - Duration(1)) + 1);
  const auto load_of = [&](std::int64_t window) {
    return loads_[static_cast<std::size_t>(window - first_)];
  };
  while (from < end && std::isnan(load_of(from))) ++from;
  if (from >= end) return std::nullopt;
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(end - from));
  for (std::int64_t window = from; window < end; ++window) values.push_back(load_of(window));
  auto series =
      LoadSeries::Make(TimePoint(step_ * from), step_, std::move(values), weights_version_);
  Check(series.has_value(), "kept loads are finite or missing");
  return *std::move(series);
}

}  // namespace loadcurve
