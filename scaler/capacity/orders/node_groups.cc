#include "scaler/capacity/orders/node_groups.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace loadcurve::capacity {
namespace {

constexpr Duration kMostListAge = std::chrono::minutes(5);
constexpr std::string_view kMissing = "missing-";

tl::unexpected<Error> NoGroup(const std::string& group) {
  return Fail(ErrorCode::kNotFound, "there is no node group '" + group + "'");
}

std::string Text(std::int64_t number) {
  return std::to_string(number);
}

}  // namespace

NodeGroups::NodeGroups(std::vector<CapacityOffer> pools, std::string run) : run_(std::move(run)) {
  UsePools(std::move(pools));
}

void NodeGroups::UsePools(std::vector<CapacityOffer> pools) {
  pools_ = std::move(pools);
  std::map<std::string, Group> groups;
  for (const CapacityOffer& pool : pools_) groups[pool.pool] = std::move(groups_[pool.pool]);
  groups_ = std::move(groups);
}

Result<const NodeGroups::Group*> NodeGroups::Known(const std::string& group) const {
  const auto found = groups_.find(group);
  if (found == groups_.end()) return NoGroup(group);
  if (!found->second.target)
    return Fail(ErrorCode::kUnavailable,
                "node group '" + group + "': what nodes there are is not known yet");
  return &found->second;
}

// ---- what there is

Result<std::int64_t> NodeGroups::TargetOf(const std::string& group) const {
  LC_TRY(const Group* known, Known(group));
  return *known->target;
}

Result<std::vector<GroupInstance>> NodeGroups::InstancesOf(const std::string& group) const {
  LC_TRY(const Group* known, Known(group));
  std::vector<GroupInstance> instances;
  for (const auto& [id, state] : known->nodes) {
    if (known->gone.contains(id)) continue;
    instances.push_back({id, known->leaving.contains(id) ? NodeState::kLeaving : state});
  }
  for (const std::string& id : known->missing)
    instances.push_back({id, NodeState::kBooting, known->shortfall, known->why_missing});
  return instances;
}

const CapacityOffer* NodeGroups::GroupOfNode(const std::string& node_id) const {
  for (const CapacityOffer& pool : pools_) {
    const Group& group = groups_.at(pool.pool);
    if (group.nodes.contains(node_id) && !group.gone.contains(node_id)) return &pool;
  }
  return nullptr;
}

Result<void> NodeGroups::IsCurrent(Duration now) const {
  if (stopped_) return tl::unexpected<Error>(*stopped_);
  if (listed_at_ && now - *listed_at_ <= kMostListAge) return {};
  return Fail(ErrorCode::kUnavailable, "the provider has not listed its nodes for five minutes");
}

// ---- what is wanted

Result<void> NodeGroups::Increase(const std::string& group, std::int64_t delta) {
  LC_TRY(const Group* known, Known(group));
  const auto pool = std::ranges::find(pools_, group, &CapacityOffer::pool);
  if (delta <= 0 || *known->target + delta > pool->most_nodes)
    return Fail(ErrorCode::kInvalidArgument,
                "node group '" + group + "' has a target of " + Text(*known->target) +
                    " and is to get " + Text(delta) + " more; expected 1 or more, and at most " +
                    Text(pool->most_nodes) + " in all");
  *groups_[group].target += delta;
  return {};
}

Result<void> NodeGroups::Decrease(const std::string& group, std::int64_t delta) {
  LC_TRY(const Group* known, Known(group));
  if (delta >= 0)
    return Fail(ErrorCode::kInvalidArgument, "node group '" + group + "' is to be lowered by " +
                                                 Text(delta) + "; expected a number below 0");
  if (*known->target + delta < known->live)
    return Fail(ErrorCode::kConflict, "node group '" + group + "' has a target of " +
                                          Text(*known->target) + ", and " + Text(known->live) +
                                          " nodes are there or on order: lowering it by " +
                                          Text(-delta) + " would delete some");
  Group& lowered = groups_[group];
  *lowered.target += delta;
  const auto wanted = static_cast<std::size_t>(*lowered.target - lowered.live);
  if (lowered.missing.size() > wanted) lowered.missing.resize(wanted);
  return {};
}

Result<void> NodeGroups::Delete(const std::string& group, const std::vector<std::string>& ids) {
  LC_TRY(const Group* known, Known(group));
  for (const std::string& id : ids)
    if (!known->nodes.contains(id) && !known->gone.contains(id) && !id.starts_with(kMissing))
      return Fail(ErrorCode::kInvalidArgument,
                  "node group '" + group + "' has no node '" + id + "'");
  Group& lowered = groups_[group];
  for (const std::string& id : ids) {
    const bool was_missing = std::erase(lowered.missing, id) > 0;
    const bool leaves = lowered.nodes.contains(id) && !lowered.gone.contains(id) &&
                        lowered.leaving.insert(id).second;
    // One that is interrupted is not counted on already.
    const bool was_counted = leaves && IsStaying(lowered.nodes.at(id));
    if (was_missing || was_counted) --*lowered.target;
    if (was_counted) --lowered.live;
  }
  return {};
}

Result<void> NodeGroups::Deleted(const std::string& group,
                                 const std::vector<std::string>& ids) const {
  LC_TRY(const Group* known, Known(group));
  for (const std::string& id : ids)
    if (known->nodes.contains(id) && !known->gone.contains(id))
      return Fail(ErrorCode::kUnavailable,
                  "node '" + id + "' of '" + group + "' is not given back: " + why_kept_);
  return {};
}

// ---- turns

OrderTick NodeGroups::Next(Duration now) const {
  OrderTick tick{.now = now, .offers = pools_};
  std::vector<PoolWish> wishes;
  for (const auto& [name, group] : groups_) {
    if (group.target) wishes.push_back({name, *group.target});
    tick.given_back.insert(tick.given_back.end(), group.leaving.begin(), group.leaving.end());
  }
  tick.plan = [wishes](const OrderView&) { return wishes; };
  return tick;
}

void NodeGroups::Learn(const GroupTurn& turn) {
  if (turn.nodes) listed_at_ = turn.tick.now;
  stopped_.reset();
  for (const Error& fault : turn.report.faults)
    if (fault.code == ErrorCode::kConflict || fault.code == ErrorCode::kCancelled) stopped_ = fault;
  why_kept_ = turn.report.faults.empty() ? "calls to the provider are paused"
                                         : turn.report.faults.back().message;
  for (auto& [name, group] : groups_) LearnGroup(name, group, turn);
}

void NodeGroups::LearnGroup(const std::string& name, Group& group, const GroupTurn& turn) {
  LearnDeletions(group, turn);
  if (turn.nodes) {
    group.nodes.clear();
    for (const ProvidedNode& node : *turn.nodes)
      if (node.pool == name) group.nodes[node.id] = node.state;
    std::erase_if(group.leaving, [&](const auto& id) { return !group.nodes.contains(id); });
  }
  // Lists are of before the orders of a turn: what these brought is in the counts.
  const auto counts = turn.report.view.counts.find(name);
  const PoolCount count = counts == turn.report.view.counts.end() ? PoolCount() : counts->second;
  const auto staying = [&](bool leaves) {
    return std::ranges::count_if(group.nodes, [&](const auto& node) {
      return IsStaying(node.second) && !group.gone.contains(node.first) &&
             group.leaving.contains(node.first) == leaves;
    });
  };
  group.live = std::max<std::int64_t>(count.held + count.pending - staying(true), staying(false));
  if (!group.target && !turn.nodes) return;
  group.target = std::max(group.target.value_or(0), group.live);
  const auto closed = turn.report.view.limits.closed.find(name);
  const auto unmet = turn.report.unmet.find(name);
  if (closed == turn.report.view.limits.closed.end() || unmet == turn.report.unmet.end())
    return NameMissing(group, 0);
  group.shortfall = closed->second.shortfall;
  group.why_missing = closed->second.why;
  const std::int64_t lacking = std::min(unmet->second, *group.target - group.live);
  NameMissing(group, static_cast<std::size_t>(std::max<std::int64_t>(lacking, 0)));
}

void NodeGroups::LearnDeletions(Group& group, const GroupTurn& turn) {
  for (const std::string& id : turn.tick.given_back) {
    if (group.leaving.erase(id) == 0) continue;
    if (turn.report.retired > 0) {
      group.gone.insert(id);
    } else if (const auto node = group.nodes.find(id);
               node != group.nodes.end() && IsStaying(node->second)) {
      ++*group.target;
    }
  }
  // Ids are not given twice: what is not listed any more needs no memory, but for a while.
  constexpr std::size_t kMostRemembered = 10'000;
  while (group.gone.size() > kMostRemembered) group.gone.erase(group.gone.begin());
}

void NodeGroups::NameMissing(Group& group, std::size_t count) {
  if (group.missing.size() > count) group.missing.resize(count);
  while (group.missing.size() < count)
    group.missing.push_back(std::string(kMissing) + run_ + "-" + Text(++named_));
}

}  // namespace loadcurve::capacity
