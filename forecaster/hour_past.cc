#include "forecaster/hour_past.h"

#include <algorithm>
#include <cmath>

namespace loadcurve {
namespace {

constexpr std::size_t kDays = 15;
constexpr double kMinutesADay = 1440;
constexpr double kMinutesAnHour = 60;
constexpr double kWindowMinutes = 5;
constexpr double kMostRatio = 5;

double StepsPerMinute(const HourPast::Options& options) {
  const double of_day = static_cast<double>(options.day) / kMinutesADay;
  return std::min(of_day, std::max(1.0, static_cast<double>(options.horizon) / kMinutesAnHour));
}

}  // namespace

HourPast::HourPast(Options options)
    : options_(options),
      steps_per_minute_(StepsPerMinute(options)),
      sums_(kDays * options.day + 1) {
  const std::size_t window = Steps(kWindowMinutes);
  for (std::size_t i = 0; i < window; ++i) courses_.emplace_back(kDays * options.day / window + 1);
  sums_.Append(0);
  courses_[0].Append(static_cast<float>(std::log(options_.offset)));
}

std::size_t HourPast::Steps(double minutes) const {
  return std::max<std::size_t>(1, static_cast<std::size_t>(minutes * steps_per_minute_ + 0.5));
}

void HourPast::Append(double load) {
  if (std::isnan(load)) {
    const std::size_t hour = Steps(kMinutesAnHour);
    if (gap_++ == 0 && size_ > options_.day + hour)
      ratio_of_days_ = std::clamp((Mean(size_, hour) + options_.offset) /
                                      (Mean(size_ - options_.day, hour) + options_.offset),
                                  1 / kMostRatio, kMostRatio);
    load = Filled();
  } else {
    gap_ = 0;
  }
  sums_.Append(sums_[size_] + std::max(load, 0.0));
  ++size_;
  courses_[size_ % window()].Append(static_cast<float>(Log(size_, window())));
}

void HourPast::Exchange(SavedState& state) {
  state.Exchange(size_, gap_, ratio_of_days_, sums_);
  if (sums_.end() != size_ + 1) state.Refuse();
  for (std::size_t i = 0; i < window(); ++i) {
    state.Exchange(courses_[i]);
    // Window ends at i, i + window() ... up to now.
    const std::size_t ends = i > size_ ? 0 : (size_ - i) / window() + 1;
    if (courses_[i].end() != ends) state.Refuse();
  }
}

double HourPast::Filled() const {
  if (size_ == 0) return 0;
  if (size_ > options_.day + Steps(kMinutesAnHour))
    return ratio_of_days_ * Mean(size_ - options_.day + 1, 1);
  return Mean(size_, window());
}

double HourPast::Mean(std::size_t end, std::size_t width) const {
  const std::size_t from = end - std::min(end - first(), width);
  return (sums_[end] - sums_[from]) / static_cast<double>(end - from);
}

double HourPast::Log(std::size_t end, std::size_t width) const {
  return std::log(std::max(Mean(end, width), 0.0) + options_.offset);
}

std::span<const float> HourPast::Course(std::size_t end, std::size_t count) const {
  return courses_[end % window()].Before(end / window() + 1, count);
}

double HourPast::CourseAt(std::size_t end) const {
  return static_cast<double>(courses_[end % window()][end / window()]);
}

}  // namespace loadcurve
