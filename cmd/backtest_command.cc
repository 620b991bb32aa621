#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/files/whole_file.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "cmd/backtest_report.h"
#include "cmd/calendar_option.h"
#include "cmd/command.h"
#include "cmd/duration_option.h"
#include "cmd/forecast_input.h"
#include "cmd/forecast_levels.h"
#include "cmd/output.h"
#include "forecaster/rolling_backtest.h"
#include "forecaster/sibling_shape.h"

namespace loadcurve {
namespace {

// The options as they stand on the command line.
struct BacktestFlags {
  ForecastInput input;
  CalendarOption calendar;
  std::size_t horizon = 0;
  std::string levels = "0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9";
  std::string models = "auto";
  std::vector<std::string> seasons;
  std::size_t origins = 20;
  std::string every;
  std::string from;
  std::string history;
  double band = 0.9;
  std::string plot;
  OutputFormat output = OutputFormat::kTable;
};

Result<std::vector<ModelKind>> ModelsFrom(const std::string& text) {
  if (text == "all") return AllModelKinds();
  std::vector<ModelKind> models;
  for (const std::string& name : SplitAtCommas(text)) {
    const auto model = ParseModelKind(name);
    if (!model) return Within("--model", model.error());
    for (const ModelKind known : models)
      if (known == *model)
        return Fail(ErrorCode::kInvalidArgument, "--model: '" + name + "' is there twice");
    models.push_back(*model);
  }
  return models;
}

// Whole steps in the duration behind an option; 0 where it was not given.
Result<std::size_t> StepsOf(const std::string& option, const std::string& text, Duration step) {
  if (text.empty()) return std::size_t{0};
  LC_TRY(const Duration duration, PositiveDurationOf(option, text));
  if (duration % step != Duration(0))
    return Fail(ErrorCode::kInvalidArgument,
                option + " is " + text + "; expected whole steps of " + ToString(step));
  return static_cast<std::size_t>(duration / step);
}

Result<std::size_t> FirstFrom(const BacktestFlags& flags, const LoadSeries& series) {
  if (flags.from.empty()) return std::size_t{0};
  if (flags.input.is_wide())
    return Fail(ErrorCode::kInvalidArgument,
                "--from does not go with --wide: the file holds no times");
  const auto time = ParseTime(flags.from);
  if (!time) return Within("--from", time.error());
  if (*time <= series.start() || *time >= series.end())
    return Fail(ErrorCode::kInvalidArgument,
                "--from is " + ToRfc3339(*time) + "; expected a time within the series, from " +
                    ToRfc3339(series.start()) + " to " + ToRfc3339(series.end()));
  const Duration step = series.step();
  return static_cast<std::size_t>((*time - series.start() + step - Duration(1)) / step);
}

Result<RollingOptions> OptionsFrom(const BacktestFlags& flags, const LoadSeries& series) {
  RollingOptions options;
  options.forecast.horizon = flags.horizon;
  options.forecast.is_thorough = true;
  LC_TRY(options.forecast.levels, ParseLevels(SplitAtCommas(flags.levels)));
  for (const std::string& season : flags.seasons) {
    LC_TRY(const Duration duration, PositiveDurationOf("--season", season));
    options.forecast.seasons.push_back(duration);
  }
  LC_TRY(options.models, ModelsFrom(flags.models));
  options.origins.most = flags.origins;
  LC_TRY(options.origins.every, StepsOf("--every", flags.every, series.step()));
  LC_TRY(options.origins.history, StepsOf("--history", flags.history, series.step()));
  LC_TRY(options.origins.first, FirstFrom(flags, series));
  options.band = flags.band;
  return options;
}

std::string TimeLeft(Duration spent, std::size_t done, std::size_t total) {
  const double each = Seconds(spent) / static_cast<double>(done);
  const double left = each * static_cast<double>(total - done);
  return left < 90 ? fmt::format("about {:.0f} s left", left)
                   : fmt::format("about {:.0f} min left", left / 60);
}

// Of a wide file, young series are forecast with the shapes of their siblings.
Result<std::vector<SeriesRecord>> BacktestAll(const std::vector<series::NamedSeries>& all,
                                              const RollingOptions& options, bool is_wide) {
  std::vector<LoadSeries> loads;
  std::size_t total = 0;
  for (const auto& named : all) {
    const auto origins = OriginsOf(named.series, options.forecast.horizon, options.origins);
    if (!origins) return Within(named.id, origins.error());
    total += origins->size();
    loads.push_back(named.series);
  }
  const SystemClock clock;
  const auto began = clock.MonotonicNow();
  Progress progress;
  std::size_t done = 0;
  auto records = (is_wide ? BacktestSiblings : BacktestLoads)(loads, options, [&] {
    ++done;
    progress.Show(fmt::format("{} of {} origins, {}", done, total,
                              TimeLeft(clock.MonotonicNow() - began, done, total)));
  });
  std::vector<SeriesRecord> found;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!records[i]) return Within(all[i].id, records[i].error());
    found.push_back(*std::move(records[i]));
  }
  return found;
}

Result<void> RunBacktest(BacktestFlags& flags) {
  BacktestOutcome outcome;
  LC_TRY(outcome.series, flags.input.Read());
  outcome.is_wide = flags.input.is_wide();
  LC_TRY(const auto context,
         flags.calendar.Read(outcome.series.front().series, 0, outcome.is_wide));
  LC_TRY(outcome.options, OptionsFrom(flags, outcome.series.front().series));
  if (context)
    outcome.options.forecaster = [&](const LoadSeries& known, const ForecastOptions& options) {
      return ReportOf(ForecastByCalendar(known, options, *context));
    };
  LC_TRY(outcome.records, BacktestAll(outcome.series, outcome.options, outcome.is_wide));
  if (!flags.plot.empty())
    LC_TRY_VOID(files::WriteFileAtomically(flags.plot, BacktestPicture(outcome)));
  fmt::print("{}", RenderBacktest(outcome, flags.output));
  return {};
}

void AddOriginOptions(CLI::App& command, BacktestFlags& flags) {
  command
      .add_option("--origins", flags.origins,
                  "From how many moments, spread over the later half (default: 20)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}).description(""))
      ->option_text("COUNT");
  command
      .add_option("--every", flags.every, "Instead of spread: so far apart, the last COUNT of them")
      ->option_text("DURATION");
  command.add_option("--from", flags.from, "No moment before this one (default: the middle)")
      ->option_text("TIME");
  command
      .add_option("--history", flags.history,
                  "How much of the past each forecast is shown (default: all)")
      ->option_text("DURATION");
}

}  // namespace

void AddBacktestCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<BacktestFlags>();
  CLI::App* command =
      app.add_subcommand("backtest", "How good forecasts of a load would have been");
  flags->input.AddTo(*command);
  flags->calendar.AddTo(*command);
  command->add_option("--horizon", flags->horizon, "How many steps ahead")
      ->required()
      ->check(CLI::Range(std::size_t{1}, std::size_t{100'000}).description(""))
      ->option_text("STEPS");
  command
      ->add_option("--model", flags->models,
                   "Which to try, side by side: auto (default), names, or all")
      ->option_text("NAME,...|all");
  AddOriginOptions(*command, *flags);
  command
      ->add_option("--levels", flags->levels,
                   "Quantiles of the pinball loss (default: 0.1,0.2 ... 0.9)")
      ->option_text("LEVEL,...");
  command
      ->add_option("--band", flags->band,
                   "Share that the interval score's band covers (default: 0.9; M4 took 0.95)")
      ->check(CLI::Range(0.01, 0.9999).description(""))
      ->option_text("SHARE");
  command->add_option("--season", flags->seasons, "After how long the load repeats; else detected")
      ->option_text("DURATION");
  command->add_option("--plot", flags->plot, "Draw losses, coverage and forecasts")
      ->option_text("FILE.svg");
  AddOutputOption(*command, flags->output);
  command->footer(
      "At each moment everything is chosen and fitted anew from what was known then, as\n"
      "'loadcurve forecast' would have done, and held against what came.\n\n"
      "Examples:\n"
      "  loadcurve backtest --series load.csv --step 1m --horizon 60 --history 28d\n"
      "  loadcurve backtest --series load.csv --step 1m --horizon 60 --model all --plot b.svg\n"
      "  loadcurve backtest --series load.csv --horizon 24 --every 1d --origins 14 -o json\n"
      "  loadcurve backtest --store history.db --workload checkout --weights profile.yaml \\\n"
      "      --horizon 60\n"
      "  loadcurve backtest --wide Hourly-train.csv --step 1h --horizon 48 --origins 1 --band "
      "0.95");
  command->callback([flags, &chosen] { chosen = [flags] { return RunBacktest(*flags); }; });
}

}  // namespace loadcurve
