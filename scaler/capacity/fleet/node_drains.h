#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/units.h"
#include "scaler/capacity/capacity_provider.h"
#include "scaler/capacity/fleet/cluster_nodes.h"
#include "scaler/capacity/fleet/drain_plan.h"
#include "scaler/capacity/fleet/interruption.h"
#include "scaler/capacity/orders/call_budget.h"

namespace loadcurve::capacity {

struct DrainPolicy {
  PrecautionLimits precautions{};
  // Of calls to the API server; as many at once as hundreds of nodes that go together need.
  CallRate calls{.per_second = 100, .burst = 200};
  // Evictions of one run take no longer, so that notices that came meanwhile are heard.
  Duration longest_run = std::chrono::milliseconds(300);
  std::uint64_t seed = 1;
};

// What is there now.
struct DrainTick {
  Duration now{};    // monotonic
  TimePoint wall{};  // the same moment
  std::vector<ClusterNode> nodes{};
  std::vector<ProvidedNode> provided{};  // who is not among them is not ours
  std::set<std::string> unwanted{};      // ids of nodes that are to be emptied without a hurry
  bool is_replaced = false;              // there are nodes for those that may be lost
};

// A node that was taken out of service in this run.
struct TakenNode {
  std::string node;
  std::optional<NoticeKind> notice{};  // absent: it is unwanted
  Duration after{};                    // the notice was heard
};

// What a run did.
struct DrainNews {
  std::vector<TakenNode> taken{};
  std::vector<std::string> returned{};  // to service
  std::int64_t evicted = 0;
  std::int64_t refused = 0;  // by budgets
  std::int64_t forced = 0;   // deleted past budgets, since their node ends
  std::vector<Error> faults{};
};

// How one drain stands.
struct DrainStanding {
  std::string node;
  std::string id;
  DrainState state = DrainState::kDraining;
  std::size_t pods_left = 0;
  std::vector<std::string> alarms{};
};

// Hears of nodes that go, from their provider and from the nodes themselves, and empties them by
// NodeDrain: all taints of a run before any eviction. What a successor must know stands with the
// provider and on the nodes: a node that is out of service without a reason is returned.
//
// One thread runs it.
class NodeDrains {
 public:
  // `clock` measures how long a run takes. Both outlive it.
  NodeDrains(NodeActor& actor, const Clock& clock, const DrainPolicy& policy);

  // What is there now; asks and changes nothing.
  void Hear(const DrainTick& tick);
  // The nodes that are not to be counted on, the earliest end first.
  std::vector<NodeLoss> Losses(Duration now) const { return losses_.Losses(now, nodes_); }

  // After Hear() of the same tick.
  DrainNews Act(const DrainTick& tick);

  std::vector<DrainStanding> Standing() const;

 private:
  struct Drain {
    NodeDrain plan;
    std::string node;
    std::optional<NoticeKind> notice{};
    Duration noticed_at{};
    bool is_taken = false;
  };
  struct Heard {
    std::optional<Duration> ends_at{};  // monotonic
    std::optional<TimePoint> told{};    // the wall time that the node told of it
  };
  using Nodes = std::map<std::string, const ClusterNode*>;  // by id

  void HearOf(const std::string& id, NoticeKind kind, std::optional<Duration> ends_at,
              Duration now);
  void HearOfTold(const std::string& id, const ToldEnd& told, const DrainTick& tick);
  void Begin(const DrainTick& tick, const Nodes& nodes);
  void BeginOne(const ClusterNode& node, const NodeLoss* loss, const DrainTick& tick);
  void End(const DrainTick& tick, const Nodes& nodes, DrainNews& news);
  void Return(const std::string& node, DrainNews& news);
  void Do(const DrainAct& act, const DrainTick& tick, DrainNews& news);
  void Take(Drain& drain, const DrainAct& act, const DrainTick& tick, DrainNews& news);
  void Evict(Drain& drain, const DrainAct& act, const DrainTick& tick, DrainNews& news);

  NodeActor& actor_;
  const Clock& clock_;
  DrainPolicy policy_;
  CallBudget budget_;
  Interruptions losses_;
  std::int64_t nodes_ = 0;
  // Each notice is heard once: a taint of it stays on the node.
  std::map<std::pair<std::string, NoticeKind>, Heard> heard_;
  std::map<std::string, Drain> drains_;  // by id
};

}  // namespace loadcurve::capacity
