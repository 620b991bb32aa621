#include "cmd/forecast_explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "cmd/output.h"
#include "forecaster/part_means.h"
#include "forecaster/seasonality.h"

namespace loadcurve {
namespace {

constexpr std::chrono::days kLately{28};

std::vector<std::size_t> InSteps(const ForecastReport& report) {
  std::vector<std::size_t> seasons;
  for (const Duration season : report.seasons)
    seasons.push_back(static_cast<std::size_t>(season / report.forecast.step()));
  return seasons;
}

std::optional<ForecastExplanation::Lately> LatelyOf(const ExplainedForecast& explained) {
  const LoadSeries& series = explained.past;
  const ForecastOptions& options = explained.options;
  RollingOptions rolling{.forecast = options, .models = {options.model}, .origins = {}};
  rolling.forecaster = explained.forecaster;
  const auto lately = static_cast<std::size_t>(Duration(kLately) / series.step());
  rolling.origins.most = kExplainedOrigins;
  rolling.origins.first =
      std::max(series.size() / 2, series.size() - std::min(series.size(), lately));
  const auto record = BacktestLoad(series, rolling, [] {});
  if (!record) return std::nullopt;
  const ForecastMetrics metrics = record->models.front().whole.Metrics();
  if (std::isnan(metrics.coverage90)) return std::nullopt;
  return ForecastExplanation::Lately{record->origins.size(), series.TimeAt(record->origins.front()),
                                     metrics.coverage90, metrics.skill};
}

Result<std::size_t> StepAt(const Forecast& forecast, std::optional<TimePoint> at) {
  if (at) {
    if (*at < forecast.issued_at() || *at >= forecast.TimeAt(forecast.horizon()))
      return Fail(ErrorCode::kInvalidArgument, "--explain-at is " + ToRfc3339(*at) +
                                                   "; expected a time within the forecast, " +
                                                   ToRfc3339(forecast.issued_at()) + " to before " +
                                                   ToRfc3339(forecast.TimeAt(forecast.horizon())));
    return static_cast<std::size_t>((*at - forecast.issued_at()) / forecast.step());
  }
  std::size_t highest = 0;
  for (std::size_t ahead = 1; ahead < forecast.horizon(); ++ahead)
    if (forecast.Quantile(ahead, 0.5) > forecast.Quantile(highest, 0.5)) highest = ahead;
  return highest;
}

std::string SeasonName(Duration season) {
  if (season == std::chrono::days(1)) return "day";
  if (season == std::chrono::days(7)) return "week";
  return "season of " + ToString(season);
}

std::string Signed(double part) {
  return fmt::format("{} {}", part < 0 ? "-" : "+", RoundNumber(std::abs(part), 4));
}

// Of a day its hours.
constexpr std::size_t kPartsOfSeason = 24;

std::string SeasonLine(const ForecastExplanation& explanation, const ForecastReport& report) {
  std::string line;
  for (std::size_t i = 0; i < report.seasons.size(); ++i)
    line += fmt::format("{}{} (loads so far apart correlate by {:.2f}{})", i == 0 ? "" : ", ",
                        ToString(report.seasons[i]), explanation.season_correlations[i],
                        i < explanation.hourly_correlations.size()
                            ? fmt::format(", their means over {} by {:.2f}",
                                          ToString(report.seasons.front() / kPartsOfSeason),
                                          explanation.hourly_correlations[i])
                            : "");
  return "seasons:  " + (line.empty() ? "none seen" : line) + "\n";
}

std::string LatelyLine(const ForecastExplanation& explanation, bool is_wide) {
  if (!explanation.lately) return "lately:   too little is on record to say\n";
  const auto& lately = *explanation.lately;
  std::string line = fmt::format(
      "lately:   {} forecasts{}: 90 % bands covered {:.0f} %", lately.origins,
      is_wide ? "" : " from " + ToRfc3339(lately.since) + " on", 100 * lately.coverage90);
  if (!std::isnan(lately.skill))
    line += fmt::format(", {:.0f} % {} loss than seasonal naive", 100 * std::abs(lately.skill),
                        lately.skill >= 0 ? "less" : "more");
  return line + "\n";
}

std::string PartsLine(const ForecastExplanation& explanation, const ForecastReport& report,
                      bool is_wide) {
  const std::string when = is_wide ? fmt::format("step {}", explanation.ahead + 1)
                                   : ToRfc3339(report.forecast.TimeAt(explanation.ahead));
  std::string line = fmt::format("{}: {} = level {}", when, RoundNumber(explanation.predicted, 4),
                                 RoundNumber(explanation.parts.level, 4));
  for (std::size_t i = 0; i < report.seasons.size(); ++i)
    line += fmt::format(" {} ({})", Signed(explanation.parts.seasons[i]),
                        SeasonName(report.seasons[i]));
  if (explanation.event != 0) line += fmt::format(" {} (event)", Signed(explanation.event));
  return line + fmt::format(" {} (what was seen last)\n", Signed(explanation.parts.rest));
}

}  // namespace

Result<ForecastExplanation> Explain(const ExplainedForecast& explained,
                                    std::optional<TimePoint> at) {
  const Forecast& forecast = explained.report.forecast;
  ForecastExplanation explanation;
  LC_TRY(explanation.ahead, StepAt(forecast, at));
  explanation.predicted = forecast.Quantile(explanation.ahead, 0.5);
  const double ordinary = explained.lifts.empty()
                              ? explanation.predicted
                              : explanation.predicted / explained.lifts[explanation.ahead];
  explanation.event = explanation.predicted - ordinary;
  const std::vector<std::size_t> seasons = InSteps(explained.report);
  for (const std::size_t season : seasons)
    explanation.season_correlations.push_back(Autocorrelation(explained.ordinary.values(), season));
  if (!seasons.empty() && seasons.front() > kPartsOfSeason &&
      seasons.front() % kPartsOfSeason == 0) {
    const std::size_t hour = seasons.front() / kPartsOfSeason;
    const std::vector<double> means = PartMeans(explained.ordinary.values(), hour);
    for (const std::size_t season : seasons)
      explanation.hourly_correlations.push_back(Autocorrelation(means, season / hour));
  }
  explanation.parts = ComponentsOf(explained.ordinary, seasons, ordinary, explanation.ahead);
  explanation.lately = LatelyOf(explained);
  return explanation;
}

std::string InWords(const ForecastExplanation& explanation, const ForecastReport& report,
                    bool is_wide) {
  std::string text = SeasonLine(explanation, report) + "model:    " + report.why;
  if (report.skill)
    text += fmt::format("; {:.0f} % {} loss than seasonal naive there",
                        100 * std::abs(*report.skill), *report.skill >= 0 ? "less" : "more");
  return text + "\n" + LatelyLine(explanation, is_wide) + PartsLine(explanation, report, is_wide);
}

nlohmann::ordered_json ToJson(const ForecastExplanation& explanation, const ForecastReport& report,
                              bool is_wide) {
  using Json = nlohmann::ordered_json;
  Json json;
  json["seasons"] = Json::array();
  for (std::size_t i = 0; i < report.seasons.size(); ++i)
    json["seasons"].push_back({{"seconds", Seconds(report.seasons[i])},
                               {"correlation", explanation.season_correlations[i]}});
  for (std::size_t i = 0; i < explanation.hourly_correlations.size(); ++i)
    json["seasons"][i]["hourly_correlation"] = explanation.hourly_correlations[i];
  json["why"] = report.why;
  json["lately"] = nullptr;
  if (explanation.lately) {
    const auto& lately = *explanation.lately;
    json["lately"] = {{"origins", lately.origins}, {"coverage90", lately.coverage90}};
    json["lately"]["skill_vs_seasonal_naive"] = nullptr;
    if (!std::isnan(lately.skill)) json["lately"]["skill_vs_seasonal_naive"] = lately.skill;
    if (!is_wide) json["lately"]["since"] = ToRfc3339(lately.since);
  }
  Json& parts = json["contributions"];
  parts["h"] = explanation.ahead + 1;
  if (!is_wide) parts["time"] = ToRfc3339(report.forecast.TimeAt(explanation.ahead));
  parts["median"] = explanation.predicted;
  parts["level"] = explanation.parts.level;
  for (std::size_t i = 0; i < report.seasons.size(); ++i)
    parts[SeasonName(report.seasons[i])] = explanation.parts.seasons[i];
  parts["event"] = explanation.event;
  parts["rest"] = explanation.parts.rest;
  return json;
}

}  // namespace loadcurve
