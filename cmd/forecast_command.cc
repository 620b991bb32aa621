#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "adapters/series/series_file.h"
#include "base/time_text.h"
#include "cmd/command.h"
#include "cmd/duration_option.h"
#include "cmd/forecast_input.h"
#include "cmd/forecast_levels.h"
#include "cmd/output.h"
#include "forecaster/load_forecast.h"

namespace loadcurve {
namespace {

// The options as they stand on the command line.
struct ForecastFlags {
  ForecastInput input;
  std::size_t horizon = 0;
  std::string levels = "0.05,0.5,0.95";
  std::string model = "auto";
  std::vector<std::string> seasons;
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

Result<std::vector<NamedReport>> ForecastAll(std::vector<series::NamedSeries> all,
                                             const ForecastOptions& options) {
  std::vector<LoadSeries> loads;
  for (auto& named : all) loads.push_back(std::move(named.series));
  Progress progress;
  std::size_t done = 0;
  auto reports = ForecastLoads(loads, options, 0, [&] {
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
  LC_TRY(auto all, flags.input.Read());
  Printout printout;
  printout.is_wide = flags.input.is_wide();
  for (const std::string& level : SplitAtCommas(flags.levels))
    printout.level_names.push_back("q" + level);
  LC_TRY(printout.forecasts, ForecastAll(std::move(all), options));
  fmt::print("{}", Render(printout, flags.output));
  return {};
}

}  // namespace

void AddForecastCommand(CLI::App& app, Run& chosen) {
  const auto flags = std::make_shared<ForecastFlags>();
  CLI::App* command = app.add_subcommand("forecast", "Forecast a load, with honest bands");
  flags->input.AddTo(*command);
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
