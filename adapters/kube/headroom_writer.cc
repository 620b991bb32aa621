#include "adapters/kube/headroom_writer.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/kube/capacity_resource.h"
#include "adapters/kube/json_fields.h"

namespace loadcurve::kube {
namespace {

using capacity::AheadMethod;
using nlohmann::json;

constexpr Duration kLookAgain = std::chrono::minutes(5);
constexpr Duration kTryAgain = std::chrono::seconds(30);
// Who keeps room for CapacityBuffers looks at them every half a minute or sooner.
constexpr Duration kHeededWithin = std::chrono::minutes(2);
// Karpenter gathers what changes for ten seconds at most.
constexpr Duration kSeenEmptyWithin = std::chrono::seconds(15);

ProfileKey KeyOf(const ScalingProfile& profile) {
  return {profile.fields().metadata.namespace_name, profile.fields().metadata.name};
}

const ResourceType& TypeOf(AheadMethod method) {
  return method == AheadMethod::kPlaceholderPods ? kDeployments : kCapacityBuffers;
}

ResourcePath PathOf(AheadMethod method, const ProfileKey& workload) {
  return {TypeOf(method), workload.namespace_name, HeadroomName({.name = workload.name}), ""};
}

bool IsOurs(const json& object) {
  const json* const labels = FieldAt(object, {"metadata", "labels"});
  return labels != nullptr && labels->contains(std::string(kHeadroomLabel));
}

bool HasConditions(const json& object) {
  const json* const conditions = FieldAt(object, {"status", "conditions"});
  return conditions != nullptr && conditions->is_array() && !conditions->empty();
}

}  // namespace

HeadroomWriter::HeadroomWriter(KubeClient& client, ApiDiscovery& discovery, const Clock& clock)
    : client_(client), discovery_(discovery), clock_(clock) {}

void HeadroomWriter::Forget() {
  seen_.clear();
  there_.clear();
  emptied_at_.clear();
  has_found_ours_ = false;
}

Result<AheadMethod> HeadroomWriter::MethodFor(const capacity::NodesAheadSpec& ahead) {
  if (ahead.method == AheadMethod::kPlaceholderPods) return ahead.method;
  LC_TRY(const bool has_buffers,
         discovery_.Knows(ApiVersionOf(kCapacityBuffers), "CapacityBuffer"));
  if (has_buffers) return AheadMethod::kCapacityBuffer;
  if (ahead.method == AheadMethod::kAuto && !ahead.placeholder_image.empty())
    return AheadMethod::kPlaceholderPods;
  return Fail(ErrorCode::kNotFound,
              "this cluster knows no CapacityBuffer of " + ApiVersionOf(kCapacityBuffers) +
                  "; install its CRD, or name spec.nodesAhead.placeholderImage, so that "
                  "placeholder pods keep the room");
}

Result<void> HeadroomWriter::RefuseIfForeign(const ResourcePath& path) {
  const auto object = client_.Get(path);
  if (!object && object.error().code == ErrorCode::kNotFound) return {};
  if (!object) return tl::unexpected<Error>(object.error());
  if (IsOurs(*object)) return {};
  return Fail(ErrorCode::kConflict, ToString(path) +
                                        " was made by somebody else and is left alone; delete or "
                                        "rename it, and Loadcurve makes its own");
}

Result<json> HeadroomWriter::Placeholders(const HeadroomOrder& order, const std::string& image) {
  const auto priority = client_.Get({kPriorityClasses, "", std::string(kPlaceholderClass), ""});
  if (!priority && priority.error().code == ErrorCode::kNotFound)
    return Fail(ErrorCode::kNotFound, "there is no PriorityClass " +
                                          std::string(kPlaceholderClass) +
                                          "; apply deploy/manifests/placeholder-pods.yaml");
  if (!priority) return tl::unexpected<Error>(priority.error());
  const TargetRef& target = order.workload->fields().target;
  LC_TRY(const ResourceType type, discovery_.FindScalable(target.api_version, target.kind));
  LC_TRY(const json object,
         client_.Get({type, order.workload->fields().metadata.namespace_name, target.name, ""}));
  return PlaceholdersFor(order, object, image);
}

Result<HeadroomWriter::Kept> HeadroomWriter::Write(const HeadroomOrder& order,
                                                   const capacity::NodesAheadSpec& ahead,
                                                   const Seen& seen) {
  LC_TRY(const AheadMethod method, MethodFor(ahead));
  const ProfileKey key = KeyOf(*order.workload);
  const ResourcePath path = PathOf(method, key);
  if (!there_[key].contains(method)) LC_TRY_VOID(RefuseIfForeign(path));
  json object = CapacityBufferFor(order);
  if (method == AheadMethod::kPlaceholderPods) {
    LC_TRY(object, Placeholders(order, ahead.placeholder_image));
  }
  LC_TRY(const json written, client_.Apply(path, object));
  there_[key].insert(method);
  emptied_at_.erase(key);
  const AheadMethod other = method == AheadMethod::kPlaceholderPods ? AheadMethod::kCapacityBuffer
                                                                    : AheadMethod::kPlaceholderPods;
  if (there_[key].contains(other)) LC_TRY_VOID(Delete(other, key));
  Kept kept{.by = method};
  const bool is_old = clock_.MonotonicNow() >= seen.first_at + kHeededWithin;
  if (method == AheadMethod::kCapacityBuffer && is_old && !HasConditions(written))
    kept.problem = ToString(path) +
                   " has no status: nobody keeps room for it. Cluster Autoscaler wants "
                   "--capacity-buffer-controller-enabled and "
                   "--capacity-buffer-pod-injection-enabled, Karpenter the feature gate "
                   "CapacityBuffer";
  return kept;
}

Result<HeadroomWriter::Kept> HeadroomWriter::Keep(const HeadroomOrder& order,
                                                  const capacity::NodesAheadSpec& ahead) {
  const Duration now = clock_.MonotonicNow();
  const auto [at, is_new] = seen_.try_emplace(KeyOf(*order.workload));
  Seen& seen = at->second;
  if (is_new) seen.first_at = now;
  if (seen.replicas == order.replicas && seen.owner_uid == order.owner_uid && now < seen.look_at)
    return seen.kept;
  seen.replicas = order.replicas;
  seen.owner_uid = order.owner_uid;
  seen.kept = Write(order, ahead, seen);
  // One that nobody has looked at yet is looked at sooner.
  const bool is_settled =
      seen.kept && seen.kept->problem.empty() && now >= seen.first_at + kHeededWithin;
  seen.look_at = now + (is_settled ? kLookAgain : kTryAgain);
  return seen.kept;
}

Result<void> HeadroomWriter::Delete(AheadMethod method, const ProfileKey& workload) {
  const auto gone = client_.Delete(PathOf(method, workload));
  if (!gone && gone.error().code != ErrorCode::kNotFound) return gone;
  there_[workload].erase(method);
  if (method == AheadMethod::kCapacityBuffer) emptied_at_.erase(workload);
  return {};
}

Result<bool> HeadroomWriter::IsEmptied(const ProfileKey& workload) {
  const Duration now = clock_.MonotonicNow();
  const auto emptied = emptied_at_.find(workload);
  if (emptied != emptied_at_.end()) return now >= emptied->second + kSeenEmptyWithin;
  const auto patched = client_.MergePatch(PathOf(AheadMethod::kCapacityBuffer, workload),
                                          json::object({{"spec", {{"replicas", 0}}}}));
  if (!patched && patched.error().code == ErrorCode::kNotFound) return true;
  if (!patched) return tl::unexpected<Error>(patched.error());
  emptied_at_[workload] = now;
  return false;
}

Result<void> HeadroomWriter::Remove(const ProfileKey& workload) {
  seen_.erase(workload);
  const std::set<AheadMethod> methods = there_[workload];
  for (const AheadMethod method : methods) {
    if (method == AheadMethod::kCapacityBuffer) {
      LC_TRY(const bool is_emptied, IsEmptied(workload));
      if (!is_emptied) continue;
    }
    LC_TRY_VOID(Delete(method, workload));
  }
  if (there_[workload].empty()) there_.erase(workload);
  return {};
}

Result<void> HeadroomWriter::FindOurs(AheadMethod method) {
  const auto list =
      client_.List({.type = TypeOf(method), .label_selector = std::string(kHeadroomLabel)});
  // Without the kind, or the right to read it, there is none of ours.
  if (!list && (list.error().code == ErrorCode::kNotFound ||
                list.error().code == ErrorCode::kPermissionDenied))
    return {};
  if (!list) return tl::unexpected<Error>(list.error());
  for (const json& object : list->items) {
    const ProfileKey key{TextAt(object, {"metadata", "namespace"}),
                         TextAt(object, {"metadata", "labels", kHeadroomLabel})};
    if (TextAt(object, {"metadata", "name"}) == HeadroomName({.name = key.name}))
      there_[key].insert(method);
  }
  return {};
}

Result<void> HeadroomWriter::RemoveOthers(const std::function<bool(const ProfileKey&)>& is_wanted) {
  if (!has_found_ours_) {
    LC_TRY_VOID(FindOurs(AheadMethod::kCapacityBuffer));
    LC_TRY_VOID(FindOurs(AheadMethod::kPlaceholderPods));
    has_found_ours_ = true;
  }
  std::vector<ProfileKey> unwanted;
  for (const auto& [key, methods] : there_)
    if (!is_wanted(key)) unwanted.push_back(key);
  for (const ProfileKey& key : unwanted) LC_TRY_VOID(Remove(key));
  return {};
}

}  // namespace loadcurve::kube
