#include "scaler/capacity/fleet/node_drains.h"

#include <algorithm>

namespace loadcurve::capacity {
namespace {

std::map<std::string, const ClusterNode*> ById(const std::vector<ClusterNode>& nodes) {
  std::map<std::string, const ClusterNode*> by_id;
  for (const ClusterNode& node : nodes) by_id[node.id] = &node;
  return by_id;
}

}  // namespace

NodeDrains::NodeDrains(NodeActor& actor, const Clock& clock, const DrainPolicy& policy)
    : actor_(actor),
      clock_(clock),
      policy_(policy),
      budget_(policy.calls, policy.seed),
      losses_(policy.precautions) {}

void NodeDrains::HearOf(const std::string& id, NoticeKind kind, std::optional<Duration> ends_at,
                        Duration now) {
  const auto [heard, is_new] = heard_.try_emplace({id, kind}, Heard{.ends_at = ends_at});
  std::optional<Duration>& known = heard->second.ends_at;
  const bool is_sooner = !is_new && ends_at && (!known || *ends_at < *known);
  if (!is_new && !is_sooner) return;
  known = ends_at;
  losses_.OnNotice({.node_id = id, .kind = kind, .seen_at = now, .ends_at = ends_at});
}

// A wall time is translated when it is told: a clock that jumps later moves no deadline.
void NodeDrains::HearOfTold(const std::string& id, const ToldEnd& told, const DrainTick& tick) {
  const auto heard = heard_.find({id, told.kind});
  if (heard != heard_.end() && heard->second.told == told.ends_at) return;
  HearOf(id, told.kind,
         told.ends_at ? std::optional(tick.now + (*told.ends_at - tick.wall)) : std::nullopt,
         tick.now);
  heard_[{id, told.kind}].told = told.ends_at;
}

void NodeDrains::Hear(const DrainTick& tick) {
  const Nodes nodes = ById(tick.nodes);
  nodes_ = static_cast<std::int64_t>(tick.provided.size());
  std::set<std::string> ours;
  std::set<std::string> interrupted;
  for (const ProvidedNode& node : tick.provided) {
    ours.insert(node.id);
    if (node.state != NodeState::kInterrupted) continue;
    interrupted.insert(node.id);
    HearOf(node.id, NoticeKind::kAwsInterruption,
           node.ends_in ? std::optional(tick.now + *node.ends_in) : std::nullopt, tick.now);
  }
  for (const auto& [id, node] : nodes) {
    if (!ours.contains(id)) continue;
    if (node->told) HearOfTold(id, *node->told, tick);
    if (node->is_lost) HearOf(id, NoticeKind::kNotReady, std::nullopt, tick.now);
  }
  // Gone, or here to stay.
  std::erase_if(heard_, [&](const auto& notice) {
    const auto& [id, kind] = notice.first;
    const auto node = nodes.find(id);
    const bool is_gone = !ours.contains(id);
    const bool is_back =
        kind == NoticeKind::kNotReady && node != nodes.end() && node->second->is_ready;
    const bool was_false = notice.second.ends_at && WasFalse(tick.now - *notice.second.ends_at) &&
                           !interrupted.contains(id);
    if (is_gone || is_back || was_false) losses_.OnResolved(id);
    return is_gone || is_back || was_false;
  });
}

void NodeDrains::BeginOne(const ClusterNode& node, const NodeLoss* loss, const DrainTick& tick) {
  const bool is_certain = loss != nullptr && loss->response == LossResponse::kDrain;
  const auto known = drains_.find(node.id);
  if (known == drains_.end()) {
    // What is lost already is only replaced.
    if (loss != nullptr && loss->response == LossResponse::kReplace) return;
    DrainTerms terms{.node_id = node.id, .pods = node.pods, .begun_at = tick.now};
    if (is_certain) terms.deadline = loss->deadline;
    terms.waits_for_replacement = loss != nullptr && !is_certain;
    drains_.emplace(node.id, Drain{.plan = NodeDrain(std::move(terms)),
                                   .node = node.name,
                                   .notice = loss ? std::optional(loss->kind) : std::nullopt,
                                   .noticed_at = loss ? loss->noticed_at : tick.now});
    return;
  }
  Drain& drain = known->second;
  drain.plan.OnPods(node.pods);
  if (tick.is_replaced) drain.plan.OnReplacementReady();
  if (!is_certain || drain.plan.deadline() == loss->deadline) return;
  drain.plan.OnDeadline(loss->deadline);
  drain.notice = loss->kind;
}

void NodeDrains::Begin(const DrainTick& tick, const Nodes& nodes) {
  std::set<std::string> losing;
  for (const NodeLoss& loss : Losses(tick.now)) {
    losing.insert(loss.node_id);
    const auto node = nodes.find(loss.node_id);
    if (node != nodes.end()) BeginOne(*node->second, &loss, tick);
  }
  for (const std::string& id : tick.unwanted) {
    const auto node = nodes.find(id);
    if (node != nodes.end() && !losing.contains(id)) BeginOne(*node->second, nullptr, tick);
  }
}

void NodeDrains::Return(const std::string& node, DrainNews& news) {
  const auto returned = actor_.Return(node);
  if (returned) {
    news.returned.push_back(node);
  } else if (returned.error().code != ErrorCode::kNotFound) {
    news.faults.push_back(returned.error());
  }
}

void NodeDrains::End(const DrainTick& tick, const Nodes& nodes, DrainNews& news) {
  std::set<std::string> reasons = tick.unwanted;
  for (const NodeLoss& loss : Losses(tick.now)) reasons.insert(loss.node_id);
  std::erase_if(drains_, [&](const auto& entry) {
    return !nodes.contains(entry.first) || !reasons.contains(entry.first);
  });
  std::set<std::string> ours;
  for (const ProvidedNode& node : tick.provided) ours.insert(node.id);
  for (const auto& [id, node] : nodes)
    if (node->is_taken && ours.contains(id) && !drains_.contains(id) && !reasons.contains(id))
      Return(node->name, news);
}

DrainNews NodeDrains::Act(const DrainTick& tick) {
  DrainNews news;
  const Nodes nodes = ById(tick.nodes);
  End(tick, nodes, news);
  Begin(tick, nodes);
  std::vector<NodeDrain*> drains;
  for (auto& [id, drain] : drains_) drains.push_back(&drain.plan);
  const Duration until = clock_.MonotonicNow() + policy_.longest_run;
  for (const DrainAct& act : NextActs(std::move(drains), budget_, tick.now)) {
    const bool can_wait = act.kind == DrainActKind::kEvict || act.kind == DrainActKind::kUntaint;
    if (can_wait && clock_.MonotonicNow() >= until) {
      drains_.at(act.node_id).plan.PutBack(act);
    } else {
      Do(act, tick, news);
    }
  }
  return news;
}

void NodeDrains::Do(const DrainAct& act, const DrainTick& tick, DrainNews& news) {
  Drain& drain = drains_.at(act.node_id);
  if (act.kind == DrainActKind::kTaint) return Take(drain, act, tick, news);
  if (act.kind == DrainActKind::kEvict) return Evict(drain, act, tick, news);
  if (act.kind == DrainActKind::kUntaint) {
    drain.is_taken = false;
    return Return(drain.node, news);
  }
  const auto deleted = actor_.Delete(drain.node, act.pod);
  if (deleted) {
    ++news.forced;
  } else {
    news.faults.push_back(deleted.error());
    drain.plan.PutBack(act);
  }
}

void NodeDrains::Take(Drain& drain, const DrainAct& act, const DrainTick& tick, DrainNews& news) {
  const auto deadline = drain.plan.deadline();
  const auto taken = actor_.Take(
      drain.node, deadline ? std::optional(tick.wall + (*deadline - tick.now)) : std::nullopt);
  if (!taken) {
    news.faults.push_back(taken.error());
    // A node that is gone is no fault of the API server's.
    if (taken.error().code != ErrorCode::kNotFound) budget_.OnRefused(tick.now, Duration(0));
    return drain.plan.PutBack(act);
  }
  budget_.OnAnswered();
  drain.plan.OnTainted();
  if (std::exchange(drain.is_taken, true)) return;
  news.taken.push_back({drain.node, drain.notice, clock_.MonotonicNow() - drain.noticed_at});
}

void NodeDrains::Evict(Drain& drain, const DrainAct& act, const DrainTick& tick, DrainNews& news) {
  const auto answer = actor_.Evict(drain.node, act.pod);
  if (!answer) {
    news.faults.push_back(answer.error());
    return drain.plan.OnEviction(act.pod, 0, answer.error().message, tick.now);
  }
  if (answer->status == 200 || answer->status == 201) ++news.evicted;
  if (answer->status == 429 || answer->status == 500) ++news.refused;
  drain.plan.OnEviction(act.pod, answer->status, answer->message, tick.now);
}

std::vector<DrainStanding> NodeDrains::Standing() const {
  std::vector<DrainStanding> standing;
  for (const auto& [id, drain] : drains_)
    standing.push_back({.node = drain.node,
                        .id = id,
                        .state = drain.plan.state(),
                        .pods_left = drain.plan.pods_left(),
                        .alarms = drain.plan.alarms()});
  return standing;
}

}  // namespace loadcurve::capacity
