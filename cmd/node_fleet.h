#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "adapters/kube/capacity_profile_status.h"
#include "adapters/kube/kube_client.h"
#include "adapters/kube/kube_node_actor.h"
#include "adapters/kube/kube_order_journal.h"
#include "adapters/kube/node_index.h"
#include "base/clock.h"
#include "cmd/fault_log.h"
#include "cmd/node_provider.h"
#include "scaler/capacity/capacity_profile.h"
#include "scaler/capacity/fleet/fleet.h"

namespace loadcurve {

// For whom nodes are bought, and how many they need.
struct FleetOrder {
  std::string profile_name;
  capacity::CapacityProfile profile;  // with a provider
  std::optional<capacity::NodeDemand> demand{};
  bool may_shrink = false;
  std::string left_out{};  // workloads of which too little is known, in words
};

// What a CapacityProfile's status says of it.
struct FleetReport {
  kube::NodePlanStatus nodes;
  std::map<kube::CapacityConditionType, kube::ProfileCondition> conditions;
};

// The fleet of the CapacityProfile that buys nodes. For the leader alone; what it knew is let go
// with the lease. It runs in two threads of its own: a notice cannot wait for a step of the loop,
// nor a taint for the answer to an order, which takes a cloud seconds. All but Run() is
// thread-safe.
class NodeFleet {
 public:
  using LeaderToken = kube::KubeOrderJournal::LeaderToken;

  // By `client` all is written, while `token` gives one. Both outlive it.
  NodeFleet(kube::KubeClient& client, LeaderToken token, const Clock& clock);
  ~NodeFleet();

  // Of watches of all nodes and pods.
  void OnNode(const kube::WatchEvent& event) { nodes_.OnNode(event); }
  void OnPod(const kube::WatchEvent& event) { nodes_.OnPod(event); }
  // Whether a profile wants to know of nodes at all.
  bool WantsNodes() const { return wants_nodes_; }

  // After each step of the loop; absent: no profile buys nodes.
  void Use(std::optional<FleetOrder> order);
  // Of that profile; absent before it was looked at.
  std::optional<FleetReport> ReportOf(const std::string& profile_name) const;

  // Plans, orders, drains.
  void Run(const std::stop_token& stop);
  // Takes nodes under notice out of service; Run() does the rest.
  void RunTaints(const std::stop_token& stop);

 private:
  struct Running;

  std::optional<std::pair<FleetOrder, std::uint64_t>> Ordered() const;
  void Begin(const FleetOrder& order);
  void Step(const FleetOrder& order, std::uint64_t version);
  void Log(const capacity::FleetNews& news);
  FleetReport ReportOn(const FleetOrder& order) const;
  void Taint(const NodeProvider& cloud);
  void TaintOne(const capacity::ClusterNode& node, TimePoint ends_at);

  kube::KubeClient& client_;
  LeaderToken token_;
  const Clock& clock_;
  kube::NodeIndex nodes_;
  kube::KubeNodeActor actor_;
  kube::KubeOrderJournal journal_;
  std::atomic<bool> wants_nodes_ = false;

  mutable std::mutex mutex_;
  std::optional<FleetOrder> order_;
  std::uint64_t version_ = 0;
  Duration used_at_{};
  std::map<std::string, FleetReport> reports_;  // by profile
  std::set<std::string> ours_;                  // ids of nodes that the provider lists

  std::unique_ptr<Running> running_;  // of Run() alone
  FaultLog faults_;
  std::string last_order_;
  FaultLog taint_faults_;  // of RunTaints() alone
};

}  // namespace loadcurve
