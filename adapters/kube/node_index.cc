#include "adapters/kube/node_index.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/kube/json_fields.h"
#include "adapters/kube/pod_shape.h"
#include "base/time_text.h"

namespace loadcurve::kube {
namespace {

using capacity::ClusterNode;
using capacity::NoticeKind;
using capacity::ToldEnd;
using nlohmann::json;

// Taints that say that a node ends. Sources: the constants of aws-node-termination-handler
// (pkg/node/node.go), and GKE's documentation of graceful node shutdown.
constexpr std::array<std::pair<std::string_view, NoticeKind>, 4> kTellingTaints = {
    {{"aws-node-termination-handler/spot-itn", NoticeKind::kAwsInterruption},
     {"aws-node-termination-handler/asg-lifecycle-termination", NoticeKind::kAwsInterruption},
     {"aws-node-termination-handler/rebalance-recommendation", NoticeKind::kAwsRebalance},
     {"cloud.google.com/impending-node-termination", NoticeKind::kGcpPreemption}}};

void ReadEnd(const json& object, ClusterNode& node) {
  std::optional<ToldEnd>& told = node.told;
  if (const json* taints = FieldAt(object, {"spec", "taints"});
      taints != nullptr && taints->is_array())
    for (const json& taint : *taints)
      for (const auto& [key, kind] : kTellingTaints)
        if (TextAt(taint, {"key"}) == key) told = ToldEnd{.kind = kind, .is_standing = true};
  std::string text = TextAt(object, {"metadata", "annotations", kEndsAt});
  // What a leader before us knew.
  if (text.empty() && node.is_taken) text = TextAt(object, {"metadata", "annotations", kLeavesAt});
  if (text.empty()) return;
  const auto at = ParseTime(text);
  if (!at) {
    node.misread = text;
    return;
  }
  // A time is more than a recommendation.
  if (!told || told->kind == NoticeKind::kAwsRebalance) told = ToldEnd{};
  told->ends_at = *at;
}

bool HasTaint(const json& object, std::string_view key) {
  const json* const taints = FieldAt(object, {"spec", "taints"});
  return taints != nullptr && taints->is_array() &&
         std::ranges::any_of(*taints,
                             [&](const json& taint) { return TextAt(taint, {"key"}) == key; });
}

std::string ReadyState(const json& object) {
  const json* const conditions = FieldAt(object, {"status", "conditions"});
  if (conditions == nullptr || !conditions->is_array()) return "";
  for (const json& condition : *conditions)
    if (TextAt(condition, {"type"}) == "Ready") return TextAt(condition, {"status"});
  return "";
}

// "aws:///eu-1a/i-1" and Alibaba Cloud's "cn-hangzhou.i-1" are of instance i-1.
std::string InstanceOf(const std::string& provider_id) {
  const std::string last = provider_id.substr(provider_id.rfind('/') + 1);
  const std::size_t after_region = last.find(".i-");
  return after_region == std::string::npos ? last : last.substr(after_region + 1);
}

}  // namespace

ClusterNode ClusterNodeFrom(const json& object) {
  ClusterNode node{.name = TextAt(object, {"metadata", "name"})};
  const std::string provider_id = TextAt(object, {"spec", "providerID"});
  node.id = InstanceOf(provider_id);
  if (node.id.empty()) node.id = node.name;
  const std::string ready = ReadyState(object);
  node.is_ready = ready == "True";
  node.is_lost = ready == "Unknown";
  node.is_taken = HasTaint(object, kLeavingTaint);
  ReadEnd(object, node);
  return node;
}

void NodeIndex::OnNode(const WatchEvent& event) {
  std::optional<ClusterNode> node;
  if (event.kind == WatchEvent::Kind::kChanged && event.object != nullptr)
    node = ClusterNodeFrom(*event.object);
  const std::lock_guard lock(mutex_);
  if (event.kind == WatchEvent::Kind::kSynced) is_synced_ = true;
  if (event.kind == WatchEvent::Kind::kDeleted) nodes_.erase(event.key);
  if (!node) return;
  const auto known = nodes_.find(event.key);
  // Not ready any more, by its own word.
  const bool was_there = known != nodes_.end() && known->second.id == node->id &&
                         (known->second.is_ready || known->second.is_lost);
  node->is_lost = node->is_lost || (was_there && !node->is_ready);
  nodes_[event.key] = *std::move(node);
}

void NodeIndex::Drop(const std::string& pod) {
  const auto at = node_of_.find(pod);
  if (at == node_of_.end()) return;
  const auto on_node = pods_.find(at->second);
  on_node->second.erase(pod);
  if (on_node->second.empty()) pods_.erase(on_node);
  node_of_.erase(at);
}

void NodeIndex::OnPod(const WatchEvent& event) {
  if (event.kind == WatchEvent::Kind::kSynced) return;
  std::optional<capacity::DrainPod> pod;
  std::string node;
  std::string uid;
  if (event.kind == WatchEvent::Kind::kChanged && event.object != nullptr) {
    node = TextAt(*event.object, {"spec", "nodeName"});
    uid = TextAt(*event.object, {"metadata", "uid"});
    if (!node.empty()) pod = DrainPodOf(*event.object);
  }
  const std::lock_guard lock(mutex_);
  Drop(event.key);
  if (!pod) return;
  node_of_[event.key] = node;
  pods_[node][event.key] = {std::move(uid), *std::move(pod)};
}

bool NodeIndex::is_synced() const {
  const std::lock_guard lock(mutex_);
  return is_synced_;
}

std::vector<ClusterNode> NodeIndex::All() const {
  const std::lock_guard lock(mutex_);
  std::vector<ClusterNode> all;
  for (const auto& [name, node] : nodes_) {
    all.push_back(node);
    const auto pods = pods_.find(name);
    if (pods == pods_.end()) continue;
    for (const auto& [key, pod] : pods->second) all.back().pods.push_back(pod.pod);
  }
  return all;
}

std::optional<std::string> NodeIndex::UidOf(const std::string& node, const std::string& pod) const {
  const std::lock_guard lock(mutex_);
  const auto on_node = pods_.find(node);
  if (on_node == pods_.end()) return std::nullopt;
  const auto found = on_node->second.find(pod);
  return found == on_node->second.end() ? std::nullopt : std::optional(found->second.uid);
}

}  // namespace loadcurve::kube
