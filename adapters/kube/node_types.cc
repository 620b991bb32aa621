#include "adapters/kube/node_types.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "adapters/kube/json_fields.h"

namespace loadcurve::kube {
namespace {

constexpr Duration kKnownFor = std::chrono::hours(1);
constexpr Duration kUnknownFor = std::chrono::minutes(1);

}  // namespace

std::string NodeTypes::TypeOf(const std::string& node, int& asked) {
  if (node.empty()) return "";
  const Duration now = clock_.MonotonicNow();
  {
    const std::lock_guard lock(mutex_);
    const auto known = types_.find(node);
    if (known != types_.end() && now < known->second.until) return known->second.type;
  }
  if (asked >= kMostAsked) return "";
  ++asked;
  const auto object = client_.Get({kNodes, "", node, ""});
  const std::string type =
      object ? TextAt(*object, {"metadata", "labels", "node.kubernetes.io/instance-type"}) : "";
  const std::lock_guard lock(mutex_);
  std::erase_if(types_, [&](const auto& known) { return now >= known.second.until + kKnownFor; });
  types_[node] = {type, now + (object ? kKnownFor : kUnknownFor)};
  return type;
}

std::vector<PodGroup> NodeTypes::GroupsOf(const std::map<std::string, Replicas>& pods_by_node) {
  std::map<std::string, Replicas> by_type;
  int asked = 0;
  for (const auto& [node, pods] : pods_by_node) {
    Replicas& sum = by_type[TypeOf(node, asked)];
    sum = sum + pods;
  }
  std::vector<PodGroup> groups;
  for (const auto& [type, pods] : by_type) groups.push_back({type, pods});
  return groups;
}

}  // namespace loadcurve::kube
