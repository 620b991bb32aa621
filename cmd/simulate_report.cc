#include "cmd/simulate_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/time_text.h"

namespace loadcurve {
namespace {

using nlohmann::ordered_json;
using twin::PolicyRun;

// The level that the table compares policies at.
constexpr double kTableViolations = 0.001;

double CostOf(const SimulateOutcome& outcome, const PolicyRun& run) {
  return run.measures.paid_replica_hours * outcome.price.value();
}

ordered_json NodesToJson(const twin::NodeLimits& nodes) {
  return {{"standing", nodes.standing},
          {"most", nodes.most},
          {"pods_per_node", nodes.replicas_per_node},
          {"startup_seconds", Seconds(nodes.startup)}};
}

ordered_json ToJson(const SimulateOutcome& outcome, const PolicyRun& run) {
  const twin::Measures& measures = run.measures;
  ordered_json json;
  json["policy"] = run.policy;
  json["knob"] = run.knob;
  json["violation_minutes_ratio"] = measures.violation_minutes_ratio;
  json["violation_requests_ratio"] = measures.violation_requests_ratio;
  if (run.violation_moments_ratio) json["violation_moments_ratio"] = *run.violation_moments_ratio;
  json["replica_hours"] = measures.replica_hours;
  json["paid_replica_hours"] = measures.paid_replica_hours;
  if (outcome.options.nodes) json["waiting_replica_hours"] = measures.waiting_replica_hours;
  json["cost"] = CostOf(outcome, run);
  json["changes_per_day"] = measures.changes_per_day;
  json["theta_u"] = measures.theta_u;
  json["theta_o"] = measures.theta_o;
  json["tau_u"] = measures.tau_u;
  json["tau_o"] = measures.tau_o;
  json["instability"] = measures.instability;
  json["elastic_speedup"] = nullptr;
  if (measures.elastic_speedup) json["elastic_speedup"] = *measures.elastic_speedup;
  json["regret_replica_hours"] = measures.replica_hours - outcome.oracle.measures.replica_hours;
  json["latency_ms"] = {
      {"p50", run.latency.p50_ms}, {"p95", run.latency.p95_ms}, {"p99", run.latency.p99_ms}};
  return json;
}

std::string ToJsonText(const SimulateOutcome& outcome) {
  ordered_json json;
  json["series"] = {
      {"file", outcome.series},
      {"step_seconds", Seconds(outcome.step)},
      {"steps", outcome.steps},
      {"per_replica", outcome.options.per_replica.value()},
      {"mean_demand_replicas", outcome.mean_demand},
      {"startup_seconds", Seconds(outcome.options.startup.planned())},
      {"metric_delay_seconds", Seconds(outcome.options.metric_delay)},
      {"warm_up_seconds", Seconds(outcome.options.warm_up)},
      {"actuation", outcome.options.actuation == twin::Actuation::kHpa ? "hpa" : "direct"},
      {"capacity_error", outcome.options.capacity_error.value()},
      {"seed", outcome.options.seed},
      {"price_per_replica_hour", outcome.price.value()}};
  if (!outcome.options.startup.has_one_time())
    json["series"]["longest_startup_seconds"] = Seconds(outcome.options.startup.longest());
  if (outcome.options.arrivals) json["series"]["burstiness"] = outcome.options.arrivals->burstiness;
  if (outcome.options.nodes) json["series"]["nodes"] = NodesToJson(*outcome.options.nodes);
  json["policies"] = ordered_json::array();
  for (const PolicyRun& run : outcome.runs) json["policies"].push_back(ToJson(outcome, run));
  json["oracle"] = ToJson(outcome, outcome.oracle);
  json["pareto"] = ordered_json::object();
  for (const std::string& policy : PoliciesOf(outcome)) {
    auto& points = json["pareto"][policy] = ordered_json::array();
    for (const ParetoPoint& point : ParetoOf(outcome.runs, policy))
      points.push_back({point.violation_minutes_ratio, point.replica_hours});
  }
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string ToCsvText(const SimulateOutcome& outcome) {
  Table table;
  table.header = {"policy",
                  "knob",
                  "violation_minutes_ratio",
                  "violation_requests_ratio",
                  "replica_hours",
                  "paid_replica_hours",
                  "cost",
                  "changes_per_day",
                  "theta_u",
                  "theta_o",
                  "tau_u",
                  "tau_o",
                  "instability",
                  "elastic_speedup",
                  "p50_ms",
                  "p95_ms",
                  "p99_ms"};
  const auto add = [&](const PolicyRun& run) {
    const twin::Measures& m = run.measures;
    std::vector<std::string> row = {run.policy, run.knob};
    for (const double value :
         {m.violation_minutes_ratio, m.violation_requests_ratio, m.replica_hours,
          m.paid_replica_hours, CostOf(outcome, run), m.changes_per_day, m.theta_u, m.theta_o,
          m.tau_u, m.tau_o, m.instability})
      row.push_back(ExactNumber(value));
    row.push_back(m.elastic_speedup ? ExactNumber(*m.elastic_speedup) : "");
    for (const double value : {run.latency.p50_ms, run.latency.p95_ms, run.latency.p99_ms})
      row.push_back(ExactNumber(value));
    table.rows.push_back(std::move(row));
  };
  for (const PolicyRun& run : outcome.runs) add(run);
  add(outcome.oracle);
  return ToCsv(table);
}

std::vector<std::string> RowOf(const SimulateOutcome& outcome, const PolicyRun& run) {
  const twin::Measures& m = run.measures;
  const double over = m.replica_hours / outcome.oracle.measures.replica_hours - 1;
  return {run.policy,
          run.knob,
          fmt::format("{:.3f} %", 100 * m.violation_minutes_ratio),
          fmt::format("{:.3f} %", 100 * m.violation_requests_ratio),
          fmt::format("{:.0f}", m.replica_hours),
          fmt::format("{:+.1f} %", 100 * over),
          fmt::format("{:.2f}", CostOf(outcome, run)),
          fmt::format("{:.0f}", m.changes_per_day),
          fmt::format("{:.0f}", run.latency.p99_ms)};
}

// A policy with one setting is shown whatever it did.
const PolicyRun* ShownOf(const SimulateOutcome& outcome, const std::string& policy) {
  const auto is_its = [&](const PolicyRun& run) { return run.policy == policy; };
  if (std::ranges::count_if(outcome.runs, is_its) == 1)
    return &*std::ranges::find_if(outcome.runs, is_its);
  return CheapestAt(outcome, policy, kTableViolations);
}

// What one setting of ours would have cost, beside the cheapest HPA that is short no more often.
std::string Comparison(const SimulateOutcome& outcome) {
  const PolicyRun* ours = nullptr;
  int settings = 0;
  for (const PolicyRun& run : outcome.runs) {
    if (run.policy != "loadcurve") continue;
    ours = &run;
    ++settings;
  }
  if (settings != 1) return "";
  const auto told = [&](const PolicyRun& run) {
    return fmt::format(
        "{:.0f} replica-hours, {:.2f}, {:.3f} % of the minutes short, {:.0f} "
        "changes a day",
        run.measures.replica_hours, CostOf(outcome, run),
        100 * run.measures.violation_minutes_ratio, run.measures.changes_per_day);
  };
  std::string text = fmt::format("\nLoadcurve with {}: {}.\n", ours->knob, told(*ours));
  const double violations = ours->measures.violation_minutes_ratio;
  const PolicyRun* hpa = CheapestAt(outcome, "hpa-qps", violations);
  if (hpa == nullptr) return text + "No setting of an HPA on requests is short so seldom.\n";
  const double saved = CostOf(outcome, *hpa) - CostOf(outcome, *ours);
  return text + fmt::format(
                    "The cheapest setting of an HPA on requests that is short no more often ({}, "
                    "found afterwards): {}.\n"
                    "Loadcurve would have {} {:.2f} of {:.2f} ({:.1f} %).\n",
                    hpa->knob, told(*hpa), saved < 0 ? "cost more by" : "saved", std::abs(saved),
                    CostOf(outcome, *hpa), 100 * std::abs(saved) / CostOf(outcome, *hpa));
}

std::string ToTableText(const SimulateOutcome& outcome) {
  Table table;
  table.header = {"policy",      "knob",     "minutes short", "load beyond", "replica-hours",
                  "over oracle", "cost USD", "changes/day",   "p99 ms"};
  std::string absent;
  for (const std::string& policy : PoliciesOf(outcome)) {
    if (const PolicyRun* run = ShownOf(outcome, policy))
      table.rows.push_back(RowOf(outcome, *run));
    else
      absent += (absent.empty() ? "" : ", ") + policy;
  }
  table.rows.push_back(RowOf(outcome, outcome.oracle));
  std::string text = ToText(table);
  text += fmt::format(
      "\nEach policy at its cheapest setting with at most {:g} % of the minutes short of capacity, "
      "of "
      "{} simulated.\n",
      100 * kTableViolations, outcome.runs.size());
  if (!absent.empty()) text += "At no setting so good: " + absent + ".\n";
  return text + Comparison(outcome);
}

}  // namespace

std::vector<std::string> PoliciesOf(const SimulateOutcome& outcome) {
  std::vector<std::string> names;
  for (const PolicyRun& run : outcome.runs)
    if (names.empty() || names.back() != run.policy) names.push_back(run.policy);
  return names;
}

const PolicyRun* CheapestAt(const SimulateOutcome& outcome, const std::string& policy,
                            double violations) {
  const PolicyRun* best = nullptr;
  for (const PolicyRun& run : outcome.runs) {
    if (run.policy != policy || run.measures.violation_minutes_ratio > violations) continue;
    if (best == nullptr || run.measures.replica_hours < best->measures.replica_hours) best = &run;
  }
  return best;
}

std::vector<const PolicyRun*> WorthShowing(const SimulateOutcome& outcome) {
  std::vector<const PolicyRun*> shown;
  const PolicyRun* rival = nullptr;
  for (const std::string& policy : PoliciesOf(outcome)) {
    const PolicyRun* run = ShownOf(outcome, policy);
    if (run == nullptr || policy == "static-peak") continue;
    if (policy == "loadcurve")
      shown.push_back(run);
    else if (rival == nullptr || run->measures.replica_hours < rival->measures.replica_hours)
      rival = run;
  }
  if (rival != nullptr) shown.push_back(rival);
  return shown;
}

std::vector<ParetoPoint> ParetoOf(const std::vector<PolicyRun>& runs, const std::string& policy) {
  std::vector<ParetoPoint> points;
  for (const PolicyRun& run : runs)
    if (run.policy == policy)
      points.push_back({run.measures.violation_minutes_ratio, run.measures.replica_hours});
  std::sort(points.begin(), points.end(), [](const ParetoPoint& a, const ParetoPoint& b) {
    return a.violation_minutes_ratio != b.violation_minutes_ratio
               ? a.violation_minutes_ratio < b.violation_minutes_ratio
               : a.replica_hours < b.replica_hours;
  });
  std::vector<ParetoPoint> best;
  for (const ParetoPoint& point : points)
    if (best.empty() || point.replica_hours < best.back().replica_hours) best.push_back(point);
  return best;
}

std::string RenderSimulation(const SimulateOutcome& outcome, OutputFormat format) {
  return InFormat(
      format, [&] { return ToTableText(outcome); }, [&] { return ToCsvText(outcome); },
      [&] { return ToJsonText(outcome); });
}

}  // namespace loadcurve
