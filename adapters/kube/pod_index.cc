#include "adapters/kube/pod_index.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "adapters/kube/json_fields.h"
#include "adapters/kube/pod_cpu.h"
#include "adapters/kube/pod_shape.h"
#include "base/time_text.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

constexpr double kQuantile = 0.95;
constexpr std::size_t kEnough = 3;

// Where controllers keep the hash of the template: Deployment, Argo Rollout, and StatefulSet
// and DaemonSet.
constexpr std::array<std::string_view, 3> kRevisionLabels = {
    "pod-template-hash", "rollouts-pod-template-hash", "controller-revision-hash"};

// Whose pod it is. The name of a ReplicaSet is that of its Deployment and the revision, which is
// taken off: pods of a Deployment have one owner, also while it rolls out, and those of another one
// whose labels the selector matches too, as of a canary, do not.
std::string OwnerOf(const json& object, const std::string& revision) {
  const json* const owners = FieldAt(object, {"metadata", "ownerReferences"});
  if (owners == nullptr || !owners->is_array()) return "";
  for (const json& owner : *owners) {
    const json* const is_controller = FieldAt(owner, {"controller"});
    if (is_controller == nullptr || *is_controller != true) continue;
    std::string name = TextAt(owner, {"name"});
    if (!revision.empty() && name.ends_with("-" + revision))
      name.resize(name.size() - revision.size() - 1);
    return TextAt(owner, {"kind"}) + "/" + name;
  }
  return "";
}

bool HasRestarted(const json& object) {
  const json* containers = FieldAt(object, {"status", "containerStatuses"});
  if (containers == nullptr || !containers->is_array()) return false;
  return std::ranges::any_of(*containers, [](const json& container) {
    return WholeAt(container, {"restartCount"}).value_or(0) > 0;
  });
}

std::optional<Duration> QuantileOf(std::vector<Duration> spans) {
  if (spans.empty()) return std::nullopt;
  const auto rank =
      static_cast<std::size_t>(std::ceil(kQuantile * static_cast<double>(spans.size()) - 1e-9));
  const auto at = spans.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(spans.begin(), at, spans.end());
  return *at;
}

}  // namespace

PodIndex::Pod PodIndex::PodOf(const json& object) {
  Pod pod;
  pod.uid = TextAt(object, {"metadata", "uid"});
  pod.created = ParseTime(TextAt(object, {"metadata", "creationTimestamp"})).value_or(TimePoint());
  if (const json* labels = FieldAt(object, {"metadata", "labels"});
      labels != nullptr && labels->is_object()) {
    for (const auto& [name, value] : labels->items())
      if (value.is_string()) pod.labels.emplace_back(name, value.get<std::string>());
  }
  for (const auto& [name, value] : pod.labels) {
    if (std::ranges::find(kRevisionLabels, name) != std::end(kRevisionLabels)) pod.revision = value;
  }
  pod.owner = OwnerOf(object, pod.revision);
  pod.node = TextAt(object, {"spec", "nodeName"});
  pod.cpu = RequestedCpu(object);
  pod.containers = ResourcesOf(object);
  pod.placement = PlacementOf(object);
  const std::string phase = TextAt(object, {"status", "phase"});
  pod.is_counted = phase != "Succeeded" && phase != "Failed" &&
                   FieldAt(object, {"metadata", "deletionTimestamp"}) == nullptr;
  const json* conditions = FieldAt(object, {"status", "conditions"});
  if (conditions == nullptr || !conditions->is_array()) return pod;
  for (const json& condition : *conditions) {
    if (TextAt(condition, {"type"}) != "Ready" || TextAt(condition, {"status"}) != "True") continue;
    pod.is_ready = pod.is_counted;
    const auto since = ParseTime(TextAt(condition, {"lastTransitionTime"}));
    // Clocks of a node and of the API server may disagree by more than a start takes.
    if (since && !HasRestarted(object)) pod.startup = std::max(Duration(0), *since - pod.created);
  }
  return pod;
}

void PodIndex::OnEvent(const WatchEvent& event) {
  const std::string space = event.key.substr(0, event.key.find('/'));
  std::optional<Pod> pod;
  if (event.kind == WatchEvent::Kind::kChanged && event.object != nullptr)
    pod = PodOf(*event.object);
  const std::lock_guard lock(mutex_);
  if (event.kind == WatchEvent::Kind::kSynced) is_synced_ = true;
  if (event.kind == WatchEvent::Kind::kDeleted) {
    pods_[space].erase(event.key);
    if (pods_[space].empty()) pods_.erase(space);
  }
  if (!pod) return;
  Pod& known = pods_[space][event.key];
  const bool is_same = known.uid == pod->uid;
  if (is_same && known.startup) pod->startup = known.startup;
  known = *std::move(pod);
}

bool PodIndex::is_synced() const {
  const std::lock_guard lock(mutex_);
  return is_synced_;
}

std::map<std::string, std::string> PodIndex::NodesOf(const std::string& namespace_name,
                                                     const LabelSelector& selector) const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::string> nodes;
  const auto space = pods_.find(namespace_name);
  if (space == pods_.end()) return nodes;
  for (const auto& [key, pod] : space->second)
    if (pod.is_counted && selector.Matches(pod.labels))
      nodes[key.substr(key.find('/') + 1)] = pod.node;
  return nodes;
}

PodSummary PodIndex::Of(const std::string& namespace_name, const LabelSelector& selector) const {
  const std::lock_guard lock(mutex_);
  PodSummary summary;
  const auto space = pods_.find(namespace_name);
  if (space == pods_.end()) return summary;
  std::vector<const Pod*> pods;
  for (const auto& [key, pod] : space->second) {
    if (pod.is_counted && selector.Matches(pod.labels)) pods.push_back(&pod);
  }
  const auto newest = std::ranges::max_element(
      pods, [](const Pod* a, const Pod* b) { return a->created < b->created; });
  if (newest != pods.end()) {
    summary.revision = (*newest)->revision;
    summary.cpu = (*newest)->cpu;
    summary.containers = (*newest)->containers;
    summary.placement = (*newest)->placement;
    summary.marks = {namespace_name, {(*newest)->labels.begin(), (*newest)->labels.end()}};
  }

  std::map<std::string_view, std::string_view> revision_of;  // by owner
  std::vector<Duration> all;
  std::vector<Duration> of_newest;
  for (const Pod* pod : pods) {
    const bool is_newest = pod->revision == summary.revision;
    summary.total = summary.total + Replicas(1);
    summary.claims.insert(pod->placement.claims);
    if (pod->is_ready) summary.ready = summary.ready + Replicas(1);
    const auto known = revision_of.try_emplace(pod->owner, pod->revision).first;
    if (known->second != pod->revision) summary.is_rolling_out = true;
    if (!pod->startup) continue;
    all.push_back(*pod->startup);
    if (is_newest) of_newest.push_back(*pod->startup);
  }
  summary.startup_p95 =
      QuantileOf(of_newest.size() >= kEnough ? std::move(of_newest) : std::move(all));
  return summary;
}

}  // namespace loadcurve::kube
