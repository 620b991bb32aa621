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

std::map<std::string, std::string> NodeTypes::TypesOf(
    const std::map<std::string, std::string>& nodes) {
  std::map<std::string, std::string> types;
  std::map<std::string, std::string> of_node;
  int asked = 0;
  for (const auto& [pod, node] : nodes) {
    const auto [known, is_new] = of_node.try_emplace(node);
    if (is_new) known->second = TypeOf(node, asked);
    types[pod] = known->second;
  }
  return types;
}

}  // namespace loadcurve::kube
