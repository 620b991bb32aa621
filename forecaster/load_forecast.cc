#include "forecaster/load_forecast.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <mutex>
#include <utility>

#include "base/time_text.h"
#include "forecaster/backtest.h"
#include "forecaster/blend.h"
#include "forecaster/conformal.h"
#include "forecaster/forecast_model.h"
#include "forecaster/forecast_scores.h"
#include "forecaster/harmonic_regression.h"
#include "forecaster/hour_ahead.h"
#include "forecaster/level_shift.h"
#include "forecaster/persistence.h"
#include "forecaster/profile_regression.h"
#include "forecaster/ridge_autoregression.h"
#include "forecaster/seasonal_naive.h"
#include "forecaster/seasonal_trend.h"
#include "forecaster/seasonality.h"

namespace loadcurve {
namespace {

constexpr std::size_t kFewestValues = 3;
constexpr std::size_t kLongestHorizon = 100'000;
// Of many models the one that did best was lucky too: another than their blend must be better by so
// much. What serves every minute takes the best: a blend is never quite still where the load is.
// Chosen at rolling origins inside the training part of the M4 hourly series.
constexpr double kClearlyBetter = 0.85;
// Of a series so much is left for trying models on it: what a model that needs more was wrong by
// could only be told at moments that are all alike.
constexpr std::size_t kTestedShare = 3;
// The model of the next hour needs some days.
constexpr std::size_t kHourDays = 3;

constexpr std::array kNames = {
    std::pair(ModelKind::kAuto, std::string_view("auto")),
    std::pair(ModelKind::kPersistence, std::string_view("persistence")),
    std::pair(ModelKind::kSeasonalNaive, std::string_view("seasonal-naive")),
    std::pair(ModelKind::kRidge, std::string_view("ridge")),
    std::pair(ModelKind::kProfile, std::string_view("profile")),
    std::pair(ModelKind::kDecomposition, std::string_view("decomposition")),
    std::pair(ModelKind::kHarmonic, std::string_view("harmonic")),
    std::pair(ModelKind::kBlend, std::string_view("blend")),
    std::pair(ModelKind::kHour, std::string_view("hour")),
};

// A model that was tried, and how it did.
struct Candidate {
  ModelKind kind = ModelKind::kPersistence;
  std::unique_ptr<ForecastModel> model;
  std::vector<RollingOrigin> origins;
  std::optional<ConformalBands> bands;
  // The loss by which the best is chosen.
  double rank = 0;
};

double LossOf(const Candidate& candidate) {
  return candidate.bands->expected_loss();
}

Result<std::vector<std::size_t>> SeasonsInSteps(const LoadSeries& series,
                                                const ForecastOptions& options) {
  if (options.seasons.empty()) return DetectSeasons(series, options.horizon);
  std::vector<std::size_t> seasons;
  for (const Duration season : options.seasons) {
    if (season < 2 * series.step() || season % series.step() != Duration(0))
      return Fail(ErrorCode::kInvalidArgument, "a season of " + ToString(season) +
                                                   " is not at least two whole steps of " +
                                                   ToString(series.step()));
    seasons.push_back(static_cast<std::size_t>(season / series.step()));
  }
  std::sort(seasons.begin(), seasons.end());
  seasons.erase(std::unique(seasons.begin(), seasons.end()), seasons.end());
  return seasons;
}

Result<void> CheckOptions(const LoadSeries& series, const ForecastOptions& options) {
  if (options.horizon < 1 || options.horizon > kLongestHorizon)
    return Fail(ErrorCode::kInvalidArgument, "the horizon is " + std::to_string(options.horizon) +
                                                 " steps; expected 1 to " +
                                                 std::to_string(kLongestHorizon));
  double previous = 0;
  for (const double level : options.levels) {
    if (!(level > previous && level < 1))
      return Fail(ErrorCode::kInvalidArgument, "the levels must lie between 0 and 1 and rise");
    previous = level;
  }
  if (options.levels.empty())
    return Fail(ErrorCode::kInvalidArgument, "at least one level is needed");
  const std::size_t measured = series.size() - series.MissingCount();
  if (measured < kFewestValues)
    return Fail(ErrorCode::kInsufficientData, "the series has " + std::to_string(measured) +
                                                  " measured values; at least " +
                                                  std::to_string(kFewestValues) + " are needed");
  return {};
}

// Simplest first: of two that do equally well the simpler is taken. The two naive ones
// are always among them, as rivals and to fall back on.
std::vector<Candidate> Candidates(const LoadSeries& series, const std::vector<std::size_t>& seasons,
                                  std::size_t horizon) {
  std::vector<Candidate> candidates;
  const auto add = [&](ModelKind kind, std::unique_ptr<ForecastModel> model) {
    candidates.push_back({kind, std::move(model), {}, std::nullopt});
  };
  add(ModelKind::kPersistence, std::make_unique<Persistence>());
  for (const std::size_t season : seasons)
    add(ModelKind::kSeasonalNaive, std::make_unique<SeasonalNaive>(season));
  add(ModelKind::kRidge, std::make_unique<RidgeAutoregression>(seasons));
  if (!seasons.empty() && ProfileRegression::Fits(seasons.front(), horizon)) {
    // Half of the history is left to learn from.
    const std::size_t days = series.size() / seasons.front();
    add(ModelKind::kProfile,
        std::make_unique<ProfileRegression>(
            seasons.front(), std::clamp<std::size_t>((days - 1) / 2, 1, 7), horizon));
  }
  if (!seasons.empty())
    for (const std::size_t half_life : {std::size_t{0}, 2 * seasons.back()})
      add(ModelKind::kDecomposition,
          std::make_unique<SeasonalTrend>(SeasonalTrend::Options{seasons, horizon, half_life}));
  if (!seasons.empty()) add(ModelKind::kHarmonic, std::make_unique<HarmonicRegression>(seasons));
  return candidates;
}

// Whether a model has to be tried: where one is named, the others are not its business, but for
// the naive ones, which stand in for it and are what its skill is held against.
bool IsTried(ModelKind kind, ModelKind wanted) {
  return wanted == ModelKind::kAuto || wanted == ModelKind::kBlend || kind == wanted ||
         kind == ModelKind::kPersistence || kind == ModelKind::kSeasonalNaive;
}

// Leaves those that are to be tried and that the series is long enough for, each with its bands.
// The origins are the same whichever model is named.
void Judge(const LoadSeries& series, const ForecastOptions& options, std::size_t season,
           std::vector<Candidate>& candidates) {
  const std::size_t tested = series.size() / kTestedShare;
  std::erase_if(candidates, [&](const Candidate& candidate) {
    return candidate.kind != ModelKind::kPersistence &&
           candidate.model->least_history() + tested > series.size();
  });
  std::size_t least_history = 0;
  for (const Candidate& candidate : candidates)
    least_history = std::max(least_history, candidate.model->least_history());
  const BacktestPlan plan = PlanBacktest(series, least_history, options.horizon);
  std::erase_if(candidates, [&](const Candidate& candidate) {
    return !IsTried(candidate.kind, options.model);
  });
  for (Candidate& candidate : candidates) {
    auto origins = Backtest(*candidate.model, series, plan);
    if (!origins || origins->empty()) continue;
    candidate.origins = *std::move(origins);
    candidate.bands =
        ConformalBands::Make(candidate.origins, options.horizon, options.levels, season);
    candidate.rank = LossOf(candidate);
  }
  std::erase_if(candidates, [](const Candidate& candidate) { return !candidate.bands; });
}

// Adds the blend of all the others. Of several that were tried at a few origins the best one was
// lucky too, as the blend was that is weighted by the same origins: so they are compared. Its bands
// are those of a blend to which each origin is new.
void AddBlend(const ForecastOptions& options, std::size_t season,
              std::vector<Candidate>& candidates) {
  if (candidates.size() < 2 || !IsTried(ModelKind::kBlend, options.model)) return;
  std::vector<std::vector<RollingOrigin>> origins;
  for (const Candidate& candidate : candidates) origins.push_back(candidate.origins);
  const BlendShares weights(origins, options.horizon);
  std::vector<std::vector<double>> shares = weights.OfAll();
  std::vector<BlendMember> members;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    members.push_back({candidates[i].model.get(), std::move(shares[i])});
  Candidate blend{ModelKind::kBlend, std::make_unique<Blend>(std::move(members)),
                  weights.Origins(true), std::nullopt};
  blend.bands = ConformalBands::Make(blend.origins, options.horizon, options.levels, season);
  blend.rank = (options.is_thorough ? kClearlyBetter : 1) *
               ConformalBands::Make(weights.Origins(false), options.horizon, options.levels, season)
                   .expected_loss();
  candidates.push_back(std::move(blend));
}

const Candidate* BestOf(const std::vector<Candidate>& candidates, ModelKind wanted) {
  const Candidate* best = nullptr;
  for (const Candidate& candidate : candidates) {
    if (wanted != ModelKind::kAuto && candidate.kind != wanted) continue;
    if (best == nullptr || candidate.rank < best->rank) best = &candidate;
  }
  return best;
}

// What was asked for, or the next simpler model that the series is long enough for.
const Candidate& Choose(const std::vector<Candidate>& candidates, ModelKind wanted) {
  for (const ModelKind kind : {wanted, ModelKind::kSeasonalNaive, ModelKind::kPersistence}) {
    const Candidate* best = BestOf(candidates, kind);
    if (best != nullptr) return *best;
  }
  return candidates.front();
}

// What HourAhead foretells, and what it missed at the moments at which the others were tried.
struct WalkedHour {
  std::vector<double> paths;
  std::vector<double> maximum;
  double loss = 0;
};

std::optional<WalkedHour> WalkHour(const LoadSeries& series, const ForecastOptions& options,
                                   std::size_t day, std::span<const RollingOrigin> origins) {
  if (!HourAhead::Fits(day, options.horizon) || series.size() < kHourDays * day) return {};
  HourAhead model({day, options.horizon, options.levels, HourAhead::OffsetFor(series.values())});
  WalkedHour walked;
  double count = 0;
  auto origin = origins.begin();
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (origin != origins.end() && origin->first == i) {
      const std::vector<double> paths = model.Paths();
      for (std::size_t ahead = 0; ahead < origin->actual.size(); ++ahead) {
        if (std::isnan(origin->actual[ahead])) continue;
        for (std::size_t level = 0; level < options.levels.size(); ++level, ++count)
          walked.loss += PinballLoss(options.levels[level], origin->actual[ahead],
                                     paths[ahead * options.levels.size() + level]);
      }
      ++origin;
    }
    model.Observe(series.values()[i]);
  }
  if (count == 0) return {};
  walked.loss /= count;
  model.Refit();
  walked.paths = model.Paths();
  walked.maximum = model.Maximum({0, options.horizon});
  return walked;
}

std::string WhyChosen(const Candidate& chosen, ModelKind wanted, std::size_t tried,
                      bool is_thorough) {
  const std::string name(chosen.model->name());
  if (wanted == ModelKind::kAuto && tried == 1)
    return name + ": the series is too short, or has no season, for any other model";
  if (wanted == ModelKind::kAuto && is_thorough && chosen.kind == ModelKind::kBlend)
    return name + ": none of " + std::to_string(tried - 1) +
           " models alone has clearly less loss at past origins";
  if (wanted == ModelKind::kAuto)
    return name + ": least loss of " + std::to_string(tried) + " models at past origins";
  if (wanted == chosen.kind) return name + ": as asked for";
  return name + ": the series is too short, or has no season, for " + std::string(Name(wanted));
}

std::string WhyHour(ModelKind wanted, std::size_t others) {
  if (wanted == ModelKind::kHour) return "hour: as asked for";
  return "hour: least loss of " + std::to_string(others + 1) + " models at past origins";
}

// The series from its first measured value on; what is missing before says nothing.
LoadSeries WithoutLeadingGap(const LoadSeries& series) {
  const auto values = series.values();
  const auto first =
      std::find_if(values.begin(), values.end(), [](double value) { return !std::isnan(value); });
  return LoadSeries::Make(series.TimeAt(static_cast<std::size_t>(first - values.begin())),
                          series.step(), {first, values.end()}, series.weights_version())
      .value();
}

}  // namespace

std::string_view Name(ModelKind kind) {
  for (const auto& [known, name] : kNames)
    if (known == kind) return name;
  return "auto";
}

Result<ModelKind> ParseModelKind(std::string_view name) {
  std::string expected;
  for (const auto& [kind, known] : kNames) {
    if (known == name) return kind;
    expected += (expected.empty() ? "" : ", ") + std::string(known);
  }
  return Fail(ErrorCode::kInvalidArgument,
              "'" + std::string(name) + "' is not a model; expected one of " + expected);
}

namespace {

LoadSeries Levelled(const LoadSeries& series, const LevelShift& shift) {
  return LoadSeries::Make(series.start(), series.step(), AtLevelAfter(shift, series.values()),
                          series.weights_version())
      .value();
}

std::string WhyLevelled(const LevelShift& shift, const LoadSeries& series) {
  const auto percent = static_cast<long>(std::lround(100 * shift.factor));
  return "; what was before counts " + std::to_string(percent) + " %, as the level changed " +
         std::to_string(series.size() - shift.at) + " steps ago";
}

// A series that begins with a measured value.
Result<ForecastReport> ForecastKnown(const LoadSeries& measured, const ForecastOptions& options) {
  LC_TRY(const auto seasons, SeasonsInSteps(measured, options));
  std::optional<LevelShift> shift;
  if (!seasons.empty()) shift = RecentLevelShift(measured.values(), seasons);
  const LoadSeries series = shift ? Levelled(measured, *shift) : measured;
  std::vector<Candidate> candidates = Candidates(series, seasons, options.horizon);
  const std::size_t shortest = seasons.empty() ? 0 : seasons.front();
  Judge(series, options, shortest, candidates);
  AddBlend(options, shortest, candidates);
  if (candidates.empty())
    return Fail(ErrorCode::kInsufficientData,
                "the series has too few measured values after its first half");
  const Candidate& chosen = Choose(candidates, options.model);
  std::optional<WalkedHour> hour;
  const bool may_walk = options.model == ModelKind::kHour ||
                        (options.model == ModelKind::kAuto && options.is_thorough);
  if (may_walk && !seasons.empty())
    hour = WalkHour(measured, options, seasons.front(), chosen.origins);
  if (hour && options.model == ModelKind::kAuto && hour->loss >= LossOf(chosen)) hour.reset();
  std::vector<double> paths;
  std::vector<double> maximum;
  if (hour) {
    paths = std::move(hour->paths);
    maximum = std::move(hour->maximum);
  } else {
    LC_TRY(const auto fitted, chosen.model->Fit(series));
    const std::vector<double> middle = fitted->Predict(options.horizon);
    ConformalBands bands = *chosen.bands;
    // A blend that is taken as a rule was hardly chosen.
    const bool is_rule = options.is_thorough && chosen.kind == ModelKind::kBlend;
    if (options.model == ModelKind::kAuto && candidates.size() > 1 && !is_rule)
      bands.WidenForChoiceBy(chosen.origins.size());
    paths = bands.Around(middle, series.size());
    maximum = bands.MaximumAround(middle, series.size());
  }
  LC_TRY(Forecast forecast, Forecast::Make({series.end(), series.step(), options.levels,
                                            std::move(paths), series.weights_version()}));
  ForecastReport report{std::move(forecast), hour ? ModelKind::kHour : chosen.kind, {}, "", {}, {},
                        std::move(maximum)};
  for (const std::size_t season : seasons)
    report.seasons.push_back(series.step() * static_cast<std::int64_t>(season));
  report.why = hour ? WhyHour(options.model, candidates.size())
                    : WhyChosen(chosen, options.model, candidates.size(), options.is_thorough);
  if (shift && !hour) report.why += WhyLevelled(*shift, series);
  const double loss = hour ? hour->loss : LossOf(chosen);
  report.expected_loss = loss;
  const Candidate* naive = BestOf(candidates, ModelKind::kSeasonalNaive);
  if (naive != nullptr && LossOf(*naive) > 0) report.skill = 1 - loss / LossOf(*naive);
  return report;
}

}  // namespace

Result<ForecastReport> ForecastLoad(const LoadSeries& series, const ForecastOptions& options) {
  LC_TRY_VOID(CheckOptions(series, options));
  return ForecastKnown(WithoutLeadingGap(series), options);
}

std::vector<Result<ForecastReport>> ForecastLoads(std::span<const LoadSeries> series,
                                                  const ForecastOptions& options, int threads,
                                                  const std::function<void()>& on_done) {
  std::vector<Result<ForecastReport>> reports(series.size(), Fail(ErrorCode::kInternal, ""));
  std::mutex done;
  tbb::task_arena arena(threads > 0 ? threads : tbb::task_arena::automatic);
  arena.execute([&] {
    tbb::parallel_for(std::size_t{0}, series.size(), [&](std::size_t i) {
      reports[i] = ForecastLoad(series[i], options);
      const std::lock_guard lock(done);
      on_done();
    });
  });
  return reports;
}

}  // namespace loadcurve
