#include "cmd/forecast_report.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/time_text.h"

namespace loadcurve {
namespace {

Table RowsOf(const ForecastPrintout& printout, const std::function<std::string(double)>& number) {
  Table table;
  table.header =
      printout.is_wide ? std::vector<std::string>{"id", "h"} : std::vector<std::string>{"time"};
  table.header.insert(table.header.end(), printout.level_names.begin(), printout.level_names.end());
  for (const NamedForecast& named : printout.forecasts) {
    const Forecast& forecast = named.report.forecast;
    for (std::size_t ahead = 0; ahead < forecast.horizon(); ++ahead) {
      std::vector<std::string> row;
      if (printout.is_wide)
        row = {named.id, std::to_string(ahead + 1)};
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

std::string ModelInWords(const ForecastReport& report) {
  std::string words = report.why + "; " + SeasonsInWords(report);
  if (report.skill)
    words += fmt::format("; {:.0f} % {} loss than seasonal naive", std::abs(*report.skill) * 100,
                         *report.skill >= 0 ? "less" : "more");
  return words;
}

// Where it says more than the one step there is.
std::string MaximumInWords(const ForecastPrintout& printout) {
  const ForecastReport& report = printout.forecasts.front().report;
  if (report.maximum.empty() || report.forecast.horizon() < 2) return "";
  std::string words = "the highest of all steps:";
  for (std::size_t i = 0; i < report.maximum.size(); ++i)
    words += fmt::format(" {} ({})", RoundNumber(report.maximum[i], 5), printout.level_names[i]);
  return words + "\n";
}

std::string SummaryOf(const ForecastPrintout& printout) {
  if (!printout.is_wide)
    return MaximumInWords(printout) + "model " + ModelInWords(printout.forecasts.front().report) +
           "\n";
  std::map<std::string_view, int> count_of_model;
  for (const NamedForecast& named : printout.forecasts) ++count_of_model[Name(named.report.model)];
  std::string summary = fmt::format("{} series by model:", printout.forecasts.size());
  for (const auto& [model, count] : count_of_model) summary += fmt::format(" {} {}", model, count);
  return summary + "\n";
}

nlohmann::ordered_json EventJson(const ExpectedEvent& expected) {
  return {{"name", expected.event.name},
          {"kind", expected.event.kind},
          {"from", ToRfc3339(expected.event.from)},
          {"until", ToRfc3339(expected.event.until)},
          {"seen", expected.effect.seen},
          {"seen_ratio", expected.effect.seen_ratio},
          {"expected_ratio", expected.effect.expected_ratio},
          {"spread", expected.effect.spread}};
}

nlohmann::ordered_json ToJson(const NamedForecast& named, const ForecastPrintout& printout) {
  const std::string& id = named.id;
  const ForecastReport& report = named.report;
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
  json["maximum"] = nullptr;
  for (std::size_t i = 0; i < report.maximum.size(); ++i)
    json["maximum"][printout.level_names[i]] = report.maximum[i];
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
  for (const ExpectedEvent& expected : named.events) json["events"].push_back(EventJson(expected));
  if (named.explanation) json["explanation"] = ToJson(*named.explanation, report, printout.is_wide);
  return json;
}

}  // namespace

std::string ExplanationsOf(const ForecastPrintout& printout) {
  std::string text;
  for (const NamedForecast& named : printout.forecasts) {
    if (!named.explanation) continue;
    if (printout.is_wide) text += "\n" + named.id + "\n";
    text += InWords(*named.explanation, named.report, printout.is_wide);
  }
  return text;
}

std::string RenderForecast(const ForecastPrintout& printout, OutputFormat output) {
  if (output == OutputFormat::kCsv) return ToCsv(RowsOf(printout, ExactNumber));
  if (output == OutputFormat::kTable)
    return ToText(RowsOf(printout, [](double load) { return RoundNumber(load, 5); })) + "\n" +
           SummaryOf(printout) + ExplanationsOf(printout);
  nlohmann::ordered_json json;
  json["series"] = nlohmann::ordered_json::array();
  for (const NamedForecast& named : printout.forecasts)
    json["series"].push_back(ToJson(named, printout));
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace loadcurve
