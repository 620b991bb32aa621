#include "forecaster/event_overlay.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <utility>

#include "base/check.h"

namespace loadcurve {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
// An event of a kind that nobody saw yet doubles or halves the load within one standard deviation.
const double kPriorVariance = std::pow(std::numbers::ln2, 2);
// Two events of one kind differ by a fifth, until they are seen to differ otherwise: as sure of
// that as two events would make it.
constexpr double kUsualVariance = 0.2 * 0.2;
constexpr double kUsualWeight = 2;
// Ratios beyond say that the load without the event was misjudged.
constexpr double kMostRatio = 50;
constexpr std::size_t kSeasonsEachSide = 4;
// The level just before an event: of an eighth of the shortest season, or of a whole one for events
// that last half a season or longer.
constexpr std::size_t kLevelShare = 8;
constexpr std::size_t kLevelStepsWithoutSeason = 12;

double MedianOf(std::vector<double>& values) {
  if (values.empty()) return kMissing;
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

// An event's windows in a series: [first, end), where their share within it is above zero.
struct Windows {
  std::size_t first = 0;
  std::size_t end = 0;
};

Windows WindowsOf(const CalendarEvent& event, const LoadSeries& series) {
  const auto index = [&](TimePoint time, Duration rounding) {
    const std::int64_t steps = (time - series.start() + rounding) / series.step();
    return static_cast<std::size_t>(std::clamp<std::int64_t>(
        time < series.start() ? 0 : steps, 0, static_cast<std::int64_t>(series.size())));
  };
  return {index(event.from, Duration(0)), index(event.until, series.step() - Duration(1))};
}

// The load as it would have been, from what lies outside all events.
class Baseline {
 public:
  Baseline(const LoadSeries& series, const Calendar& calendar, std::span<const std::size_t> seasons)
      : outside_(OutsideEvents(series, calendar)),
        values_(outside_.values()),
        seasons_(seasons.begin(), seasons.end()) {}

  // The log of the event's ratio; NaN where it cannot be known.
  double LogRatio(const LoadSeries& series, const CalendarEvent& event) const {
    const Windows windows = WindowsOf(event, series);
    double more = 0;     // than without the event
    double without = 0;  // in the part of the windows that the event fills
    for (std::size_t i = windows.first; i < windows.end; ++i) {
      const double expected = At(i, windows);
      const double difference = series.values()[i] - expected;
      if (std::isnan(difference)) continue;
      more += difference;
      without += expected * ShareWithin(event, series.TimeAt(i), series.step());
    }
    if (!(without > 0)) return kMissing;
    return std::log(std::clamp(1 + more / without, 1 / kMostRatio, kMostRatio));
  }

 private:
  double LevelBefore(std::int64_t step, std::size_t reach) const {
    double sum = 0;
    double count = 0;
    for (std::int64_t i = step - static_cast<std::int64_t>(reach); i < step; ++i) {
      if (i < 0 || i >= static_cast<std::int64_t>(values_.size())) continue;
      const double value = values_[static_cast<std::size_t>(i)];
      if (std::isnan(value)) continue;
      sum += value;
      ++count;
    }
    return count > 0 ? sum / count : kMissing;
  }

  // The loads one, two ... seasons before and after, each brought to the event's level.
  std::vector<double> Likes(std::size_t at, const Windows& event, std::size_t season) const {
    const std::size_t shortest = seasons_.front();
    const bool is_long = event.end - event.first >= shortest / 2;
    const std::size_t reach = is_long ? shortest : std::max<std::size_t>(1, shortest / kLevelShare);
    const auto first = static_cast<std::int64_t>(event.first);
    const double level = LevelBefore(first, reach);
    std::vector<double> likes;
    for (std::size_t k = 1; k <= kSeasonsEachSide; ++k) {
      for (const std::int64_t sign : {-1, 1}) {
        const std::int64_t shift = sign * static_cast<std::int64_t>(k * season);
        const std::int64_t other = static_cast<std::int64_t>(at) + shift;
        if (other < 0 || other >= static_cast<std::int64_t>(values_.size())) continue;
        const double value = values_[static_cast<std::size_t>(other)];
        if (std::isnan(value)) continue;
        const double change = level / LevelBefore(first + shift, reach);
        likes.push_back(std::isfinite(change) && change > 0 ? value * change : value);
      }
    }
    return likes;
  }

  double At(std::size_t at, const Windows& event) const {
    // The longest season that says enough: a Saturday is best told by Saturdays.
    for (std::size_t i = seasons_.size(); i-- > 0;) {
      std::vector<double> likes = Likes(at, event, seasons_[i]);
      if (likes.size() >= 2 || (i == 0 && !likes.empty())) return MedianOf(likes);
    }
    const double before =
        LevelBefore(static_cast<std::int64_t>(event.first), kLevelStepsWithoutSeason);
    const double after = LevelBefore(
        static_cast<std::int64_t>(event.end + kLevelStepsWithoutSeason), kLevelStepsWithoutSeason);
    if (std::isnan(before)) return after;
    return std::isnan(after) ? before : (before + after) / 2;
  }

  LoadSeries outside_;
  std::span<const double> values_;
  std::vector<std::size_t> seasons_;
};

double LiftOfRatio(double ratio, double share) {
  return 1 + share * (ratio - 1);
}

// The logistic distribution's quantile, brought to a standard deviation of 1.
double Standard(double level) {
  return std::sqrt(3) / std::numbers::pi * std::log(level / (1 - level));
}

}  // namespace

LoadSeries OutsideEvents(const LoadSeries& series, const Calendar& calendar) {
  std::vector<double> values(series.values().begin(), series.values().end());
  for (const CalendarEvent& event : calendar.events()) {
    const Windows windows = WindowsOf(event, series);
    for (std::size_t i = windows.first; i < windows.end; ++i) values[i] = kMissing;
  }
  return LoadSeries::Make(series.start(), series.step(), std::move(values),
                          series.weights_version())
      .value();
}

EventOverlay::EventOverlay(const LoadSeries& series, Calendar calendar,
                           std::span<const std::size_t> seasons)
    : calendar_(std::move(calendar)), ordinary_(series) {
  const Baseline baseline(series, calendar_, seasons);
  std::vector<double> values(series.values().begin(), series.values().end());
  std::map<std::string, std::vector<double>> logs;
  std::map<std::string, std::optional<double>> lifts;
  for (const CalendarEvent& event : calendar_.events()) {
    auto& known = logs[event.kind];
    if (event.lift) lifts[event.kind] = event.lift;
    const double log_ratio = baseline.LogRatio(series, event);
    if (std::isnan(log_ratio)) continue;
    known.push_back(log_ratio);
    const Windows windows = WindowsOf(event, series);
    for (std::size_t i = windows.first; i < windows.end; ++i)
      values[i] /=
          LiftOfRatio(std::exp(log_ratio), ShareWithin(event, series.TimeAt(i), series.step()));
  }
  ordinary_ =
      LoadSeries::Make(series.start(), series.step(), std::move(values), series.weights_version())
          .value();
  std::map<std::string, std::size_t> index;
  for (const auto& [kind, known] : logs) {
    index[kind] = effects_.size();
    effects_.push_back(EffectOfKind(kind, known, lifts[kind]));
  }
  for (const CalendarEvent& event : calendar_.events())
    effect_of_event_.push_back(index.at(event.kind));
}

EventEffect EventOverlay::EffectOfKind(const std::string& kind, std::span<const double> logs,
                                       std::optional<double> lift) const {
  EventEffect effect{.kind = kind, .seen = logs.size()};
  if (logs.empty() && !lift) return effect;
  const auto count = static_cast<double>(logs.size());
  double mean = 0;
  for (const double log_ratio : logs) mean += log_ratio / count;
  double squares = kUsualWeight * kUsualVariance;
  for (const double log_ratio : logs) squares += std::pow(log_ratio - mean, 2);
  const double variance = squares / (kUsualWeight + std::max(0.0, count - 1));
  const double trust = count * kPriorVariance / (count * kPriorVariance + variance);
  const double prior = lift ? std::log(*lift) : 0;
  effect.seen_ratio = std::exp(mean);
  effect.expected_ratio = std::exp(trust * mean + (1 - trust) * prior);
  effect.spread = std::sqrt(variance + kPriorVariance * (1 - trust));
  return effect;
}

const EventEffect& EventOverlay::EffectOf(const CalendarEvent& event) const {
  const auto found = std::find_if(effects_.begin(), effects_.end(), [&](const EventEffect& effect) {
    return effect.kind == event.kind;
  });
  Check(found != effects_.end(), "the event is one of the calendar");
  return *found;
}

EventOverlay::Lift EventOverlay::ExpectedAt(TimePoint start, Duration step) const {
  Lift lift;
  for (std::size_t i = 0; i < effect_of_event_.size(); ++i) {
    const double share = ShareWithin(calendar_.events()[i], start, step);
    if (share <= 0) continue;
    const EventEffect& effect = effects_[effect_of_event_[i]];
    lift.log += std::log(LiftOfRatio(effect.expected_ratio, share));
    lift.variance += std::pow(share * effect.spread, 2);
  }
  return lift;
}

double EventOverlay::LiftAt(TimePoint start, Duration step) const {
  return std::exp(ExpectedAt(start, step).log);
}

Forecast EventOverlay::Over(const Forecast& ordinary) const {
  ForecastParts parts{.issued_at = ordinary.issued_at(),
                      .step = ordinary.step(),
                      .levels = {ordinary.levels().begin(), ordinary.levels().end()},
                      .loads = {},
                      .weights_version = ordinary.weights_version()};
  for (std::size_t ahead = 0; ahead < ordinary.horizon(); ++ahead) {
    const Lift lift = ExpectedAt(ordinary.TimeAt(ahead), ordinary.step());
    const double middle = ordinary.Quantile(ahead, 0.5);
    for (std::size_t i = 0; i < parts.levels.size(); ++i) {
      const double load = ordinary.At(ahead, i);
      double log_change = lift.log;
      if (lift.variance > 0 && middle > 0 && load > 0) {
        // Two independent errors of a logarithm: their squares add up.
        const double away = std::log(load / middle);
        const double spread = Standard(parts.levels[i]) * std::sqrt(lift.variance);
        log_change += std::copysign(std::hypot(away, spread), parts.levels[i] - 0.5) - away;
      }
      parts.loads.push_back(load * std::exp(log_change));
    }
    // Quantiles on the wrong side of the middle may have been turned over.
    std::sort(parts.loads.end() - static_cast<std::ptrdiff_t>(parts.levels.size()),
              parts.loads.end());
  }
  return Forecast::Make(std::move(parts)).value();
}

}  // namespace loadcurve
