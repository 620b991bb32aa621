#include "cmd/backtest_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/time_text.h"

namespace loadcurve {
namespace {

using Json = nlohmann::ordered_json;

struct Metric {
  const char* key;
  double ForecastMetrics::*value;
};

constexpr Metric kMetrics[] = {
    {"smape", &ForecastMetrics::smape},
    {"mase", &ForecastMetrics::mase},
    {"pinball", &ForecastMetrics::pinball},
    {"coverage90", &ForecastMetrics::coverage90},
    {"interval_score", &ForecastMetrics::interval_score},
    {"skill_vs_seasonal_naive", &ForecastMetrics::skill},
};

// [first, last) of the steps ahead, from 0: 1, 2 to 3, 4 to 7, 8 to 15 ...
std::vector<std::pair<std::size_t, std::size_t>> Distances(std::size_t horizon) {
  std::vector<std::pair<std::size_t, std::size_t>> distances;
  for (std::size_t first = 1; first <= horizon; first *= 2)
    distances.emplace_back(first - 1, std::min(2 * first - 1, horizon));
  return distances;
}

std::string DistanceInWords(std::size_t first, std::size_t last) {
  return last == first + 1 ? std::to_string(last) : fmt::format("{} to {}", first + 1, last);
}

ForecastMetrics MeanOf(const std::vector<ForecastMetrics>& all) {
  ForecastMetrics mean;
  for (const Metric& metric : kMetrics) {
    double sum = 0;
    double count = 0;
    for (const ForecastMetrics& one : all) {
      if (std::isnan(one.*metric.value)) continue;
      sum += one.*metric.value;
      ++count;
    }
    mean.*metric.value = count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
  }
  return mean;
}

std::size_t OriginCount(const BacktestOutcome& outcome) {
  std::size_t count = 0;
  for (const SeriesRecord& record : outcome.records) count += record.origins.size();
  return count;
}

std::string NameOf(const BacktestOutcome& outcome, std::size_t model) {
  return std::string(Name(outcome.options.models[model]));
}

std::vector<std::string> CellsOf(const ForecastMetrics& metrics) {
  return {RoundNumber(metrics.smape, 4),
          RoundNumber(metrics.mase, 4),
          RoundNumber(metrics.pinball, 5),
          std::isnan(metrics.coverage90) ? "-" : fmt::format("{:.1f}%", 100 * metrics.coverage90),
          RoundNumber(metrics.interval_score, 4),
          std::isnan(metrics.skill) ? "-" : fmt::format("{:.1f}%", 100 * metrics.skill)};
}

std::vector<std::string> WithMetricNames(std::vector<std::string> header) {
  header.insert(header.end(),
                {"smape", "mase", "pinball", "coverage90", "interval_score", "skill"});
  return header;
}

std::vector<std::string> Joined(std::vector<std::string> row, std::vector<std::string> cells) {
  std::move(cells.begin(), cells.end(), std::back_inserter(row));
  return row;
}

std::string WhatWasTried(const BacktestOutcome& outcome) {
  const SeriesRecord& record = outcome.records.front();
  const LoadSeries& series = outcome.series.front().series;
  std::string text = fmt::format("{} steps of {} ahead, ", outcome.options.forecast.horizon,
                                 ToString(series.step()));
  if (outcome.is_wide)
    return text + fmt::format("{} series, {} origins in all\n\n", outcome.records.size(),
                              OriginCount(outcome));
  text += fmt::format("{} origins from {} to {}", record.origins.size(),
                      ToRfc3339(series.TimeAt(record.origins.front())),
                      ToRfc3339(series.TimeAt(record.origins.back())));
  if (record.season > 1)
    text += fmt::format("; mase and interval_score against a season of {}",
                        ToString(series.step() * static_cast<std::int64_t>(record.season)));
  return text + "\n\n";
}

// By steps ahead: all metrics of one model, or one metric of several.
Table ByDistance(const BacktestOutcome& outcome) {
  const std::size_t models = outcome.options.models.size();
  const bool is_alone = models == 1;
  // Losses of several series have several units, scaled errors have none.
  const auto metric = outcome.is_wide ? &ForecastMetrics::mase : &ForecastMetrics::pinball;
  Table table;
  table.header = {"steps ahead"};
  if (is_alone)
    table.header = WithMetricNames(table.header);
  else
    for (std::size_t i = 0; i < models; ++i) table.header.push_back(NameOf(outcome, i));
  for (const auto& [first, last] : Distances(outcome.options.forecast.horizon)) {
    std::vector<std::string> row = {DistanceInWords(first, last)};
    if (is_alone) row = Joined(row, CellsOf(MeanAhead(outcome, 0, first, last)));
    for (std::size_t i = 0; i < models && !is_alone; ++i)
      row.push_back(RoundNumber(MeanAhead(outcome, i, first, last).*metric, 5));
    table.rows.push_back(std::move(row));
  }
  return table;
}

// What models that are not taken as asked came to: kAuto chooses, and what a series is too short
// for is given to a simpler one.
std::string WhatWasUsed(const BacktestOutcome& outcome) {
  std::string text;
  for (std::size_t i = 0; i < outcome.options.models.size(); ++i) {
    const auto used = UsedBy(outcome, i);
    if (used.size() == 1 && used.begin()->first == outcome.options.models[i]) continue;
    std::string line;
    for (const auto& [kind, count] : used)
      line += fmt::format("{} {} in {} of {}", line.empty() ? "" : ",", Name(kind), count,
                          OriginCount(outcome));
    text += NameOf(outcome, i) + " came to" + line + "\n";
  }
  return text;
}

std::string WhatBeatsNaive(const BacktestOutcome& outcome) {
  std::string text;
  if (!outcome.is_wide) return text;
  for (std::size_t i = 0; i < outcome.options.models.size(); ++i) {
    std::size_t better = 0;
    std::size_t known = 0;
    for (const SeriesRecord& record : outcome.records) {
      const double skill = record.models[i].whole.Metrics().skill;
      known += std::isnan(skill) ? 0 : 1;
      better += skill > 0 ? 1 : 0;
    }
    text += fmt::format("{}: less loss than seasonal naive on {} of the {} series with a season\n",
                        NameOf(outcome, i), better, known);
  }
  return text;
}

std::string ToTables(const BacktestOutcome& outcome) {
  Table summary;
  summary.header = WithMetricNames({"model"});
  for (std::size_t i = 0; i < outcome.options.models.size(); ++i)
    summary.rows.push_back(Joined({NameOf(outcome, i)}, CellsOf(MeanOver(outcome, i))));
  std::string text = WhatWasTried(outcome) + ToText(summary) + "\n";
  if (outcome.options.models.size() > 1) text += outcome.is_wide ? "mase:\n" : "pinball:\n";
  text += ToText(ByDistance(outcome));
  const std::string notes = WhatWasUsed(outcome) + WhatBeatsNaive(outcome);
  return notes.empty() ? text : text + "\n" + notes;
}

std::vector<std::string> CsvRow(std::vector<std::string> row, const ScoreTally& tally) {
  const ForecastMetrics metrics = tally.Metrics();
  for (const Metric& metric : kMetrics) row.push_back(ExactNumber(metrics.*metric.value));
  return row;
}

Table ToRows(const BacktestOutcome& outcome) {
  Table table;
  table.header = {"id", "model", "h", "origins"};
  for (const Metric& metric : kMetrics) table.header.emplace_back(metric.key);
  for (std::size_t i = 0; i < outcome.records.size(); ++i) {
    const std::string& id = outcome.series[i].id;
    const std::string origins = std::to_string(outcome.records[i].origins.size());
    for (const ModelRecord& model : outcome.records[i].models) {
      const std::string name(Name(model.model));
      table.rows.push_back(CsvRow({id, name, "all", origins}, model.whole));
      for (std::size_t ahead = 0; ahead < model.by_horizon.size(); ++ahead)
        table.rows.push_back(
            CsvRow({id, name, std::to_string(ahead + 1), origins}, model.by_horizon[ahead]));
    }
  }
  return table;
}

Json MetricsJson(const ForecastMetrics& metrics) {
  Json json;
  for (const Metric& metric : kMetrics) {
    json[metric.key] = nullptr;
    if (!std::isnan(metrics.*metric.value)) json[metric.key] = metrics.*metric.value;
  }
  return json;
}

Json ModelJson(const std::string& id, const SeriesRecord& record, const ModelRecord& model) {
  Json json;
  json["id"] = id;
  json["model"] = Name(model.model);
  json["origins"] = record.origins.size();
  json["metrics"] = MetricsJson(model.whole.Metrics());
  json["by_horizon"] = Json::array();
  for (std::size_t ahead = 0; ahead < model.by_horizon.size(); ++ahead) {
    Json step = {{"h", ahead + 1}};
    step.update(MetricsJson(model.by_horizon[ahead].Metrics()));
    json["by_horizon"].push_back(std::move(step));
  }
  json["used"] = Json::object();
  for (const auto& [kind, count] : model.used) json["used"][std::string(Name(kind))] = count;
  return json;
}

std::string ToJsonText(const BacktestOutcome& outcome) {
  Json json;
  json["series"] = Json::array();
  for (std::size_t i = 0; i < outcome.records.size(); ++i)
    for (const ModelRecord& model : outcome.records[i].models)
      json["series"].push_back(ModelJson(outcome.series[i].id, outcome.records[i], model));
  json["mean"] = MetricsJson(MeanOver(outcome, 0));
  json["models"] = Json::array();
  for (std::size_t i = 0; i < outcome.options.models.size(); ++i)
    json["models"].push_back(
        {{"model", NameOf(outcome, i)}, {"mean", MetricsJson(MeanOver(outcome, i))}});
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

std::map<ModelKind, std::size_t> UsedBy(const BacktestOutcome& outcome, std::size_t model) {
  std::map<ModelKind, std::size_t> used;
  for (const SeriesRecord& record : outcome.records)
    for (const auto& [kind, count] : record.models[model].used) used[kind] += count;
  return used;
}

ForecastMetrics MeanOver(const BacktestOutcome& outcome, std::size_t model) {
  return MeanAhead(outcome, model, 0, outcome.options.forecast.horizon);
}

ForecastMetrics MeanAhead(const BacktestOutcome& outcome, std::size_t model, std::size_t first,
                          std::size_t last) {
  std::vector<ForecastMetrics> all;
  for (const SeriesRecord& record : outcome.records) {
    ScoreTally tally;
    for (std::size_t ahead = first; ahead < last; ++ahead)
      tally.Add(record.models[model].by_horizon[ahead]);
    all.push_back(tally.Metrics());
  }
  return MeanOf(all);
}

std::string RenderBacktest(const BacktestOutcome& outcome, OutputFormat output) {
  if (output == OutputFormat::kCsv) return ToCsv(ToRows(outcome));
  if (output == OutputFormat::kJson) return ToJsonText(outcome);
  return ToTables(outcome);
}

}  // namespace loadcurve
