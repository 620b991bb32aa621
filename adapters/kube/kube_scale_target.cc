#include "adapters/kube/kube_scale_target.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/kube/json_fields.h"
#include "base/time_text.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

constexpr Duration kScaleFreshFor = std::chrono::minutes(5);

std::string GroupOf(const std::string& api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string::npos ? "" : api_version.substr(0, slash);
}

ScaleObservation ObservationOf(Replicas ordered, Replicas current, const std::string& selector,
                               const PodSummary& pods) {
  if (selector.empty()) return {.current = current, .ready = current, .ordered = ordered};
  return {.current = current,
          .ready = std::min(pods.ready, current),
          .revision = pods.revision,
          .is_rolling_out = pods.is_rolling_out,
          .startup_p95 = pods.startup_p95,
          .cpu = pods.cpu,
          .ordered = ordered,
          .containers = pods.containers,
          .placement = pods.placement,
          .marks = pods.marks,
          .claims = pods.claims};
}

}  // namespace

KubeScaleTarget::KubeScaleTarget(KubeClient& client, ApiDiscovery& discovery, const PodIndex* pods,
                                 const Clock& clock)
    : client_(client), discovery_(discovery), pods_(pods), clock_(clock), nodes_(client, clock) {}

Result<ResourcePath> KubeScaleTarget::PathOf(const ScalingProfile& profile) {
  const auto& fields = profile.fields();
  if (fields.metadata.namespace_name.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "metadata.namespace of profile '" + fields.metadata.name +
                    "' is absent; expected one, in which the target is looked for");
  const auto type = discovery_.FindScalable(fields.target.api_version, fields.target.kind);
  if (!type) return Within("spec.targetRef", type.error());
  return ResourcePath{*type, fields.metadata.namespace_name, fields.target.name, "scale"};
}

Result<KubeScaleTarget::Scale> KubeScaleTarget::ReadScale(const ResourcePath& path) {
  LC_TRY(const json object, client_.Get(path));
  Scale scale;
  // Absent is zero: the API leaves zeros out.
  scale.wanted = Replicas(WholeAt(object, {"spec", "replicas"}).value_or(0));
  scale.current = Replicas(WholeAt(object, {"status", "replicas"}).value_or(0));
  scale.selector = TextAt(object, {"status", "selector"});
  scale.resource_version = TextAt(object, {"metadata", "resourceVersion"});
  scale.read_at = clock_.MonotonicNow();
  return scale;
}

std::optional<KubeScaleTarget::Scale> KubeScaleTarget::Known(const ResourcePath& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = scales_.find(path);
  return found == scales_.end() ? std::nullopt : std::optional(found->second);
}

Result<PodSummary> KubeScaleTarget::ListPods(const ResourcePath& path,
                                             const std::string& selector) {
  LC_TRY(const LabelSelector parsed, LabelSelector::Parse(selector));
  LC_TRY(const ObjectList list,
         client_.List(
             {.type = kPods, .namespace_name = path.namespace_name, .label_selector = selector}));
  PodIndex index;
  for (const json& pod : list.items)
    index.OnEvent({WatchEvent::Kind::kChanged,
                   path.namespace_name + "/" + TextAt(pod, {"metadata", "name"}), &pod});
  return index.Of(path.namespace_name, parsed);
}

Result<ScaleObservation> KubeScaleTarget::ObserveByIndex(const ResourcePath& path,
                                                         const ScalingProfile& profile) {
  std::optional<Scale> scale = Known(path);
  LabelSelector selector;
  PodSummary pods;
  const auto look = [&]() -> Result<void> {
    LC_TRY(selector, LabelSelector::Parse(scale->selector));
    if (!selector.requirements().empty()) pods = pods_->Of(path.namespace_name, selector);
    return {};
  };
  if (scale) LC_TRY_VOID(look());
  // Pods are there before the status counts them: a scale that was read in between is read again.
  const bool is_known = scale && !scale->selector.empty() &&
                        clock_.MonotonicNow() < scale->read_at + kScaleFreshFor &&
                        pods.total == scale->pods_when_read && pods.total == scale->current;
  if (!is_known) {
    LC_TRY(scale, ReadScale(path));
    LC_TRY_VOID(look());
    scale->pods_when_read = pods.total;
    const std::lock_guard lock(mutex_);
    scales_[path] = *scale;
  }
  ScaleObservation observed = ObservationOf(scale->wanted, scale->current, scale->selector, pods);
  if (!profile.fields().load.speeds.empty() && !selector.requirements().empty())
    observed.instance_types = nodes_.TypesOf(pods_->NodesOf(path.namespace_name, selector));
  return observed;
}

Result<ScaleObservation> KubeScaleTarget::Observe(const ScalingProfile& profile) {
  LC_TRY(const ResourcePath path, PathOf(profile));
  if (pods_ != nullptr && pods_->is_synced()) return ObserveByIndex(path, profile);
  LC_TRY(const Scale scale, ReadScale(path));
  PodSummary pods;
  if (!scale.selector.empty()) {
    LC_TRY(pods, ListPods(path, scale.selector));
  }
  return ObservationOf(scale.wanted, scale.current, scale.selector, pods);
}

Result<void> KubeScaleTarget::RefuseIfOwned(const ScalingProfile& profile) {
  const auto& fields = profile.fields();
  LC_TRY(const ObjectList list, client_.List({.type = kHorizontalPodAutoscalers,
                                              .namespace_name = fields.metadata.namespace_name}));
  for (const json& hpa : list.items) {
    if (TextAt(hpa, {"spec", "scaleTargetRef", "kind"}) != fields.target.kind ||
        TextAt(hpa, {"spec", "scaleTargetRef", "name"}) != fields.target.name ||
        GroupOf(TextAt(hpa, {"spec", "scaleTargetRef", "apiVersion"})) !=
            GroupOf(fields.target.api_version))
      continue;
    return Fail(ErrorCode::kConflict, "HorizontalPodAutoscaler " + fields.metadata.namespace_name +
                                          "/" + TextAt(hpa, {"metadata", "name"}) + " owns " +
                                          fields.target.kind + " " + fields.target.name +
                                          "; delete it, or let it follow: 'loadcurve hpa'");
  }
  return {};
}

Result<void> KubeScaleTarget::Apply(const ScalingProfile& profile,
                                    const ReplicaDecision& decision) {
  if (clock_.Now() > decision.valid_until)
    return Fail(ErrorCode::kInsufficientData, "the decision for " + ToString(decision.workload) +
                                                  " was valid until " +
                                                  ToRfc3339(decision.valid_until));
  LC_TRY(const ResourcePath path, PathOf(profile));
  LC_TRY(const Scale scale, ReadScale(path));
  if (scale.wanted == decision.desired) return {};
  LC_TRY_VOID(RefuseIfOwned(profile));
  // With the version that was read, an old leader's late write is a conflict.
  LC_TRY(const json written,
         client_.MergePatch(path, {{"metadata", {{"resourceVersion", scale.resource_version}}},
                                   {"spec", {{"replicas", decision.desired.value()}}}}));
  const std::lock_guard lock(mutex_);
  scales_.erase(path);
  return {};
}

}  // namespace loadcurve::kube
