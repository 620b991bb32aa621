#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kube/api_discovery.h"
#include "adapters/kube/kube_client.h"
#include "base/clock.h"
#include "base/result.h"
#include "scaler/scaling_profile.h"

namespace loadcurve::kube {

// Which workload people ask about: "deployment/web", "profile/web" or "web".
struct WorkloadQuestion {
  std::string namespace_name;
  std::string kind{};  // in small letters; empty: any
  std::string name;
};

// kInvalidArgument unless it is NAME or KIND/NAME.
[[nodiscard]] Result<WorkloadQuestion> ParseWorkload(const std::string& text,
                                                     const std::string& namespace_name);

// Objects of the cluster that say why a workload has the replicas it has, as they were read.
struct ScalingEvidence {
  TimePoint at{};  // when it was read
  std::string namespace_name{};
  TargetRef target{};
  nlohmann::json object{};               // the target; null where there is none
  nlohmann::json profile{};              // the ScalingProfile asked about; null without one
  std::vector<nlohmann::json> hpas{};    // that name the target
  std::vector<nlohmann::json> pods{};    // of the target
  std::vector<nlohmann::json> events{};  // core/v1, about any of these, the latest last
  std::optional<double> published{};     // loadcurve-replicas
  std::string why_not_published{};       // what its reader was told instead
  std::vector<std::string> unseen{};     // what could not be looked at, and why
};

// Reads it all. What may not be seen stands in `unseen`; kNotFound where neither a profile, an
// HPA nor a workload is called that, and the transport's error where the cluster cannot be
// reached.
[[nodiscard]] Result<ScalingEvidence> ReadEvidence(KubeClient& client, ApiDiscovery& discovery,
                                                   const Clock& clock,
                                                   const WorkloadQuestion& question);

// ---- reading objects

struct SeenCondition {
  std::string status;
  std::string reason;
  std::string message;
};
// All empty where there is none.
SeenCondition ConditionOf(const nlohmann::json& object, std::string_view type);

// An Event's last time, "" where it has none.
std::string TimeOfEvent(const nlohmann::json& event);

}  // namespace loadcurve::kube
