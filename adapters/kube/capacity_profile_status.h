#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/kube/event_recorder.h"
#include "adapters/kube/node_plan_status.h"
#include "adapters/kube/profile_status.h"
#include "base/units.h"
#include "scaler/workload_status.h"

namespace loadcurve::kube {

enum class CapacityConditionType {
  kActive,        // it is looked ahead for the workloads
  kForeseeing,    // there are forecasts to follow for all of them
  kWithinLimits,  // no limit holds back what is needed
  kKept,          // what is needed is ordered; absent where nothing is to be ordered
  // Of profiles with a provider:
  kPlanned,   // there is a plan, with room for all
  kSupplied,  // the provider sells what is wanted, as far as it is known
  kDrained,   // nothing keeps pods on nodes that go
};

// "Active", "Foreseeing", "WithinLimits", "Kept", "Planned", "Supplied", "Drained".
std::string_view Name(CapacityConditionType type);

// Nodes kept ready for one workload.
struct WorkloadAhead {
  ProfileKey workload{};
  Replicas present{};           // that are there
  Replicas needed{};            // when a node ordered now is ready
  TimePoint needed_at{};        // since when; of the first window that needs so many
  Replicas ahead{};             // for which nodes are kept ready, or should be
  std::string by{};             // "CapacityBuffer", "PlaceholderPods"; empty: nothing is ordered
  std::optional<Ratio> risk{};  // that more is asked for before a node is ready; absent: unknown
  std::optional<UsdPerHour> cost{};  // of what is ahead; absent: unknown
  std::string problem{};             // empty: none

  bool operator==(const WorkloadAhead&) const = default;
};

// The status of a CapacityProfile.
struct CapacityProfileStatus {
  std::int64_t observed_generation = 0;
  // All workloads together.
  Replicas ahead{};
  std::optional<CpuCores> cpu{};  // of those whose requests are known
  std::optional<Bytes> memory{};
  std::optional<UsdPerHour> cost{};
  std::int64_t selected = 0;               // workloads
  std::vector<WorkloadAhead> workloads{};  // with something ahead or a problem, kMostListed of them
  std::optional<NodePlanStatus> nodes{};   // of a profile with a provider
  // What its workloads learnt of families of instances, together.
  InstanceSpeeds speeds{};
  std::map<CapacityConditionType, ProfileCondition> conditions{};

  bool operator==(const CapacityProfileStatus&) const = default;
};

// An object should stay far below a megabyte.
inline constexpr std::size_t kMostListed = 500;

// As the CRD has it.
nlohmann::json ToJson(const CapacityProfileStatus& status);

// What ToJson wrote; what others put there is passed over.
CapacityProfileStatus CapacityProfileStatusFrom(const nlohmann::json& status);

// Whether a person would see a difference: another generation, condition, or count ahead.
bool IsNews(const CapacityProfileStatus& written, const CapacityProfileStatus& next);

// `next` as it is to be written after `written`: times of conditions that did not change stay.
CapacityProfileStatus Settled(const CapacityProfileStatus& written, CapacityProfileStatus next);

// Conditions that turned bad, or good again.
std::vector<Notice> NoticesBetween(const CapacityProfileStatus& before,
                                   const CapacityProfileStatus& after);

}  // namespace loadcurve::kube
