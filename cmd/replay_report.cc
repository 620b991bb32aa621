#include "cmd/replay_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "cmd/latency_report.h"

namespace loadcurve {
namespace {

using nlohmann::json;
using replay::Failure;
using replay::LoadCounts;

double Rate(std::uint64_t count, const replay::LoadInterval& load) {
  const double seconds = Seconds(load.to - load.from);
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

std::vector<std::string> Row(const std::string& name, const LoadCounts& counts,
                             const replay::LoadInterval& load) {
  const LatencyHistogram& latency = counts.latency;
  return {name,
          std::to_string(counts.scheduled),
          fmt::format("{:.1f}", Rate(counts.answered, load)),
          std::to_string(counts.ServerErrors()),
          std::to_string(counts.Failed()),
          fmt::format("{:.2f}", counts.LateShare().value() * 100),
          Milliseconds(latency, 0.5),
          Milliseconds(latency, 0.9),
          Milliseconds(latency, 0.99),
          Milliseconds(latency, 0.999),
          Milliseconds(latency, 1)};
}

std::vector<std::string> Header(const std::string& first) {
  return {first,    "requests", "answered/s", "5xx",     "failed", "late_percent",
          "p50_ms", "p90_ms",   "p99_ms",     "p999_ms", "max_ms"};
}

json ToJson(const LoadCounts& counts) {
  json object = {{"scheduled", counts.scheduled},
                 {"sent", counts.sent},
                 {"resent", counts.resent},
                 {"answered", counts.answered},
                 {"failed", counts.Failed()},
                 {"late_share", counts.LateShare().value()},
                 {"failures", json::object()},
                 {"statuses", json::object()},
                 {"latency_seconds", LatencyToJson(counts.latency)}};
  for (std::size_t i = 0; i < replay::kFailureCount; ++i) {
    if (counts.failures[i] > 0)
      object["failures"][std::string(Name(static_cast<Failure>(i)))] = counts.failures[i];
  }
  for (std::size_t i = 0; i < replay::kStatusCount; ++i) {
    if (counts.statuses[i] > 0) object["statuses"][std::to_string(i)] = counts.statuses[i];
  }
  return object;
}

std::string FailuresOf(const LoadCounts& counts) {
  std::string text;
  for (std::size_t i = 0; i < replay::kFailureCount; ++i) {
    if (counts.failures[i] == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts.failures[i],
                        Name(static_cast<Failure>(i)));
  }
  return text.empty() ? "none" : text;
}

}  // namespace

Table ReplayReport::RouteTable() const {
  Table table{Header("route"), {}};
  for (std::size_t i = 0; i < load.routes.size(); ++i)
    table.rows.push_back(Row(requests.routes[i], load.routes[i], load));
  table.rows.push_back(Row("(all)", load.Total(), load));
  return table;
}

Table ReplayReport::TargetTable() const {
  Table table{Header("target"), {}};
  for (std::size_t i = 0; i < load.targets.size(); ++i)
    table.rows.push_back(Row(targets[i].url, load.targets[i], load));
  return table;
}

json ReplayReport::ToJson() const {
  const LoadCounts total = load.Total();
  json object = {{"from", ToRfc3339(load.from)},
                 {"to", ToRfc3339(load.to)},
                 {"complete", is_complete},
                 {"arrivals", arrivals},
                 {"rate",
                  {{"asked", rate},
                   {"scheduled", Rate(total.scheduled, load)},
                   {"answered", Rate(total.answered, load)}}},
                 {"latency_target_seconds", Seconds(latency_target)},
                 {"total", loadcurve::ToJson(total)},
                 {"in_flight_mean", load.MeanInFlight()},
                 {"schedule_error_seconds", LatencyToJson(load.schedule_error)},
                 {"left_out", requests.left_out},
                 {"targets", json::array()},
                 {"routes", json::array()}};
  for (std::size_t i = 0; i < load.targets.size(); ++i) {
    object["targets"].push_back(loadcurve::ToJson(load.targets[i]));
    object["targets"].back()["url"] = targets[i].url;
  }
  for (std::size_t i = 0; i < load.routes.size(); ++i) {
    object["routes"].push_back(loadcurve::ToJson(load.routes[i]));
    object["routes"].back()["route"] = requests.routes[i];
  }
  return object;
}

std::string ReplayReport::ToPage() const {
  const LoadCounts total = load.Total();
  std::string text = ToText(RouteTable());
  if (targets.size() > 1) text += "\n" + ToText(TargetTable());
  text += fmt::format("\nrate: {:.6g}/s asked, {:.6g}/s scheduled, {:.6g}/s answered, {}\n", rate,
                      Rate(total.scheduled, load), Rate(total.answered, load), arrivals);
  text += fmt::format("late: later than {} from when it was due, or not answered\n",
                      ToString(latency_target));
  text += fmt::format("without an answer: {}\n", FailuresOf(total));
  text += fmt::format(
      "schedule error: p50 {} ms, p99 {} ms, max {} ms\n", Milliseconds(load.schedule_error, 0.5),
      Milliseconds(load.schedule_error, 0.99), Milliseconds(load.schedule_error, 1));
  for (const auto& [reason, count] : requests.left_out)
    text += fmt::format("left out: {} requests, {}\n", count, reason);
  return text;
}

std::string ReplayReport::Render(OutputFormat format) const {
  if (format == OutputFormat::kJson) return ToJson().dump(2) + "\n";
  if (format == OutputFormat::kCsv) return ToCsv(RouteTable());
  return ToPage();
}

std::string LiveLine(const replay::LoadInterval& latest, Duration elapsed) {
  const LoadCounts total = latest.Total();
  return fmt::format(
      "{:.0f} s: {:.0f}/s answered, p50 {} ms, p99 {} ms, {} in flight, {} failed, "
      "{} with 5xx",
      Seconds(elapsed), Rate(total.answered, latest), Milliseconds(total.latency, 0.5),
      Milliseconds(total.latency, 0.99), latest.in_flight, total.Failed(), total.ServerErrors());
}

}  // namespace loadcurve
