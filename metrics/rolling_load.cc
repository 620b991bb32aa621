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

std::int64_t RollingLoad::end() const {
  return first_ + std::ssize(old_) + std::ssize(recent_);
}

float RollingLoad::LoadOf(std::int64_t window) const {
  const std::int64_t place = window - first_;
  if (place < std::ssize(old_)) return old_[static_cast<std::size_t>(place)].value();
  return recent_[static_cast<std::size_t>(place - std::ssize(old_))];
}

void RollingLoad::Set(TimePoint start, MetricsQps load) {
  Check(std::isfinite(load.value()) && load.value() >= 0, "missing loads are never set");
  const std::int64_t window = WindowOf(start);
  const auto kept = static_cast<std::int64_t>(most_steps_);
  if (recent_.empty() || window - first_ >= 2 * kept) {
    old_.clear();
    recent_.clear();
    first_ = window;
  }
  if (window < first_) {
    if (end() - window > kept) return;
    const std::int64_t more = first_ - window;
    const std::int64_t exact =
        old_.empty()
            ? std::min(more, std::max<std::int64_t>(0, kExactWindows - std::ssize(recent_)))
            : 0;
    recent_.insert(recent_.begin(), static_cast<std::size_t>(exact), kMissing);
    old_.insert(old_.begin(), static_cast<std::size_t>(more - exact), CompactLoad());
    first_ = window;
  }
  while (end() <= window) recent_.push_back(kMissing);
  for (; std::ssize(recent_) > kExactWindows; recent_.pop_front())
    old_.emplace_back(recent_.front());
  for (; end() - first_ > kept; ++first_) {
    if (old_.empty()) {
      recent_.pop_front();
    } else {
      old_.pop_front();
    }
  }
  const auto place = static_cast<std::size_t>(window - first_);
  const auto value = static_cast<float>(load.value());
  if (place < old_.size()) {
    old_[place] = CompactLoad(value);
  } else {
    recent_[place - old_.size()] = value;
  }
}

std::optional<MetricsQps> RollingLoad::At(TimePoint start) const {
  const std::int64_t window = WindowOf(start);
  if (window < first_ || window >= end()) return std::nullopt;
  const float load = LoadOf(window);
  if (std::isnan(load)) return std::nullopt;
  return MetricsQps(load);
}

std::optional<TimePoint> RollingLoad::LatestStart() const {
  if (recent_.empty()) return std::nullopt;
  return TimePoint(step_ * (end() - 1));
}

std::optional<LoadSeries> RollingLoad::Between(TimePoint since, TimePoint until) const {
  // The first window that starts at `since` or later, and the first at `until` or later.
  std::int64_t from = std::max(first_, WindowOf(since - Duration(1)) + 1);
  const std::int64_t last = std::min(end(), WindowOf(until - Duration(1)) + 1);
  while (from < last && std::isnan(LoadOf(from))) ++from;
  if (from >= last) return std::nullopt;
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(last - from));
  for (std::int64_t window = from; window < last; ++window) values.push_back(LoadOf(window));
  auto series =
      LoadSeries::Make(TimePoint(step_ * from), step_, std::move(values), weights_version_);
  Check(series.has_value(), "kept loads are finite or missing");
  return *std::move(series);
}

}  // namespace loadcurve
