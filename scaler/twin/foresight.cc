#include "scaler/twin/foresight.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>

namespace loadcurve::twin {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kWeek = 7;

// Sums over any span of the loads in constant time.
class Sums {
 public:
  explicit Sums(std::span<const double> loads) {
    for (const double load : loads) sums_.push_back(sums_.back() + load);
  }
  // Over [from, end), which is not empty.
  double Mean(std::size_t from, std::size_t end) const {
    return (sums_[end] - sums_[from]) / static_cast<double>(end - from);
  }

 private:
  std::vector<double> sums_{0.0};
};

double MedianOf(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The spans of the same clock hour on the days before that lie wholly in the known past.
struct Hour {
  std::size_t from = 0;
  std::size_t end = 0;
};

class HoursBefore {
 public:
  explicit HoursBefore(const Timing& timing)
      : day_(timing.DaySteps()), hour_(std::max<std::size_t>(1, timing.StepsIn(hours(1)))) {
    const auto since = timing.start.time_since_epoch() % hours(1);
    offset_ = static_cast<std::size_t>(since / timing.step) % hour_;
  }

  std::size_t day() const { return day_; }

  // The hour that step `at` lies in begins at this step, which may be before the series.
  std::size_t SinceHour(std::size_t at) const { return (at + offset_) % hour_; }

  std::vector<Hour> Before(std::size_t at, std::size_t known, std::size_t days) const {
    std::vector<Hour> before;
    for (std::size_t back = 1; back <= days; ++back) {
      const std::size_t shift = back * day_ + SinceHour(at);
      if (shift > at) break;
      const Hour hour{at - shift, at - shift + hour_};
      if (hour.end <= known) before.push_back(hour);
    }
    return before;
  }

 private:
  std::size_t day_;
  std::size_t hour_;
  std::size_t offset_ = 0;
};

// `at(step, known)` for each step, where `known` loads are known.
std::vector<double> AtEachStep(const FamilyInputs& inputs,
                               const std::function<double(std::size_t, std::size_t)>& at) {
  std::vector<double> ahead(inputs.loads.size(), 0);
  if (inputs.timing.DaySteps() == 0) return ahead;
  for (std::size_t step = inputs.timing.delay_steps + 1; step < ahead.size(); ++step)
    ahead[step] = at(step, step - inputs.timing.delay_steps);
  return ahead;
}

}  // namespace

std::vector<double> CronSchedule(const FamilyInputs& inputs) {
  const HoursBefore clock(inputs.timing);
  const std::size_t early = inputs.timing.StartupSteps();
  const auto median_peak = [&](std::size_t at, std::size_t known) {
    std::vector<double> peaks;
    for (const Hour& hour : clock.Before(at, known, kWeek)) {
      const auto loads = inputs.loads.subspan(hour.from, hour.end - hour.from);
      peaks.push_back(*std::max_element(loads.begin(), loads.end()));
    }
    return MedianOf(std::move(peaks));
  };
  double now = 0;
  double soon = 0;
  return AtEachStep(inputs, [&](std::size_t step, std::size_t known) {
    if (clock.SinceHour(step) == 0 || step == known) now = median_peak(step, known);
    if (clock.SinceHour(step + early) == 0) soon = median_peak(step + early, known);
    if (clock.SinceHour(step) == 0) soon = now;
    return std::max(now, soon);
  });
}

std::vector<double> LastDayHighestHour(const FamilyInputs& inputs) {
  const std::size_t day = inputs.timing.DaySteps();
  const std::size_t reach = inputs.timing.StepsIn(minutes(15)) / 2;
  const std::size_t window = inputs.timing.StepsIn(hours(1));
  const Sums sums(inputs.loads);
  return AtEachStep(inputs, [&](std::size_t step, std::size_t known) {
    if (known < 2 * day) return 0.0;
    double highest = 0;
    for (std::size_t at = step - day; at <= step - day + window; ++at)
      highest =
          std::max(highest, sums.Mean(at - std::min(at, reach), std::min(at + reach + 1, known)));
    return highest;
  });
}

std::vector<double> DailyMedianAhead(const FamilyInputs& inputs) {
  const std::size_t day = inputs.timing.DaySteps();
  const std::size_t reach = inputs.timing.StepsIn(minutes(5)) / 2;
  const std::size_t half_hour = inputs.timing.StepsIn(minutes(30));
  const std::size_t until = inputs.timing.StartupSteps() + 1;
  const Sums sums(inputs.loads);
  return AtEachStep(inputs, [&](std::size_t step, std::size_t known) {
    std::vector<double> levels;  // of the same half hour
    for (std::size_t back = day; back <= kWeek * day && back + half_hour <= known; back += day)
      levels.push_back(sums.Mean(known - back - half_hour, known - back));
    const std::size_t days = levels.size();
    const double usual = MedianOf(std::move(levels));
    if (days == 0 || !(usual > 0)) return 0.0;
    const double ratio = sums.Mean(known - half_hour, known) / usual;
    double highest = 0;
    for (std::size_t at = step; at < step + until; ++at) {
      std::vector<double> same;
      for (std::size_t i = 1; i <= days; ++i) {
        const std::size_t then = at - std::min(at, i * day);
        same.push_back(sums.Mean(then - std::min(then, reach), std::min(then + reach + 1, known)));
      }
      highest = std::max(highest, MedianOf(std::move(same)));
    }
    return highest * ratio;
  });
}

std::vector<double> HourlyForecast(const FamilyInputs& inputs) {
  constexpr std::size_t kDays = 14;
  constexpr double kFading = 0.8;  // a day's weight by that of the day after it
  const HoursBefore clock(inputs.timing);
  const std::size_t early = inputs.timing.StepsIn(seconds(300));
  const Sums sums(inputs.loads);
  const auto forecast = [&](std::size_t at, std::size_t known) {
    double total = 0;
    double weights = 0;
    double weight = 1;
    for (const Hour& hour : clock.Before(at, known, kDays)) {
      total += weight * sums.Mean(hour.from, hour.end);
      weights += weight;
      weight *= kFading;
    }
    return weights > 0 ? total / weights : 0;
  };
  return AtEachStep(inputs, [&](std::size_t step, std::size_t known) {
    return std::max(forecast(step, known), forecast(step + early, known));
  });
}

}  // namespace loadcurve::twin
