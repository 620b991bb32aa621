#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/files/whole_file.h"
#include "base/time_text.h"
#include "cmd/calendar_option.h"
#include "cmd/command.h"
#include "cmd/duration_option.h"
#include "cmd/forecast_input.h"
#include "cmd/forecast_levels.h"
#include "cmd/forecast_report.h"
#include "cmd/output.h"
#include "forecaster/load_forecast.h"
#include "forecaster/sibling_shape.h"
#include "metrics/load_series.h"

namespace loadcurve {
namespace {

// The options as they stand on the command line.
struct ForecastFlags {
  ForecastInput input;
  CalendarOption calendar;
  std::size_t horizon = 0;
  std::string levels = "0.05,0.5,0.95";
  std::string model = "auto";
  std::vector<std::string> seasons;
  bool explain = false;
  std::string explain_at;
  std::string plot;
  OutputFormat output = OutputFormat::kTable;

  bool IsExplained() const { return explain || !explain_at.empty(); }
};

Result<ForecastOptions> OptionsFrom(const ForecastFlags& flags) {
  ForecastOptions options;
  options.horizon = flags.horizon;
  options.is_thorough = true;
  LC_TRY(options.levels, ParseLevels(SplitAtCommas(flags.levels)));
  const auto model = ParseModelKind(flags.model);
  if (!model) return Within("--model", model.error());
  options.model = *model;
  for (const std::string& season : flags.seasons) {
    LC_TRY(const Duration duration, PositiveDurationOf("--season", season));
    options.seasons.push_back(duration);
  }
  return options;
}

Result<std::vector<NamedForecast>> ForecastAll(const std::vector<std::string>& ids,
                                               const std::vector<LoadSeries>& loads,
                                               const ForecastOptions& options) {
  Progress progress;
  std::size_t done = 0;
  auto reports = ForecastSiblings(loads, options, [&] {
    ++done;
    if (loads.size() > 1) progress.Show(fmt::format("forecast {} of {}", done, loads.size()));
  });
  std::vector<NamedForecast> named;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!reports[i]) return Within(ids[i], reports[i].error());
    named.push_back(
        {.id = ids[i], .report = *std::move(reports[i]), .explanation = {}, .events = {}});
  }
  return named;
}

Result<std::optional<TimePoint>> ExplainedTime(const ForecastFlags& flags) {
  if (flags.explain_at.empty()) return std::nullopt;
  if (flags.input.is_wide())
    return Fail(ErrorCode::kInvalidArgument,
                "--explain-at does not go with --wide: the file holds no times");
  const auto time = ParseTime(flags.explain_at);
  if (!time) return Within("--explain-at", time.error());
  return *time;
}

Result<void> ExplainAll(const ForecastFlags& flags, const ForecastOptions& options,
                        const std::vector<LoadSeries>& loads,
                        std::vector<NamedForecast>& forecasts) {
  LC_TRY(const auto at, ExplainedTime(flags));
  Progress progress;
  for (std::size_t i = 0; i < loads.size(); ++i) {
    progress.Show(fmt::format("trying forecasts of the last weeks, {} of {}", i + 1, loads.size()));
    LC_TRY(forecasts[i].explanation, Explain({.past = loads[i],
                                              .ordinary = loads[i],
                                              .options = options,
                                              .report = forecasts[i].report,
                                              .lifts = {},
                                              .forecaster = ForecastLoad},
                                             at));
  }
  return {};
}

// The one series that a calendar is for.
Result<NamedForecast> ForecastOne(const ForecastFlags& flags, const ForecastOptions& options,
                                  const series::NamedSeries& named,
                                  const CalendarContext& context) {
  auto made = ForecastByCalendar(named.series, options, context);
  if (!made) return Within(named.id, made.error());
  NamedForecast forecast{
      .id = named.id, .report = made->report, .explanation = {}, .events = made->expected};
  if (!flags.IsExplained()) return forecast;
  LC_TRY(const auto at, ExplainedTime(flags));
  const auto forecaster = [&](const LoadSeries& known, const ForecastOptions& wanted) {
    return ReportOf(ForecastByCalendar(known, wanted, context));
  };
  LC_TRY(forecast.explanation, Explain({.past = named.series,
                                        .ordinary = made->ordinary,
                                        .options = options,
                                        .report = made->report,
                                        .lifts = made->lifts,
                                        .forecaster = forecaster},
                                       at));
  return forecast;
}

Result<std::vector<NamedForecast>> ForecastThem(const ForecastFlags& flags,
                                                const std::vector<series::NamedSeries>& all) {
  LC_TRY(const auto options, OptionsFrom(flags));
  LC_TRY(const auto context,
         flags.calendar.Read(all.front().series, options.horizon, flags.input.is_wide()));
  std::vector<NamedForecast> forecasts;
  if (context) {
    LC_TRY(auto one, ForecastOne(flags, options, all.front(), *context));
    forecasts.push_back(std::move(one));
    return forecasts;
  }
  std::vector<std::string> ids;
  std::vector<LoadSeries> loads;
  for (const auto& named : all) {
    ids.push_back(named.id);
    loads.push_back(named.series);
  }
  LC_TRY(forecasts, ForecastAll(ids, loads, options));
  if (flags.IsExplained()) LC_TRY_VOID(ExplainAll(flags, options, loads, forecasts));
  return forecasts;
}

Result<void> RunForecast(ForecastFlags& flags) {
  LC_TRY(const auto all, flags.input.Read());
  ForecastPrintout printout;
  printout.is_wide = flags.input.is_wide();
  for (const std::string& level : SplitAtCommas(flags.levels))
    printout.level_names.push_back("q" + level);
  LC_TRY(printout.forecasts, ForecastThem(flags, all));
  if (!flags.plot.empty())
    LC_TRY_VOID(files::WriteFileAtomically(flags.plot, ForecastPicture(printout, all)));
  fmt::print("{}", RenderForecast(printout, flags.output));
  // A script reads the rows, a person beside it the reasons.
  if (flags.output == OutputFormat::kCsv) fmt::print(stderr, "{}", ExplanationsOf(printout));
  return {};
}

}  // namespace

void AddForecastCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<ForecastFlags>();
  CLI::App* command = app.add_subcommand("forecast", "Forecast a load, with honest bands");
  flags->input.AddTo(*command);
  flags->calendar.AddTo(*command);
  command->add_option("--horizon", flags->horizon, "How many steps ahead")
      ->required()
      ->option_text("STEPS");
  command->add_option("--levels", flags->levels, "Quantiles (default: 0.05,0.5,0.95)")
      ->option_text("LEVEL,...");
  command->add_option("--season", flags->seasons, "After how long the load repeats; else detected")
      ->option_text("DURATION");
  command
      ->add_option("--model", flags->model,
                   "auto (default: least loss at past origins) or a model by name")
      ->option_text("NAME");
  command->add_flag("--explain", flags->explain,
                    "Say why: seasons, model, how forecasts of the last weeks did, and what the\n"
                    "highest load foretold is made of; tries up to 12 of them anew");
  command->add_option("--explain-at", flags->explain_at, "The same, of the load at this time")
      ->option_text("TIME");
  command->add_option("--plot", flags->plot, "Draw the past and the fan of what is to come")
      ->option_text("FILE.svg");
  AddOutputOption(*command, flags->output);
  command->footer(
      "Examples:\n"
      "  loadcurve forecast --series load.csv --step 1m --horizon 60\n"
      "  loadcurve forecast --series load.csv --horizon 24 --explain --plot forecast.svg\n"
      "  loadcurve measure access.log -o csv | loadcurve forecast --series - \\\n"
      "      --value-column metricsqps --horizon 30 --levels 0.5,0.95 -o csv\n"
      "  loadcurve forecast --series load.csv --horizon 48 --calendar holidays.ics\n"
      "  loadcurve forecast --store history.db --workload checkout --weights profile.yaml \\\n"
      "      --horizon 60\n"
      "  loadcurve forecast --wide Hourly-train.csv --step 1h --horizon 48 -o csv");
  command->callback([flags, &chosen] { chosen = [flags] { return RunForecast(*flags); }; });
}

}  // namespace loadcurve
