#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "scaler/capacity/fleet/cluster_nodes.h"

namespace loadcurve::capacity {

// A little cluster: nodes and pods on them, that can be taken, returned and emptied.
class RecordingNodeActor final : public NodeActor {
 public:
  [[nodiscard]] Result<void> Take(const std::string& node,
                                  std::optional<TimePoint> ends_at) override {
    if (fault) return tl::unexpected<Error>(*fault);
    if (!nodes.contains(node)) return Fail(ErrorCode::kNotFound, "there is no node " + node);
    did.push_back("take " + node);
    nodes[node].is_taken = true;
    if (ends_at) nodes[node].told = ToldEnd{.ends_at = ends_at};
    return {};
  }
  [[nodiscard]] Result<void> Return(const std::string& node) override {
    did.push_back("return " + node);
    nodes[node].is_taken = false;
    nodes[node].told.reset();
    return {};
  }
  [[nodiscard]] Result<EvictionAnswer> Evict(const std::string& node,
                                             const std::string& pod) override {
    did.push_back("evict " + pod);
    if (blocked.contains(pod)) return EvictionAnswer{.status = 429, .message = "budget of " + pod};
    Remove(node, pod);
    return EvictionAnswer{.status = 201};
  }
  [[nodiscard]] Result<void> Delete(const std::string& node, const std::string& pod) override {
    did.push_back("delete " + pod);
    Remove(node, pod);
    return {};
  }

  void Add(const std::string& name, std::vector<std::string> pods = {}) {
    ClusterNode node{.name = name, .id = name, .is_ready = true};
    for (const std::string& pod : pods) node.pods.push_back({.name = pod});
    nodes[name] = node;
  }
  std::vector<ClusterNode> All() const {
    std::vector<ClusterNode> all;
    for (const auto& [name, node] : nodes) all.push_back(node);
    return all;
  }

  std::map<std::string, ClusterNode> nodes;
  std::set<std::string> blocked;  // pods, by budgets
  std::vector<std::string> did;
  std::optional<Error> fault;  // of taking

 private:
  void Remove(const std::string& node, const std::string& pod) {
    std::erase_if(nodes[node].pods, [&](const DrainPod& one) { return one.name == pod; });
  }
};

}  // namespace loadcurve::capacity
