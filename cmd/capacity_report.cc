#include "cmd/capacity_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "adapters/plot/svg_plot.h"
#include "base/time_text.h"
#include "cmd/calibration_report.h"
#include "cmd/capacity_json.h"

namespace loadcurve {
namespace {

using nlohmann::json;

json OrNull(const std::optional<double>& value) {
  return value ? json(*value) : json(nullptr);
}

std::optional<double> CpuShareOf(const LoadLevel& level, const ReplicaLimits& limits) {
  if (!level.cpu_cores || !limits.cpu) return std::nullopt;
  return *level.cpu_cores / limits.cpu->value();
}

json LevelToJson(const LoadLevel& level, const ReplicaLimits& limits) {
  return {{"metricsqps", level.load.value()},
          {"rate", level.rate},
          {"held", level.held},
          {"mean_seconds", level.mean_seconds},
          {"quantile_seconds", level.tail_seconds},
          {"cpu_cores", OrNull(level.cpu_cores)},
          {"cpu_share", OrNull(CpuShareOf(level, limits))},
          {"replicas", level.replicas},
          {"windows", level.windows.size()}};
}

std::string Lines(const std::vector<std::string>& texts, const char* head) {
  std::string text;
  for (const std::string& line : texts) text += fmt::format("{}: {}\n", head, line);
  return text;
}

}  // namespace

std::string ProductionReport::Headline() const {
  const std::string target =
      fmt::format("p{:g} within {:g} ms", quantile * 100, limits.target_seconds * 1e3);
  const auto capacity = found.Capacity();
  if (!capacity)
    return fmt::format("what one replica carries with {} is not known\n", target) +
           Lines(found.reasons, "because");
  const RateEstimate& rate = *found.rate;
  std::string text = fmt::format(
      "one replica carries {:.4g} MetricsQPS, {:.4g} requests/s in the mix that was seen, with {}\n"
      "90 % interval: {:.4g} .. {:.4g} MetricsQPS, {:.4g} .. {:.4g}/s\n"
      "{}; binds: {}\n",
      capacity->load.value(), rate.value, target, capacity->low.value(), capacity->high.value(),
      rate.low, rate.high, Name(found.standing), Name(found.binding));
  return text + Lines(found.assumptions, "if");
}

std::string ProductionReport::SeenText() const {
  const SeenLoad& seen = found.seen;
  std::string text;
  if (seen.windows > 0) {
    text = fmt::format("seen: {} windows from {} to {} in {}; ready replicas: {}\n", seen.windows,
                       ToRfc3339(seen.from), ToRfc3339(seen.to), source,
                       seen.fewest_replicas == seen.most_replicas
                           ? fmt::format("{:g}", seen.most_replicas)
                           : fmt::format("{:g} to {:g}", seen.fewest_replicas, seen.most_replicas));
    text += fmt::format("a replica was never loaded above {:.4g} MetricsQPS, {:.4g} requests/s",
                        seen.load.value(), seen.rate);
    if (const auto reach = found.Reach())
      text += fmt::format(" ({:.0f} % of what it carries)", *reach * 100);
    if (seen.cpu_share) text += fmt::format(", {:.0f} % of its CPU limit", *seen.cpu_share * 100);
    text += fmt::format(", {:.3g} held at once\n", seen.held);
  }
  std::string left_out;
  for (const auto& [reason, count] : excluded)
    left_out += fmt::format("{}{} {}", left_out.empty() ? "" : ", ", count, reason);
  if (!left_out.empty()) text += "windows left out: " + left_out + "\n";
  return text;
}

Table ProductionReport::OutlookTable() const {
  Table table{{"resource", "known", "requests/s", "90 % interval", "metricsqps", "how"}, {}};
  for (const ResourceOutlook& outlook : found.outlooks) {
    const auto& rate = outlook.rate;
    table.rows.push_back({outlook.name, std::string(Name(outlook.standing)),
                          rate ? fmt::format("{:.4g}", rate->value) : "-",
                          rate ? fmt::format("{:.4g} .. {:.4g}", rate->low, rate->high) : "-",
                          rate ? fmt::format("{:.4g}", rate->value * found.load_of_request) : "-",
                          outlook.basis});
  }
  return table;
}

Table ProductionReport::LevelTable() const {
  Table table{{"metricsqps", "requests/s", "mean_ms", "tail_ms", "cpu_percent", "held", "replicas",
               "windows"},
              {}};
  for (const LoadLevel& level : found.levels) {
    const auto share = CpuShareOf(level, limits);
    table.rows.push_back(
        {fmt::format("{:.4g}", level.load.value()), fmt::format("{:.4g}", level.rate),
         fmt::format("{:.2f}", level.mean_seconds * 1e3),
         fmt::format("{:.2f}", level.tail_seconds * 1e3),
         share ? fmt::format("{:.1f}", *share * 100) : "-", fmt::format("{:.2f}", level.held),
         fmt::format("{:.3g}", level.replicas), std::to_string(level.windows.size())});
  }
  return table;
}

std::string ProductionReport::ComparisonText() const {
  if (!comparison) return "";
  const CapacityComparison& change = comparison->change;
  const std::string by =
      comparison->method.empty() ? "" : fmt::format(", found by a {}", comparison->method);
  return fmt::format(
      "against the profile{}{}: {} ({:+.1f} %, 90 % interval {:+.1f} .. {:+.1f} %; it holds {:.4g} "
      "MetricsQPS)\n",
      comparison->since.empty() ? "" : " of " + comparison->since, by,
      change.change == CapacityChange::kUnchanged ? "both agree" : std::string(Name(change.change)),
      (change.ratio - 1) * 100, (change.low - 1) * 100, (change.high - 1) * 100,
      comparison->before.load.value());
}

std::string ProductionReport::ToPage(const plot::TerminalOptions& terminal) const {
  std::string text = Headline() + SeenText();
  if (!found.levels.empty()) text += "\n" + loadcurve::ToText(LevelTable());
  const auto charts = CapacityCharts(*this);
  if (!charts.empty()) text += "\n" + plot::ToTerminal(charts, terminal);
  if (!found.outlooks.empty())
    text += "\nwhat each resource of a replica would carry:\n" + loadcurve::ToText(OutlookTable());
  text +=
      fmt::format("\nweights: {} ({})\n", found.weights_version,
                  found.weights_version == calibration.weights.version() ? calibration.verdict_text
                                                                         : "of the profile");
  return text + ComparisonText();
}

json ProductionReport::ToJson() const {
  const auto capacity = found.Capacity();
  const SeenLoad& seen = found.seen;
  json object = {{"known", capacity.has_value()},
                 {"standing", Name(found.standing)},
                 {"rate", loadcurve::ToJson(found.rate)},
                 {"per_replica", capacity ? loadcurve::ToJson(*capacity) : json(nullptr)},
                 {"binds", capacity ? json(Name(found.binding)) : json(nullptr)},
                 {"reach", OrNull(found.Reach())},
                 {"reasons", found.reasons},
                 {"assumptions", found.assumptions},
                 {"latency_target_seconds", limits.target_seconds},
                 {"latency_quantile", quantile},
                 {"source", source},
                 {"seen", nullptr},
                 {"excluded", excluded},
                 {"resources", json::array()},
                 {"levels", json::array()},
                 {"weights_version", found.weights_version},
                 {"calibration", loadcurve::ToJson(std::span(&calibration, 1))["workloads"][0]},
                 {"comparison", comparison ? loadcurve::ToJson(*comparison) : json(nullptr)}};
  if (seen.windows > 0)
    object["seen"] = {{"from", ToRfc3339(seen.from)},
                      {"to", ToRfc3339(seen.to)},
                      {"windows", seen.windows},
                      {"metricsqps", seen.load.value()},
                      {"rate", seen.rate},
                      {"held", seen.held},
                      {"cpu_share", OrNull(seen.cpu_share)},
                      {"fewest_replicas", seen.fewest_replicas},
                      {"most_replicas", seen.most_replicas}};
  for (const ResourceOutlook& outlook : found.outlooks)
    object["resources"].push_back({{"resource", outlook.name},
                                   {"standing", Name(outlook.standing)},
                                   {"rate", loadcurve::ToJson(outlook.rate)},
                                   {"basis", outlook.basis}});
  for (const LoadLevel& level : found.levels)
    object["levels"].push_back(LevelToJson(level, limits));
  return object;
}

std::string ProductionReport::Render(OutputFormat format,
                                     const plot::TerminalOptions& terminal) const {
  if (format == OutputFormat::kJson)
    return ToJson().dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  if (format == OutputFormat::kCsv) return ToCsv(LevelTable());
  return ToPage(terminal);
}

std::string ProductionReport::ToSvg() const {
  return plot::ToSvg(CapacityCharts(*this), {.chart_height = 240});
}

}  // namespace loadcurve
