#include "cmd/decision_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/time_text.h"

namespace loadcurve {

namespace {

nlohmann::ordered_json ToJson(const DecisionBasis& basis) {
  nlohmann::ordered_json json = {{"per_replica", basis.per_replica.value()}};
  const auto put = [&](const char* name, const std::optional<double>& value) {
    if (value) json[name] = *value;
  };
  if (basis.latest) json["latest_load"] = basis.latest->value();
  if (basis.median) json["median_load_when_ready"] = basis.median->value();
  put("tail_replicas", basis.tail_replicas);
  put("shortage_cost", basis.shortage_cost);
  put("short_chance", basis.short_chance);
  if (basis.hpa) json["hpa_replicas"] = basis.hpa->value();
  put("cost_per_hour", basis.cost_per_hour);
  put("hpa_cost_per_hour", basis.hpa_cost_per_hour);
  return json;
}

}  // namespace

nlohmann::ordered_json ToJson(const ReplicaDecision& decision) {
  nlohmann::ordered_json reasons = nlohmann::ordered_json::array();
  for (const DecisionReason& reason : decision.reasons)
    reasons.push_back({{"stage", Name(reason.stage)},
                       {"before", reason.before.value()},
                       {"after", reason.after.value()},
                       {"why", reason.why}});
  return {
      {"workload", ToString(decision.workload)}, {"current", decision.current.value()},
      {"desired", decision.desired.value()},     {"valid_until", ToRfc3339(decision.valid_until)},
      {"reasons", std::move(reasons)},           {"basis", ToJson(decision.basis)}};
}

Table BasisTable(const ReplicaDecision& decision) {
  const DecisionBasis& basis = decision.basis;
  Table table{{"what it stands on", ""}, {}};
  const auto put = [&](const char* what, const std::string& value) {
    table.rows.push_back({what, value});
  };
  put("load that one replica carries", fmt::format("{:.4g}", basis.per_replica.value()));
  if (basis.latest) put("latest load", fmt::format("{:.4g}", basis.latest->value()));
  if (basis.median)
    put("median load when a new replica is ready", fmt::format("{:.4g}", basis.median->value()));
  if (basis.tail_replicas)
    put("replicas by which its tail falls by e", fmt::format("{:.3g}", *basis.tail_replicas));
  if (basis.shortage_cost)
    put("a step short costs, in replicas over it", fmt::format("{:.4g}", *basis.shortage_cost));
  if (basis.short_chance)
    put("chance to be short then", fmt::format("{:.3g} %", 100 * *basis.short_chance));
  if (basis.hpa) put("an HPA on the latest load wants", std::to_string(basis.hpa->value()));
  if (basis.cost_per_hour) put("cost an hour", fmt::format("{:.4g}", *basis.cost_per_hour));
  if (basis.hpa_cost_per_hour)
    put("of what the HPA wants", fmt::format("{:.4g}", *basis.hpa_cost_per_hour));
  return table;
}

Table ReasonsTable(const ReplicaDecision& decision) {
  Table table{{"stage", "before", "after", "why"}, {}};
  for (const DecisionReason& reason : decision.reasons)
    table.rows.push_back({std::string(Name(reason.stage)), std::to_string(reason.before.value()),
                          std::to_string(reason.after.value()), reason.why});
  return table;
}

}  // namespace loadcurve
