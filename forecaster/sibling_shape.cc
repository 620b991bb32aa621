#include "forecaster/sibling_shape.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <string>
#include <utility>

#include "forecaster/rolling_backtest.h"
#include "forecaster/seasonality.h"

namespace loadcurve {
namespace {

constexpr std::chrono::days kFewestDays{1};
constexpr std::size_t kFewestSiblings = 2;
// Neighbours that a place of the season is smoothed with, on either side, as a share of it.
constexpr std::size_t kSmoothShare = 96;
// Places with less than this share of the mean are taken for it: their logs would run to nothing.
constexpr double kLeastShare = 0.02;
// Of a season, that speak for a strength of 1 before anything is seen.
constexpr double kPriorSeasons = 0.5;
// Its own past cannot show what the season not seen yet will bring, only that the shape does not
// fit: where the loss with it would have been larger by this factor.
constexpr double kMisfit = 1.25;
// Moments at which a young series is tried with and without the shape.
constexpr std::size_t kTrials = 6;

// The place of step `index` in a season of the clock.
std::size_t PlaceOf(TimePoint time, Duration step, std::size_t season) {
  const std::int64_t steps = time.time_since_epoch() / step;
  const auto length = static_cast<std::int64_t>(season);
  return static_cast<std::size_t>(((steps % length) + length) % length);
}

// The logs of a load's profile about their mean; empty where a place was never measured.
std::vector<double> ProfileOf(const LoadSeries& series, std::size_t season) {
  std::vector<double> sums(season, 0);
  std::vector<double> counts(season, 0);
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (std::isnan(series.values()[i])) continue;
    const std::size_t place = PlaceOf(series.TimeAt(i), series.step(), season);
    sums[place] += series.values()[i];
    ++counts[place];
  }
  double total = 0;
  for (const double sum : sums) total += sum;
  const auto reach = static_cast<std::int64_t>(season / kSmoothShare);
  const auto length = static_cast<std::int64_t>(season);
  std::vector<double> logs;
  double mean = 0;
  for (std::int64_t place = 0; place < length; ++place) {
    double sum = 0;
    double count = 0;
    for (std::int64_t near = place - reach; near <= place + reach; ++near) {
      const auto at = static_cast<std::size_t>((near + length) % length);
      sum += sums[at];
      count += counts[at];
    }
    if (count == 0 || total == 0) return {};
    const double measured = static_cast<double>(series.size() - series.MissingCount());
    logs.push_back(std::log(std::max(sum / count, kLeastShare * total / measured)));
    mean += logs.back() / static_cast<double>(season);
  }
  for (double& log : logs) log -= mean;
  return logs;
}

std::vector<std::size_t> SeasonsOf(const LoadSeries& series, const ForecastOptions& options) {
  if (options.seasons.empty()) return DetectSeasons(series);
  std::vector<std::size_t> seasons;
  for (const Duration season : options.seasons)
    if (season >= series.step())
      seasons.push_back(static_cast<std::size_t>(season / series.step()));
  std::sort(seasons.begin(), seasons.end());
  return seasons;
}

std::size_t Measured(const LoadSeries& series) {
  return series.size() - series.MissingCount();
}

// Workloads of which one may be young, each with its seasons in steps.
struct Siblings {
  std::span<const LoadSeries> series;
  std::vector<std::vector<std::size_t>> seasons;

  Siblings(std::span<const LoadSeries> all, const ForecastOptions& options)
      : series(all), seasons(all.size()) {
    tbb::parallel_for(std::size_t{0}, all.size(),
                      [&](std::size_t i) { seasons[i] = SeasonsOf(all[i], options); });
  }
};

// The longest season that at least two others have on record and this one has not; 0 where there is
// none, or where less than a day is known.
std::size_t MissedSeason(const Siblings& all, std::size_t index) {
  const LoadSeries& series = all.series[index];
  const auto known = Measured(series);
  if (known <
      static_cast<std::size_t>(std::max<Duration>(kFewestDays, series.step()) / series.step()))
    return 0;
  std::vector<std::size_t> candidates;
  for (std::size_t i = 0; i < all.series.size(); ++i) {
    if (i == index) continue;
    for (const std::size_t season : all.seasons[i])
      if (known < 2 * season && Measured(all.series[i]) >= 2 * season) candidates.push_back(season);
  }
  std::sort(candidates.begin(), candidates.end());
  std::size_t longest = 0;
  for (std::size_t i = 0; i + 1 < candidates.size(); ++i)
    if (candidates[i] == candidates[i + 1]) longest = candidates[i];
  return longest;
}

LoadSeries WithoutShape(const LoadSeries& series, const SiblingShape& shape, double strength) {
  std::vector<double> values(series.values().begin(), series.values().end());
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] *= std::exp(-strength * shape.LogAt(series.TimeAt(i), series.step()));
  return LoadSeries::Make(series.start(), series.step(), std::move(values),
                          series.weights_version())
      .value();
}

Result<ForecastReport> ForecastWithShape(const LoadSeries& series, const ForecastOptions& options,
                                         const SiblingShape& shape) {
  const double strength = shape.StrengthIn(series);
  LC_TRY(ForecastReport report, ForecastLoad(WithoutShape(series, shape, strength), options));
  const Forecast& flat = report.forecast;
  ForecastParts parts{.issued_at = flat.issued_at(),
                      .step = flat.step(),
                      .levels = {flat.levels().begin(), flat.levels().end()},
                      .loads = {},
                      .weights_version = flat.weights_version()};
  for (std::size_t ahead = 0; ahead < flat.horizon(); ++ahead) {
    const double factor = std::exp(strength * shape.LogAt(flat.TimeAt(ahead), flat.step()));
    for (const double load : flat.Row(ahead)) parts.loads.push_back(load * factor);
  }
  LC_TRY(report.forecast, Forecast::Make(std::move(parts)));
  const auto hundredths = std::lround(100 * strength);
  report.why += "; young, so the shape of " + std::to_string(shape.sibling_count()) +
                " siblings is borrowed, at " + std::to_string(hundredths) + " % of its strength";
  report.skill.reset();  // it was reckoned on the load without the shape, as was
  report.maximum.clear();
  return report;
}

// The mean loss at a few moments of the past; nothing where none fits.
std::optional<double> LossOf(const LoadSeries& series, const ForecastOptions& options,
                             const Forecaster& forecaster) {
  RollingOptions rolling{.forecast = options, .models = {options.model}, .origins = {}};
  rolling.forecast.horizon =
      std::min(options.horizon, std::max<std::size_t>(1, Measured(series) / 4));
  rolling.origins.most = kTrials;
  // The later half of what is known; a young series is missing before.
  std::size_t born = 0;
  while (born < series.size() && std::isnan(series.values()[born])) ++born;
  rolling.origins.first = born + (series.size() - born) / 2;
  rolling.forecaster = forecaster;
  const auto record = BacktestLoad(series, rolling, [] {});
  if (!record) return std::nullopt;
  return record->models.front().whole.Metrics().pinball;
}

// With the shape of the others where the series is too young to show it, and it does not misfit.
Result<ForecastReport> ForecastAmong(const Siblings& siblings, std::size_t index,
                                     const ForecastOptions& options) {
  const LoadSeries& series = siblings.series[index];
  auto report = ForecastLoad(series, options);
  const std::size_t season = report ? MissedSeason(siblings, index) : 0;
  const auto shape = season > 0 ? SiblingShape::Of(siblings.series, index, season) : std::nullopt;
  if (!shape) return report;
  const Forecaster borrowing = [&](const LoadSeries& known, const ForecastOptions& wanted) {
    return ForecastWithShape(known, wanted, *shape);
  };
  const auto own = LossOf(series, options, ForecastLoad);
  const auto borrowed = LossOf(series, options, borrowing);
  if (!own || !borrowed || *borrowed >= kMisfit * *own) return report;
  auto with_shape = borrowing(series, options);
  return with_shape ? std::move(with_shape) : std::move(report);
}

// Whether a season of the others is not yet on record twice.
bool MayBeYoung(const Siblings& siblings, std::size_t index, const LoadSeries& known) {
  const std::size_t measured = Measured(known);
  for (std::size_t i = 0; i < siblings.seasons.size(); ++i)
    for (const std::size_t season : siblings.seasons[i])
      if (i != index && measured < 2 * season) return true;
  return false;
}

// What lies in [from, until); one missing step where nothing does.
LoadSeries Between(const LoadSeries& series, TimePoint from, TimePoint until) {
  const auto place = [&](TimePoint time) {
    const std::int64_t steps = (time - series.start()) / series.step();
    return static_cast<std::size_t>(
        std::clamp<std::int64_t>(steps, 0, static_cast<std::int64_t>(series.size())));
  };
  const auto values = series.values();
  std::vector<double> within(values.begin() + static_cast<std::ptrdiff_t>(place(from)),
                             values.begin() + static_cast<std::ptrdiff_t>(place(until)));
  if (within.empty()) within.push_back(std::nan(""));
  return LoadSeries::Make(std::max(from, series.start()), series.step(), std::move(within),
                          series.weights_version())
      .value();
}

}  // namespace

std::optional<SiblingShape> SiblingShape::Of(std::span<const LoadSeries> series,
                                             std::size_t left_out, std::size_t season) {
  SiblingShape shape;
  shape.logs_.assign(season, 0);
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (i == left_out || Measured(series[i]) < 2 * season) continue;
    const std::vector<double> profile = ProfileOf(series[i], season);
    if (profile.empty()) continue;
    for (std::size_t place = 0; place < season; ++place) shape.logs_[place] += profile[place];
    ++shape.siblings_;
  }
  if (shape.siblings_ < kFewestSiblings) return std::nullopt;
  for (double& log : shape.logs_) log /= static_cast<double>(shape.siblings_);
  return shape;
}

double SiblingShape::LogAt(TimePoint time, Duration step) const {
  return logs_[PlaceOf(time, step, logs_.size())];
}

double SiblingShape::StrengthIn(const LoadSeries& series) const {
  double variance = 0;  // of the shape over a whole season
  for (const double log : logs_) variance += log * log / static_cast<double>(logs_.size());
  std::vector<double> shapes;
  std::vector<double> loads;
  double mean_shape = 0;
  double mean_load = 0;
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (!(series.values()[i] > 0)) continue;
    shapes.push_back(LogAt(series.TimeAt(i), series.step()));
    loads.push_back(std::log(series.values()[i]));
    mean_shape += shapes.back();
    mean_load += loads.back();
  }
  const auto count = static_cast<double>(shapes.size());
  const double prior = kPriorSeasons * static_cast<double>(logs_.size()) * variance;
  if (count == 0 || prior == 0) return 1;
  double together = prior;
  double alone = prior;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const double shape = shapes[i] - mean_shape / count;
    together += shape * (loads[i] - mean_load / count);
    alone += shape * shape;
  }
  return std::clamp(together / alone, 0.0, 2.0);
}

std::vector<Result<ForecastReport>> ForecastSiblings(std::span<const LoadSeries> series,
                                                     const ForecastOptions& options,
                                                     const std::function<void()>& on_done) {
  const Siblings siblings(series, options);
  std::vector<Result<ForecastReport>> reports(series.size(), Fail(ErrorCode::kInternal, ""));
  std::mutex done;
  tbb::parallel_for(std::size_t{0}, series.size(), [&](std::size_t i) {
    reports[i] = ForecastAmong(siblings, i, options);
    const std::lock_guard lock(done);
    on_done();
  });
  return reports;
}

std::vector<Result<SeriesRecord>> BacktestSiblings(std::span<const LoadSeries> series,
                                                   const RollingOptions& options,
                                                   const std::function<void()>& on_origin) {
  const Siblings siblings(series, options.forecast);
  std::vector<Result<SeriesRecord>> records(series.size(), Fail(ErrorCode::kInternal, ""));
  std::mutex done;
  tbb::parallel_for(std::size_t{0}, series.size(), [&](std::size_t i) {
    RollingOptions among = options;
    among.forecaster = [&, i](const LoadSeries& known, const ForecastOptions& wanted) {
      if (!MayBeYoung(siblings, i, known)) return ForecastLoad(known, wanted);
      std::vector<LoadSeries> by_then;
      for (std::size_t j = 0; j < series.size(); ++j)
        by_then.push_back(j == i ? known : Between(series[j], known.start(), known.end()));
      return ForecastAmong(Siblings(by_then, wanted), i, wanted);
    };
    records[i] = BacktestLoad(series[i], among, [&] {
      const std::lock_guard lock(done);
      on_origin();
    });
  });
  return records;
}

}  // namespace loadcurve
