#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "scaler/capacity/orders/order_runner.h"

namespace loadcurve::capacity {

// What an autoscaler of nodes sees in a group: a node, or one that was asked for and cannot be had.
struct GroupInstance {
  std::string id;  // as the provider has it; "missing-..." of one that is missing
  NodeState state = NodeState::kBooting;
  // Why it cannot be had, in the provider's words; kNone: it is there.
  Shortfall shortfall = Shortfall::kNone;
  std::string why_missing{};
};

// What one run of the orders found out.
struct GroupTurn {
  OrderTick tick{};
  OrderReport report{};
  std::optional<std::vector<ProvidedNode>> nodes{};  // as listed in this run; absent: they were not
};

// Pools as an autoscaler of nodes knows node groups: each has a target, which the autoscaler raises
// and lowers, and nodes, which it names to be deleted. What is to be done about it an OrderRunner
// is told, turn by turn:
//
//   Next() -> OrderRunner::Run() -> Learn()
//
// A group keeps its target: a node that is lost is bought again, one that is interrupted is
// replaced before it goes. What a pool cannot give now stands among its instances as missing, each
// with an id of its own, until it can or until it is deleted by that id. A target is never below
// what is there or on order, so lowering it deletes no node. Where a journal was lost, what is
// listed is the target.
//
// Not thread-safe; asks nobody.
class NodeGroups {
 public:
  // `run` tells ids of missing nodes from those of another process.
  NodeGroups(std::vector<CapacityOffer> pools, std::string run);

  // From the next turn on. What is known of pools that stay is kept.
  void UsePools(std::vector<CapacityOffer> pools);
  const std::vector<CapacityOffer>& pools() const { return pools_; }

  // kNotFound: there is no such group. kUnavailable: no list of nodes came yet.
  [[nodiscard]] Result<std::int64_t> TargetOf(const std::string& group) const;
  [[nodiscard]] Result<std::vector<GroupInstance>> InstancesOf(const std::string& group) const;
  // The group of a node that is listed; null: of none.
  const CapacityOffer* GroupOfNode(const std::string& node_id) const;

  // `delta` > 0; kInvalidArgument where the target would be beyond what the pool may hold.
  [[nodiscard]] Result<void> Increase(const std::string& group, std::int64_t delta);
  // `delta` < 0; kConflict where nodes would have to go.
  [[nodiscard]] Result<void> Decrease(const std::string& group, std::int64_t delta);
  // Lowers the target by these; those that are missing are gone at once, nodes with the next turn.
  // Those that are gone already change nothing. kInvalidArgument, and nothing is done, where one is
  // not of this group.
  [[nodiscard]] Result<void> Delete(const std::string& group, const std::vector<std::string>& ids);
  // After the turn that followed: why one of them is still there. It is then in service again, and
  // not deleted later behind the autoscaler's back.
  [[nodiscard]] Result<void> Deleted(const std::string& group,
                                     const std::vector<std::string>& ids) const;

  OrderTick Next(Duration now) const;
  void Learn(const GroupTurn& turn);
  // kUnavailable where the last list of nodes is older than five minutes, or never came; kConflict
  // where another has the journal now.
  [[nodiscard]] Result<void> IsCurrent(Duration now) const;

 private:
  struct Group {
    std::optional<std::int64_t> target{};  // absent: not known yet
    std::int64_t live = 0;                 // there or on order
    std::map<std::string, NodeState> nodes{};
    std::vector<std::string> missing{};  // ids
    Shortfall shortfall = Shortfall::kNone;
    std::string why_missing{};
    std::set<std::string> leaving{};  // to be given back by the next turn
    std::set<std::string> gone{};     // given back
  };

  [[nodiscard]] Result<const Group*> Known(const std::string& group) const;
  void LearnGroup(const std::string& name, Group& group, const GroupTurn& turn);
  void LearnDeletions(Group& group, const GroupTurn& turn);
  void NameMissing(Group& group, std::size_t count);

  std::vector<CapacityOffer> pools_;
  std::string run_;
  std::map<std::string, Group> groups_;
  std::int64_t named_ = 0;  // missing nodes that were given an id
  std::optional<Duration> listed_at_;
  std::optional<Error> stopped_;  // by the last turn
  std::string why_kept_;          // why nodes were not given back by the last turn
};

}  // namespace loadcurve::capacity
