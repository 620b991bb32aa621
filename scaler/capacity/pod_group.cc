#include "scaler/capacity/pod_group.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>

#include "scaler/capacity/resource_amounts.h"
#include "scaler/capacity/taint_text.h"

namespace loadcurve::capacity {
namespace {

constexpr std::string_view kRegionLabel = "topology.kubernetes.io/region";
constexpr std::string_view kTypeLabel = "node.kubernetes.io/instance-type";
constexpr std::string_view kSystemLabel = "kubernetes.io/os";
constexpr std::string_view kClassLabel = "karpenter.sh/capacity-type";

bool Tolerates(const std::vector<std::string>& tolerations, const TaintText& taint) {
  return std::ranges::any_of(tolerations, [&](const std::string& text) {
    if (text == "*") return true;
    const TaintText tolerated = SplitTaint(text);
    return tolerated.key == taint.key && (!tolerated.has_value || tolerated.value == taint.value) &&
           (tolerated.effect.empty() || tolerated.effect == taint.effect);
  });
}

std::optional<std::string> LabelOf(const CapacityOffer& offer, const std::string& key) {
  if (const auto found = offer.labels.find(key); found != offer.labels.end()) return found->second;
  std::string known;
  if (key == kRegionLabel) known = offer.region;
  if (key == kZoneLabel) known = offer.zone;
  if (key == kTypeLabel) known = offer.instance_type;
  if (key == kClassLabel) known = Name(offer.capacity_class);
  if (key == kSystemLabel) known = "linux";
  return known.empty() ? std::nullopt : std::optional(std::move(known));
}

bool IsMetBy(const LabelRequirement& requirement, const CapacityOffer& offer) {
  const auto label = LabelOf(offer, requirement.key);
  return IsMet(requirement, label ? &*label : nullptr);
}

std::string TextOf(const LabelTerms& terms) {
  std::string text;
  for (const auto& term : terms) {
    if (!text.empty()) text += " or ";
    for (std::size_t i = 0; i < term.size(); ++i) text += (i == 0 ? "" : ", ") + ToString(term[i]);
  }
  return text;
}

std::string Short(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::optional<std::string> WhyTooLarge(const PodGroup& group, const CapacityOffer& offer) {
  const ResourceAmounts asked = AmountsOf(group.request());
  const ResourceAmounts there = AmountsOf(offer.allocatable);
  constexpr std::array<const char*, 3> kUnits = {" cores", " GiB", " pods"};
  for (std::size_t r = 0; r < asked.size(); ++r)
    if (asked[r] > there[r])
      return "asks for " + Short(asked[r]) + kUnits[r] + ", a node has " + Short(there[r]);
  return std::nullopt;
}

Result<void> Refuse(const PodGroupFields& fields, const std::string& what) {
  return Fail(ErrorCode::kInvalidArgument, "pods '" + fields.name + "': " + what);
}

Result<void> Validate(const PodGroupFields& fields) {
  if (fields.name.empty()) return Refuse(fields, "name is empty; expected a text");
  const double cpu = fields.request.cpu.value();
  if (!(cpu >= 0) || !std::isfinite(cpu)) return Refuse(fields, "cpu is no amount; expected >= 0");
  if (fields.request.memory.value() < 0) return Refuse(fields, "memory is negative; expected >= 0");
  if (cpu == 0 && fields.request.memory.value() == 0)
    return Refuse(fields, "cpu and memory are 0; expected one of them above 0");
  if (fields.spread.zone_skew < 0 || fields.spread.most_on_node < 0 ||
      fields.spread.most_in_zone < 0)
    return Refuse(fields, "spread is negative; expected >= 0");
  const double egress = fields.egress.value();
  if (!(egress >= 0) || !std::isfinite(egress))
    return Refuse(fields, "egress is no price; expected >= 0");
  return {};
}

}  // namespace

Result<PodGroup> PodGroup::Make(PodGroupFields fields) {
  LC_TRY_VOID(Validate(fields));
  fields.request.pods = 1;
  for (const PodAffinityTerm& term : fields.anti_affinity)
    if (term.Selects(fields.marks))
      (term.place == PodAffinityTerm::Place::kNode ? fields.spread.most_on_node
                                                   : fields.spread.most_in_zone) = 1;
  return PodGroup(std::move(fields));
}

std::optional<std::string> WhyNotOn(const PodGroup& group, const CapacityOffer& offer) {
  const PodGroupFields& fields = group.fields();
  if (!fields.zones.empty() && std::ranges::find(fields.zones, offer.zone) == fields.zones.end()) {
    std::string zones;
    for (const std::string& zone : fields.zones) zones += (zones.empty() ? "" : ", ") + zone;
    return "its volumes are in " + zones;
  }
  if (fields.planned_zones) {
    if (fields.planned_zones->empty()) return "pods that it cares about leave it no zone";
    if (std::ranges::find(*fields.planned_zones, offer.zone) == fields.planned_zones->end())
      return "pods that it cares about keep it out of zone " + offer.zone;
  }
  if (!fields.may_be_interrupted && offer.capacity_class == CapacityClass::kSpot)
    return "must not stand on spot";
  for (const auto& [key, value] : fields.node_selector)
    if (LabelOf(offer, key) != value) return "its node selector asks for " + key + "=" + value;
  const bool has_term = fields.node_affinity.empty() ||
                        std::ranges::any_of(fields.node_affinity, [&](const auto& term) {
                          return std::ranges::all_of(term, [&](const LabelRequirement& each) {
                            return IsMetBy(each, offer);
                          });
                        });
  if (!has_term) return "its node affinity asks for " + TextOf(fields.node_affinity);
  for (const std::string& text : offer.taints) {
    const TaintText taint = SplitTaint(text);
    if (taint.effect != "PreferNoSchedule" && !Tolerates(fields.tolerations, taint))
      return "does not tolerate " + text;
  }
  return WhyTooLarge(group, offer);
}

std::int64_t PodsOnEmptyNode(const PodGroup& group, const CapacityOffer& offer) {
  const auto count = static_cast<std::int64_t>(std::floor(
      1 / DominantShare(AmountsOf(group.request()), AmountsOf(offer.allocatable)) + 1e-9));
  const std::int64_t most = group.fields().spread.most_on_node;
  return most > 0 ? std::min(count, most) : count;
}

}  // namespace loadcurve::capacity
