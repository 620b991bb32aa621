#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

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
#include "scaler/capacity/orders/pool_share.h"
#include "scaler/replica_mix.h"

namespace loadcurve {

// For whom nodes are bought, and how many they need.
struct FleetOrder {
  std::string profile_name;
  capacity::CapacityProfile profile;  // with a provider
  std::optional<capacity::NodeDemand> demand{};
  bool may_shrink = false;
  capacity::LossRecord seen{};  // of losses of spot, by whoever led before
  std::string left_out{};       // workloads of which too little is known, in words
  // Pools that belong to other profiles, and of those stated here the ones among them.
  capacity::PoolsOfOthers others{};
  InstanceSpeeds speeds{};  // of families, as they were learnt
};

// What a CapacityProfile's status says of it.
struct FleetReport {
  kube::NodePlanStatus nodes;
  std::map<kube::CapacityConditionType, kube::ProfileCondition> conditions;
};

// The fleet of one CapacityProfile that buys nodes. For the leader alone; what it knew is let go
// with the lease. It runs in two threads: a notice cannot wait for a step of the loop, nor a taint
// for the answer to an order, which takes a cloud seconds. All but Run() and RunNotices() is
// thread-safe.
class NodeFleet {
 public:
  using LeaderToken = kube::KubeOrderJournal::LeaderToken;

  // By `client` all is written, while `token` gives one; `nodes` are those of the cluster. All
  // outlive it.
  NodeFleet(kube::KubeClient& client, LeaderToken token, const kube::NodeIndex& nodes,
            const Clock& clock);
  ~NodeFleet();

  // After each step of the loop.
  void Use(FleetOrder order);
  // Absent before it was looked at.
  std::optional<FleetReport> report() const;

  // Plans, orders, drains.
  void Run(const std::stop_token& stop);
  // Lists the provider's nodes for both, and takes nodes under notice out of service; Run() does
  // the rest.
  void RunNotices(const std::stop_token& stop);

 private:
  struct Running;
  struct Asking;
  struct Listed {
    capacity::NodeProviderSpec of;
    std::shared_ptr<const capacity::NodeListing> listing;
  };

  std::optional<std::pair<FleetOrder, std::uint64_t>> Ordered() const;
  void Begin(const FleetOrder& order);
  void Step(const FleetOrder& order, std::uint64_t version);
  void Log(const capacity::FleetNews& news);
  FleetReport ReportOn(const FleetOrder& order) const;
  // Whether it was time for a list.
  bool List(const FleetOrder& order, Asking& asking);
  std::shared_ptr<const capacity::NodeListing> ListingOf(const FleetOrder& order) const;
  // False where one was refused.
  bool Taint(const std::vector<capacity::ProvidedNode>& listed);
  bool TaintOne(const capacity::ClusterNode& node, TimePoint ends_at);

  LeaderToken token_;
  const kube::NodeIndex& nodes_;
  const Clock& clock_;
  kube::KubeNodeActor actor_;
  kube::KubeOrderJournal journal_;

  mutable std::mutex mutex_;
  std::optional<FleetOrder> order_;
  std::uint64_t version_ = 0;
  Duration used_at_{};
  std::optional<FleetReport> report_;
  std::optional<Listed> listed_;

  std::unique_ptr<Running> running_;  // of Run() alone
  FaultLog faults_;
  std::string last_order_;
  std::set<std::string> released_;  // of which it was told
  FaultLog taint_faults_;           // of RunNotices() alone
};

}  // namespace loadcurve
