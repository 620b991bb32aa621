#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdlib>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/series/series_file.h"
#include "base/time_text.h"
#include "cmd/command.h"
#include "cmd/duration_option.h"
#include "cmd/forecast_store.h"
#include "cmd/output.h"
#include "cmd/series_arguments.h"
#include "forecaster/load_forecast.h"
#include "metrics/history_store.h"

namespace loadcurve {
namespace {

// The options as they stand on the command line.
struct ForecastFlags {
  SeriesArguments series;
  std::string wide;
  std::size_t horizon = 0;
  std::string levels = "0.05,0.5,0.95";
  std::string model = "auto";
  std::vector<std::string> seasons;
  std::string resample;
  std::string aggregate;
  std::string weights_version;
  ForecastStore store;
  OutputFormat output = OutputFormat::kTable;
};

// A forecast of one of the series asked for.
struct NamedReport {
  std::string id;  // of a wide file: its first column; else the path
  ForecastReport report;
};

// What is printed, with the levels as the user wrote them.
struct Printout {
  std::vector<NamedReport> forecasts;
  std::vector<std::string> level_names;  // "q0.05"
  bool is_wide = false;
};

std::vector<std::string> SplitAtCommas(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ',')
      parts.emplace_back();
    else if (c != ' ')
      parts.back() += c;
  }
  return parts;
}

Result<std::vector<double>> ParseLevels(const std::vector<std::string>& names) {
  std::vector<double> levels;
  for (const std::string& name : names) {
    double level = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), level);
    if (error != std::errc() || end != name.data() + name.size() || !(level > 0 && level < 1))
      return Fail(ErrorCode::kInvalidArgument,
                  "--levels: '" + name + "' is not a level; expected numbers between 0 and 1");
    if (!levels.empty() && level <= levels.back())
      return Fail(ErrorCode::kInvalidArgument,
                  "--levels: " + name + " does not rise; expected each above the one before");
    levels.push_back(level);
  }
  return levels;
}

Result<ForecastOptions> OptionsFrom(const ForecastFlags& flags) {
  ForecastOptions options;
  options.horizon = flags.horizon;
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

Result<series::SeriesFormat> FormatFrom(const ForecastFlags& flags) {
  LC_TRY(series::SeriesFormat format, flags.series.Format());
  format.weights_version = flags.weights_version;
  if (!flags.resample.empty()) {
    if (flags.aggregate.empty())
      return Fail(ErrorCode::kInvalidArgument,
                  "--resample needs --aggregate: sum for counts, mean for rates and levels");
    LC_TRY(format.resample, PositiveDurationOf("--resample", flags.resample));
    format.aggregate = flags.aggregate == "sum" ? Aggregate::kSum : Aggregate::kMean;
  }
  return format;
}

Result<std::vector<series::NamedSeries>> ReadStored(ForecastFlags& flags) {
  if (!flags.resample.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "--resample does not go with --store, which takes the wanted --step");
  Duration step = kHistoryStep;
  if (!flags.series.step().empty()) {
    LC_TRY(step, PositiveDurationOf("--step", flags.series.step()));
  }
  std::vector<series::NamedSeries> one;
  LC_TRY(auto series, flags.store.Read(step));
  one.push_back(std::move(series));
  return one;
}

Result<std::vector<series::NamedSeries>> ReadAll(ForecastFlags& flags) {
  const int sources =
      int{!flags.series.path().empty()} + int{!flags.wide.empty()} + int{flags.store.IsGiven()};
  if (sources != 1)
    return Fail(ErrorCode::kInvalidArgument,
                "one of --series FILE (columns time,value), --wide FILE (one series a row) and "
                "--store FILE (a history) is needed");
  if (flags.store.IsGiven()) return ReadStored(flags);
  LC_TRY(const auto format, FormatFrom(flags));
  if (flags.wide.empty()) {
    LC_TRY(auto series, series::ReadSeries(flags.series.path(), format));
    std::vector<series::NamedSeries> one;
    one.push_back({flags.series.path(), std::move(series)});
    return one;
  }
  if (!format.step)
    return Fail(ErrorCode::kInvalidArgument,
                "--wide needs --step, as in --step 1h: the file holds no times");
  if (format.resample)
    return Fail(ErrorCode::kInvalidArgument,
                "--resample does not go with --wide: the file holds no times to align to");
  return series::ReadWideSeries(flags.wide, *format.step);
}

// LOADCURVE_THREADS, or 0 for all of the machine.
int ThreadLimit() {
  const char* text = std::getenv("LOADCURVE_THREADS");
  return text == nullptr ? 0 : std::atoi(text);
}

Result<std::vector<NamedReport>> ForecastAll(std::vector<series::NamedSeries> all,
                                             const ForecastOptions& options) {
  std::vector<LoadSeries> loads;
  for (auto& named : all) loads.push_back(std::move(named.series));
  Progress progress;
  std::size_t done = 0;
  auto reports = ForecastLoads(loads, options, ThreadLimit(), [&] {
    ++done;
    if (loads.size() > 1) progress.Show(fmt::format("forecast {} of {}", done, loads.size()));
  });
  std::vector<NamedReport> named;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!reports[i]) return Within(all[i].id, reports[i].error());
    named.push_back({std::move(all[i].id), *std::move(reports[i])});
  }
  return named;
}

Table RowsOf(const Printout& printout, const std::function<std::string(double)>& number) {
  Table table;
  table.header =
      printout.is_wide ? std::vector<std::string>{"id", "h"} : std::vector<std::string>{"time"};
  table.header.insert(table.header.end(), printout.level_names.begin(), printout.level_names.end());
  for (const auto& [id, report] : printout.forecasts) {
    const Forecast& forecast = report.forecast;
    for (std::size_t ahead = 0; ahead < forecast.horizon(); ++ahead) {
      std::vector<std::string> row;
      if (printout.is_wide)
        row = {id, std::to_string(ahead + 1)};
      else
        row = {ToRfc3339(forecast.TimeAt(ahead))};
      for (const double load : forecast.Row(ahead)) row.push_back(number(load));
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

std::string SeasonsInWords(const ForecastReport& report) {
  std::string words;
  for (const Duration season : report.seasons)
    words += (words.empty() ? "" : " and ") + ToString(season);
  return words.empty() ? "no season seen" : "seasons of " + words;
}

std::string InWords(const ForecastReport& report) {
  std::string words = report.why + "; " + SeasonsInWords(report);
  if (report.skill)
    words += fmt::format("; {:.0f} % {} loss than seasonal naive", std::abs(*report.skill) * 100,
                         *report.skill >= 0 ? "less" : "more");
  return words;
}

std::string SummaryOf(const Printout& printout) {
  if (!printout.is_wide) return "model " + InWords(printout.forecasts.front().report) + "\n";
  std::map<std::string_view, int> count_of_model;
  for (const auto& [id, report] : printout.forecasts) ++count_of_model[Name(report.model)];
  std::string summary = fmt::format("{} series by model:", printout.forecasts.size());
  for (const auto& [model, count] : count_of_model) summary += fmt::format(" {} {}", model, count);
  return summary + "\n";
}

nlohmann::ordered_json ToJson(const NamedReport& named, const Printout& printout) {
  const auto& [id, report] = named;
  const Forecast& forecast = report.forecast;
  nlohmann::ordered_json json;
  json["id"] = id;
  json["model"] = Name(report.model);
  json["why"] = report.why;
  json["step_seconds"] = Seconds(forecast.step());
  json["season_seconds"] = nlohmann::ordered_json::array();
  for (const Duration season : report.seasons) json["season_seconds"].push_back(Seconds(season));
  json["issued_at"] = nullptr;
  if (!printout.is_wide) json["issued_at"] = ToRfc3339(forecast.issued_at());
  json["weights_version"] = forecast.weights_version();
  json["skill"] = nullptr;
  if (report.skill) json["skill"] = *report.skill;
  json["levels"] = std::vector<double>(forecast.levels().begin(), forecast.levels().end());
  json["forecast"] = nlohmann::ordered_json::array();
  for (std::size_t ahead = 0; ahead < forecast.horizon(); ++ahead) {
    nlohmann::ordered_json row;
    if (printout.is_wide)
      row["h"] = ahead + 1;
    else
      row["time"] = ToRfc3339(forecast.TimeAt(ahead));
    for (std::size_t i = 0; i < printout.level_names.size(); ++i)
      row[printout.level_names[i]] = forecast.At(ahead, i);
    json["forecast"].push_back(std::move(row));
  }
  return json;
}

std::string Render(const Printout& printout, OutputFormat output) {
  if (output == OutputFormat::kCsv) return ToCsv(RowsOf(printout, ExactNumber));
  if (output == OutputFormat::kTable)
    return ToText(RowsOf(printout, [](double load) { return RoundNumber(load, 5); })) + "\n" +
           SummaryOf(printout);
  nlohmann::ordered_json json;
  json["series"] = nlohmann::ordered_json::array();
  for (const NamedReport& named : printout.forecasts)
    json["series"].push_back(ToJson(named, printout));
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<void> RunForecast(ForecastFlags& flags) {
  LC_TRY(const auto options, OptionsFrom(flags));
  LC_TRY(auto all, ReadAll(flags));
  Printout printout;
  printout.is_wide = !flags.wide.empty();
  for (const std::string& level : SplitAtCommas(flags.levels))
    printout.level_names.push_back("q" + level);
  LC_TRY(printout.forecasts, ForecastAll(std::move(all), options));
  fmt::print("{}", Render(printout, flags.output));
  return {};
}

void AddInputOptions(CLI::App& command, ForecastFlags& flags) {
  flags.series.AddTo(
      command,
      {.step = "The step of the series, verified (1m, 1h); of a store: which (default: 1m)"});
  command.add_option("--wide", flags.wide, "CSV with one series a row, its id first (M4 layout)")
      ->option_text("FILE");
  flags.store.AddTo(command);
  command.add_option("--resample", flags.resample, "Bring the series to a longer step first")
      ->option_text("DURATION");
  command.add_option("--aggregate", flags.aggregate, "With --resample: sum (counts), mean (rates)")
      ->check(CLI::IsMember({"sum", "mean"}))
      ->option_text("sum|mean");
  command
      .add_option("--weights-version", flags.weights_version,
                  "The scale of the values; a column weights_version must agree")
      ->option_text("NAME");
}

}  // namespace

void AddForecastCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<ForecastFlags>();
  CLI::App* command = app.add_subcommand("forecast", "Forecast a load, with honest bands");
  AddInputOptions(*command, *flags);
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
  AddOutputOption(*command, flags->output);
  command->footer(
      "Examples:\n"
      "  loadcurve forecast --series load.csv --step 1m --horizon 60\n"
      "  loadcurve measure access.log -o csv | loadcurve forecast --series - \\\n"
      "      --value-column metricsqps --horizon 30 --levels 0.5,0.95 -o csv\n"
      "  loadcurve forecast --store history.db --workload checkout --weights profile.yaml \\\n"
      "      --horizon 60\n"
      "  loadcurve forecast --wide Hourly-train.csv --step 1h --horizon 48 -o csv");
  command->callback([flags, &chosen] { chosen = [flags] { return RunForecast(*flags); }; });
}

}  // namespace loadcurve
