#include "adapters/kube/capacity_profile_status.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "adapters/kube/json_fields.h"
#include "adapters/kube/status_fields.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

constexpr double kGib = 1024.0 * 1024.0 * 1024.0;

constexpr std::array kTypes = {
    CapacityConditionType::kActive,       CapacityConditionType::kForeseeing,
    CapacityConditionType::kWithinLimits, CapacityConditionType::kKept,
    CapacityConditionType::kPlanned,      CapacityConditionType::kSupplied,
    CapacityConditionType::kDrained};

json ToJson(const WorkloadAhead& ahead) {
  json object = {{"namespace", ahead.workload.namespace_name},
                 {"name", ahead.workload.name},
                 {"present", ahead.present.value()},
                 {"needed", ahead.needed.value()},
                 {"ahead", ahead.ahead.value()}};
  if (ahead.needed_at != TimePoint()) object["neededAt"] = WholeSeconds(ahead.needed_at);
  if (!ahead.by.empty()) object["by"] = ahead.by;
  if (ahead.risk) object["risk"] = Rounded(ahead.risk->value());
  if (ahead.cost) object["costPerHour"] = Rounded(ahead.cost->value());
  if (!ahead.problem.empty()) object["problem"] = ahead.problem;
  return object;
}

WorkloadAhead WorkloadAheadFrom(const json& object) {
  WorkloadAhead ahead{
      .workload = {TextAt(object, {"namespace"}), TextAt(object, {"name"})},
      .present = Replicas(WholeAt(object, {"present"}).value_or(0)),
      .needed = Replicas(WholeAt(object, {"needed"}).value_or(0)),
      .needed_at = TimeAt(object, {"neededAt"}),
      .ahead = Replicas(std::max<std::int64_t>(0, WholeAt(object, {"ahead"}).value_or(0))),
      .by = TextAt(object, {"by"}),
      .problem = TextAt(object, {"problem"})};
  if (const auto risk = NumberAt(object, {"risk"})) ahead.risk = Ratio(*risk);
  if (const auto cost = NumberAt(object, {"costPerHour"})) ahead.cost = UsdPerHour(*cost);
  return ahead;
}

// What people look at, of each workload.
auto GistOf(const WorkloadAhead& ahead) {
  return std::tuple(ahead.workload, ahead.ahead, ahead.by, ahead.problem.empty());
}

InstanceSpeeds SpeedsFrom(const json& status) {
  InstanceSpeeds speeds;
  const json* const list = FieldAt(status, {"instanceSpeeds"});
  if (list == nullptr || !list->is_array()) return speeds;
  for (const json& each : *list) {
    const std::string family = TextAt(each, {"family"});
    const auto speed = NumberAt(each, {"speed"});
    if (!family.empty() && speed && *speed > 0) speeds[family] = *speed;
  }
  return speeds;
}

// What is written is rounded.
bool HaveMoved(const InstanceSpeeds& written, const InstanceSpeeds& next) {
  return !std::ranges::equal(written, next, [](const auto& before, const auto& after) {
    return before.first == after.first && Rounded(before.second) == Rounded(after.second);
  });
}

}  // namespace

std::string_view Name(CapacityConditionType type) {
  switch (type) {
    case CapacityConditionType::kActive:
      return "Active";
    case CapacityConditionType::kForeseeing:
      return "Foreseeing";
    case CapacityConditionType::kWithinLimits:
      return "WithinLimits";
    case CapacityConditionType::kKept:
      return "Kept";
    case CapacityConditionType::kPlanned:
      return "Planned";
    case CapacityConditionType::kSupplied:
      return "Supplied";
    case CapacityConditionType::kDrained:
      return "Drained";
  }
  return "Unknown";
}

json ToJson(const CapacityProfileStatus& status) {
  json ahead = {{"replicas", status.ahead.value()}};
  if (status.cpu) ahead["cpu"] = Rounded(status.cpu->value());
  if (status.memory)
    ahead["memoryGib"] = Rounded(static_cast<double>(status.memory->value()) / kGib);
  if (status.cost) ahead["costPerHour"] = Rounded(status.cost->value());
  json workloads = json::array();
  for (const WorkloadAhead& workload : status.workloads) workloads.push_back(ToJson(workload));
  json conditions = json::array();
  for (const auto& [type, condition] : status.conditions)
    conditions.push_back(kube::ToJson(Name(type), condition, status.observed_generation));
  json object = {{"observedGeneration", status.observed_generation},
                 {"selected", status.selected},
                 {"ahead", std::move(ahead)},
                 {"workloads", std::move(workloads)},
                 {"conditions", std::move(conditions)}};
  if (status.nodes) object["nodes"] = kube::ToJson(*status.nodes);
  for (const auto& [family, speed] : status.speeds)
    object["instanceSpeeds"].push_back({{"family", family}, {"speed", Rounded(speed)}});
  return object;
}

CapacityProfileStatus CapacityProfileStatusFrom(const json& object) {
  CapacityProfileStatus status;
  status.observed_generation = WholeAt(object, {"observedGeneration"}).value_or(0);
  status.selected = WholeAt(object, {"selected"}).value_or(0);
  status.ahead = Replicas(WholeAt(object, {"ahead", "replicas"}).value_or(0));
  if (const auto cpu = NumberAt(object, {"ahead", "cpu"})) status.cpu = CpuCores(*cpu);
  if (const auto gib = NumberAt(object, {"ahead", "memoryGib"}))
    status.memory = Bytes(static_cast<std::int64_t>(*gib * kGib));
  if (const auto cost = NumberAt(object, {"ahead", "costPerHour"})) status.cost = UsdPerHour(*cost);
  if (const json* workloads = FieldAt(object, {"workloads"});
      workloads != nullptr && workloads->is_array())
    for (const json& workload : *workloads) status.workloads.push_back(WorkloadAheadFrom(workload));
  if (const json* nodes = FieldAt(object, {"nodes"}); nodes != nullptr && nodes->is_object())
    status.nodes = NodePlanStatusFrom(*nodes);
  status.speeds = SpeedsFrom(object);
  const json* const conditions = FieldAt(object, {"conditions"});
  if (conditions == nullptr || !conditions->is_array()) return status;
  for (const json& condition : *conditions) {
    const auto type = std::ranges::find(kTypes, TextAt(condition, {"type"}),
                                        [](CapacityConditionType each) { return Name(each); });
    if (type != kTypes.end()) status.conditions[*type] = ConditionFrom(condition);
  }
  return status;
}

bool IsNews(const CapacityProfileStatus& written, const CapacityProfileStatus& next) {
  if (written.observed_generation != next.observed_generation ||
      written.selected != next.selected || written.ahead != next.ahead ||
      IsNews(written.nodes, next.nodes) || HaveMoved(written.speeds, next.speeds))
    return true;
  if (!std::ranges::equal(written.workloads, next.workloads,
                          [](const auto& a, const auto& b) { return GistOf(a) == GistOf(b); }))
    return true;
  return !std::ranges::equal(
      written.conditions, next.conditions, [](const auto& before, const auto& after) {
        return before.first == after.first && before.second.state == after.second.state &&
               before.second.reason == after.second.reason;
      });
}

CapacityProfileStatus Settled(const CapacityProfileStatus& written, CapacityProfileStatus next) {
  for (auto& [type, condition] : next.conditions) {
    const auto before = written.conditions.find(type);
    if (before != written.conditions.end() && before->second.state == condition.state)
      condition.since = before->second.since;
  }
  return next;
}

std::vector<Notice> NoticesBetween(const CapacityProfileStatus& before,
                                   const CapacityProfileStatus& after) {
  std::vector<Notice> notices;
  for (const auto& [type, condition] : after.conditions) {
    const auto known = before.conditions.find(type);
    const bool was_bad =
        known != before.conditions.end() && known->second.state == ConditionState::kFalse;
    const bool is_bad = condition.state == ConditionState::kFalse;
    const bool is_same = was_bad == is_bad && (!is_bad || known->second.reason == condition.reason);
    if (is_same) continue;
    notices.push_back({.is_warning = is_bad,
                       .reason = condition.reason,
                       .action = std::string(Name(type)),
                       .note = condition.message});
  }
  return notices;
}

}  // namespace loadcurve::kube
