#include "adapters/kube/pod_shape.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

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

const json* ListAt(const json& object, JsonPath path) {
  const json* const list = FieldAt(object, path);
  return list != nullptr && list->is_array() && !list->empty() ? list : nullptr;
}

void ReadRequirements(const json& object, JsonPath path,
                      std::vector<LabelRequirement>& requirements) {
  const json* const list = ListAt(object, path);
  if (list == nullptr) return;
  for (const json& expression : *list) {
    const auto op = OperatorNamed(TextAt(expression, {"operator"}));
    if (!op) continue;
    LabelRequirement requirement{.key = TextAt(expression, {"key"}), .op = *op};
    if (const json* values = ListAt(expression, {"values"}))
      for (const json& value : *values)
        if (value.is_string()) requirement.values.push_back(value.get<std::string>());
    std::ranges::sort(requirement.values);
    requirements.push_back(std::move(requirement));
  }
}

// Namespaces that a term means: its list, else that of the pod itself; with a namespaceSelector
// any, since what labels namespaces have is not looked at.
std::vector<std::string> NamespacesOf(const json& term, const json& pod) {
  if (FieldAt(term, {"namespaceSelector"}) != nullptr) return {};
  std::vector<std::string> names;
  if (const json* list = ListAt(term, {"namespaces"}))
    for (const json& name : *list)
      if (name.is_string()) names.push_back(name.get<std::string>());
  if (names.empty()) names.push_back(TextAt(pod, {"metadata", "namespace"}));
  return names;
}

// Required terms of podAffinity or podAntiAffinity, by nodes and zones. Without a selector a term
// means no pod.
std::vector<PodAffinityTerm> PodTermsOf(const json& pod, std::string_view kind) {
  std::vector<PodAffinityTerm> terms;
  const json* const list =
      ListAt(pod, {"spec", "affinity", kind, "requiredDuringSchedulingIgnoredDuringExecution"});
  if (list == nullptr) return terms;
  for (const json& each : *list) {
    const auto place = PlaceOf(TextAt(each, {"topologyKey"}));
    const json* const selector = FieldAt(each, {"labelSelector"});
    if (!place || selector == nullptr || !selector->is_object()) continue;
    PodAffinityTerm term{.place = *place, .selector = {}, .namespaces = NamespacesOf(each, pod)};
    ReadRequirements(*selector, {"matchExpressions"}, term.selector);
    if (const json* labels = FieldAt(*selector, {"matchLabels"});
        labels != nullptr && labels->is_object())
      for (const auto& [name, value] : labels->items())
        if (value.is_string())
          term.selector.push_back(
              {name, LabelRequirement::Operator::kIn, {value.get<std::string>()}});
    terms.push_back(std::move(term));
  }
  return terms;
}

std::vector<std::string> ClaimsOf(const json& pod) {
  std::vector<std::string> claims;
  if (const json* volumes = ListAt(pod, {"spec", "volumes"}))
    for (const json& volume : *volumes)
      if (std::string claim = TextAt(volume, {"persistentVolumeClaim", "claimName"});
          !claim.empty())
        claims.push_back(std::move(claim));
  std::ranges::sort(claims);
  return claims;
}

bool IsOfDaemonSet(const json& pod) {
  const json* const owners = FieldAt(pod, {"metadata", "ownerReferences"});
  if (owners == nullptr || !owners->is_array()) return false;
  return std::ranges::any_of(
      *owners, [](const json& owner) { return TextAt(owner, {"kind"}) == "DaemonSet"; });
}

}  // namespace

LabelTerms NodeTermsOf(const json& node_selector) {
  LabelTerms terms;
  const json* const list = ListAt(node_selector, {"nodeSelectorTerms"});
  if (list == nullptr) return terms;
  for (const json& term : *list) {
    std::vector<LabelRequirement> requirements;
    ReadRequirements(term, {"matchExpressions"}, requirements);
    ReadRequirements(term, {"matchFields"}, requirements);
    // A term that asks for nothing is met by no node.
    if (!requirements.empty()) terms.push_back(std::move(requirements));
  }
  return terms;
}

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
      if (TextAt(constraint, {"topologyKey"}) == kZoneLabel &&
          TextAt(constraint, {"whenUnsatisfiable"}) != "ScheduleAnyway")
        placement.zone_skew = WholeAt(constraint, {"maxSkew"}).value_or(0);
  if (const json* required = FieldAt(pod, {"spec", "affinity", "nodeAffinity",
                                           "requiredDuringSchedulingIgnoredDuringExecution"}))
    placement.node_affinity = NodeTermsOf(*required);
  placement.affinity = PodTermsOf(pod, "podAffinity");
  placement.anti_affinity = PodTermsOf(pod, "podAntiAffinity");
  placement.claims = ClaimsOf(pod);
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
