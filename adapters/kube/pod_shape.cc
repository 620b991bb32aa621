#include "adapters/kube/pod_shape.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "adapters/kube/json_fields.h"

namespace loadcurve::kube {
namespace {

using capacity::DrainPod;
using capacity::DrainRank;
using nlohmann::json;

constexpr std::string_view kNodeTaints = "node.kubernetes.io/";
// system-cluster-critical and above.
constexpr std::int64_t kCriticalPriority = 2'000'000'000;

std::string TolerationText(const json& toleration) {
  std::string text = TextAt(toleration, {"key"});
  if (text.empty()) return "*";
  const std::string value = TextAt(toleration, {"value"});
  if (TextAt(toleration, {"operator"}) != "Exists") text += "=" + value;
  const std::string effect = TextAt(toleration, {"effect"});
  return effect.empty() ? text : text + ":" + effect;
}

bool IsOfDaemonSet(const json& pod) {
  const json* const owners = FieldAt(pod, {"metadata", "ownerReferences"});
  if (owners == nullptr || !owners->is_array()) return false;
  return std::ranges::any_of(
      *owners, [](const json& owner) { return TextAt(owner, {"kind"}) == "DaemonSet"; });
}

}  // namespace

PodPlacement PlacementOf(const json& pod) {
  PodPlacement placement;
  if (const json* selector = FieldAt(pod, {"spec", "nodeSelector"});
      selector != nullptr && selector->is_object())
    for (const auto& [key, value] : selector->items())
      if (value.is_string()) placement.node_selector[key] = value.get<std::string>();
  if (const json* list = FieldAt(pod, {"spec", "tolerations"}); list != nullptr && list->is_array())
    for (const json& toleration : *list)
      if (!TextAt(toleration, {"key"}).starts_with(kNodeTaints))
        placement.tolerations.push_back(TolerationText(toleration));
  if (const json* list = FieldAt(pod, {"spec", "topologySpreadConstraints"});
      list != nullptr && list->is_array())
    for (const json& constraint : *list)
      if (TextAt(constraint, {"topologyKey"}) == "topology.kubernetes.io/zone" &&
          TextAt(constraint, {"whenUnsatisfiable"}) != "ScheduleAnyway")
        placement.zone_skew = WholeAt(constraint, {"maxSkew"}).value_or(0);
  return placement;
}

std::optional<DrainPod> DrainPodOf(const json& pod) {
  const json* const annotations = FieldAt(pod, {"metadata", "annotations"});
  const bool is_mirror =
      annotations != nullptr && annotations->contains("kubernetes.io/config.mirror");
  const std::string phase = TextAt(pod, {"status", "phase"});
  const bool has_ended = phase == "Succeeded" || phase == "Failed";
  if (is_mirror || has_ended || IsOfDaemonSet(pod)) return std::nullopt;
  const bool is_critical = WholeAt(pod, {"spec", "priority"}).value_or(0) >= kCriticalPriority;
  return DrainPod{
      .name = TextAt(pod, {"metadata", "namespace"}) + "/" + TextAt(pod, {"metadata", "name"}),
      .rank = is_critical ? DrainRank::kCritical : DrainRank::kNormal,
      .grace = std::chrono::seconds(
          WholeAt(pod, {"spec", "terminationGracePeriodSeconds"}).value_or(30))};
}

}  // namespace loadcurve::kube
