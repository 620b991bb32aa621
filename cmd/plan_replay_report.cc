#include "cmd/plan_replay_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/time_text.h"

namespace loadcurve {
namespace {

using nlohmann::ordered_json;

ordered_json ToJson(const PlanReplayRow& row) {
  return {{"policy", row.policy},
          {"cost", row.measures.cost},
          {"cost_ratio_to_on_demand", row.measures.cost_ratio_to_on_demand},
          {"served_ratio", row.measures.served_ratio},
          {"interruptions", row.interruptions},
          {"orders", row.orders}};
}

std::string ToJsonText(const PlanReplayOutcome& outcome) {
  ordered_json json;
  json["policies"] = ordered_json::array();
  for (const PlanReplayRow& row : outcome.policies) json["policies"].push_back(ToJson(row));
  json["oracle"] = ToJson(outcome.oracle);
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string ToCsvText(const PlanReplayOutcome& outcome) {
  Table table{
      {"policy", "cost", "cost_ratio_to_on_demand", "served_ratio", "interruptions", "orders"}, {}};
  const auto add = [&](const PlanReplayRow& row) {
    table.rows.push_back({row.policy, ExactNumber(row.measures.cost),
                          ExactNumber(row.measures.cost_ratio_to_on_demand),
                          ExactNumber(row.measures.served_ratio), std::to_string(row.interruptions),
                          std::to_string(row.orders)});
  };
  for (const PlanReplayRow& row : outcome.policies) add(row);
  add(outcome.oracle);
  return ToCsv(table);
}

// Unserved a node and day, which says more than a share close to 1.
std::string UnservedText(const PlanReplayRow& row) {
  return fmt::format("{:.1f} s", (1 - row.measures.served_ratio) * 86400);
}

std::string ToTableText(const PlanReplayOutcome& outcome) {
  Table table{
      {"policy", "cost", "of on-demand", "served", "short/node/day", "lost nodes", "ordered"}, {}};
  const auto add = [&](const PlanReplayRow& row) {
    table.rows.push_back({row.policy, fmt::format("{:.0f}", row.measures.cost),
                          fmt::format("{:.3f}", row.measures.cost_ratio_to_on_demand),
                          fmt::format("{:.4f} %", 100 * row.measures.served_ratio),
                          UnservedText(row), std::to_string(row.interruptions),
                          std::to_string(row.orders)});
  };
  for (const PlanReplayRow& row : outcome.policies) add(row);
  add(outcome.oracle);
  return ToText(table) + fmt::format(
                             "\n{} pools over {:.1f} days, {} ticks of {}. Cost is in hours of an "
                             "on-demand node.\n",
                             outcome.pools,
                             Seconds(outcome.gap) * static_cast<double>(outcome.ticks) / 86400,
                             outcome.ticks, ToString(outcome.gap));
}

}  // namespace

PlanReplayRow RowOf(const capacity::SpotRun& run, Duration gap) {
  return {run.policy, capacity::MeasuresOf(run, gap), run.interruptions, run.orders};
}

std::string RenderPlanReplay(const PlanReplayOutcome& outcome, OutputFormat format) {
  return InFormat(
      format, [&] { return ToTableText(outcome); }, [&] { return ToCsvText(outcome); },
      [&] { return ToJsonText(outcome); });
}

}  // namespace loadcurve
