#include "adapters/plot/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/time_text.h"

namespace loadcurve::plot {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr hours kDay{24};

// The finest of the usual steps that needs no more than `most` ticks.
Duration TickStep(Duration span, int most) {
  static constexpr std::array<seconds, 22> kSteps = {
      seconds(1), seconds(2), seconds(5), seconds(10), seconds(15), seconds(30),
      minutes(1), minutes(2), minutes(5), minutes(10), minutes(15), minutes(30),
      hours(1),   hours(2),   hours(3),   hours(6),    hours(12),   kDay,
      kDay * 2,   kDay * 7,   kDay * 14,  kDay * 28};
  for (const seconds step : kSteps) {
    if (span / step + 1 <= most) return step;
  }
  return std::chrono::ceil<std::chrono::duration<std::int64_t, std::ratio<86'400 * 28>>>(span);
}

std::string TickLabel(TimePoint time, Duration step) {
  // Ticks stand at whole seconds: "2026-10-10T13:55:36Z".
  const std::string text = ToRfc3339(std::chrono::floor<seconds>(time));
  if (step < minutes(1)) return text.substr(11, 8);
  if (step < kDay) return text.substr(11, 5);
  return text.substr(5, 5);
}

// The mean of what is there of values[first, last).
double MeanOf(std::span<const double> values, std::size_t first, std::size_t last) {
  double sum = 0;
  int present = 0;
  for (std::size_t i = first; i < std::min(last, values.size()); ++i) {
    if (!std::isfinite(values[i])) continue;
    sum += values[i];
    ++present;
  }
  return present > 0 ? sum / present : kMissing;
}

// The value at a fractional index; beside a gap, the neighbour that is there.
double Between(std::span<const double> values, double index) {
  const double floor = std::floor(index);
  const auto at = [&](double i) {
    return i >= 0 && i < static_cast<double>(values.size()) ? values[static_cast<std::size_t>(i)]
                                                            : kMissing;
  };
  const double left = at(floor);
  const double right = at(floor + 1);
  const double share = index - floor;
  if (std::isfinite(left) && std::isfinite(right)) return left + (right - left) * share;
  return share < 0.5 ? left : right;
}

}  // namespace

double RoundCeiling(double highest) {
  if (!(highest > 0) || !std::isfinite(highest)) return 1;
  const double power = std::pow(10, std::floor(std::log10(highest)));
  for (const double step : {1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0}) {
    // 1e-9 forgives the rounding of the power.
    if (step * power >= highest * (1 - 1e-9)) return step * power;
  }
  return 10 * power;
}

std::string AxisNumber(double value) {
  if (value >= 1e9) return fmt::format("{:.3g}G", value / 1e9);
  if (value >= 1e6) return fmt::format("{:.3g}M", value / 1e6);
  if (value >= 1e4) return fmt::format("{:.3g}k", value / 1e3);
  return fmt::format("{:.4g}", value);
}

std::vector<AxisTick> TimeTicks(TimePoint start, TimePoint end, int most) {
  std::vector<AxisTick> ticks;
  if (end <= start) return ticks;
  const Duration span = end - start;
  const Duration step = TickStep(span, std::max(most, 1));
  const std::int64_t first = (start.time_since_epoch() + step - Duration(1)) / step;
  for (TimePoint time(first * step); time <= end; time += step)
    ticks.push_back({Seconds(time - start) / Seconds(span), TickLabel(time, step)});
  return ticks;
}

std::vector<AxisTick> ValueTicks(double end, int most) {
  std::vector<AxisTick> ticks;
  if (!(end > 0)) return ticks;
  const double step = RoundCeiling(end / std::max(most, 1));
  for (int i = 0; i * step <= end * (1 + 1e-9); ++i)
    ticks.push_back({i * step / end, AxisNumber(i * step)});
  return ticks;
}

std::vector<AxisTick> TicksOf(const Chart& chart, int most) {
  if (chart.along) return ValueTicks(chart.along->most, most);
  const auto steps = static_cast<std::int64_t>(chart.StepCount());
  return TimeTicks(chart.start, chart.start + chart.step * steps, most);
}

std::string TickUnit(const Chart& chart) {
  return chart.along ? chart.along->unit : "UTC";
}

std::vector<double> Resample(std::span<const double> values, std::size_t count, std::size_t width) {
  std::vector<double> points(width, kMissing);
  if (count == 0) return points;
  for (std::size_t x = 0; x < width; ++x) {
    if (count > width) {
      points[x] = MeanOf(values, x * count / width, (x + 1) * count / width);
    } else {
      const double share = (static_cast<double>(x) + 0.5) / static_cast<double>(width);
      points[x] = Between(values, share * static_cast<double>(count) - 0.5);
    }
  }
  return points;
}

}  // namespace loadcurve::plot
