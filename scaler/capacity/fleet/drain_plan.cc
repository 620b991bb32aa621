#include "scaler/capacity/fleet/drain_plan.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace loadcurve::capacity {
namespace {

constexpr Duration kFirstRetry = std::chrono::milliseconds(100);
constexpr Duration kLongestRetry = std::chrono::seconds(10);

Duration RetryAfter(int refusals) {
  Duration wait = kFirstRetry;
  for (int i = 1; i < refusals && wait < kLongestRetry; ++i) wait *= 2;
  return std::min(wait, kLongestRetry);
}

}  // namespace

NodeDrain::NodeDrain(DrainTerms terms) : terms_(std::move(terms)) {
  for (const DrainPod& pod : terms_.pods) Add(pod);
}

void NodeDrain::Add(const DrainPod& pod) {
  const auto after = std::ranges::upper_bound(
      pods_, std::tie(pod.rank, pod.grace), {},
      [](const Pod& known) { return std::tie(known.pod.rank, known.pod.grace); });
  pods_.insert(after, {.pod = pod});
}

bool NodeDrain::MayEvict() const {
  return is_tainted_ && (!terms_.waits_for_replacement || is_replaced_ || terms_.deadline);
}

bool NodeDrain::IsTimeToForce(const Pod& pod, Duration now) const {
  return terms_.deadline && !pod.is_leaving && !pod.is_forced &&
         now >= *terms_.deadline - pod.pod.grace;
}

DrainRank NodeDrain::Rank() const {
  // Sorted: the first is of the lowest rank that is left.
  return pods_.empty() ? DrainRank::kNormal : pods_.front().pod.rank;
}

std::vector<DrainAct> NodeDrain::Next(Duration now) {
  std::vector<DrainAct> acts;
  if (is_given_up_) {
    if (!std::exchange(is_untaint_given_, true))
      acts.push_back({DrainActKind::kUntaint, terms_.node_id});
    return acts;
  }
  if (!is_taint_asked_) {
    is_taint_asked_ = true;
    acts.push_back({DrainActKind::kTaint, terms_.node_id});
  }
  const bool is_refused_too_long =
      !terms_.deadline && refused_since_ && now - *refused_since_ >= terms_.patience;
  if (is_refused_too_long) {
    is_given_up_ = true;
    Alarm("node " + terms_.node_id + " stays: budgets let no pod go");
    return Next(now);
  }
  for (Pod& pod : pods_) {
    if (IsTimeToForce(pod, now)) {
      pod.is_forced = true;
      pod.is_asked = true;
      acts.push_back({DrainActKind::kForceDelete, terms_.node_id, pod.pod.name});
    } else if (MayEvict() && pod.pod.rank == Rank() && !pod.is_asked && now >= pod.again_at) {
      pod.is_asked = true;
      acts.push_back({DrainActKind::kEvict, terms_.node_id, pod.pod.name});
    }
  }
  return acts;
}

std::optional<Duration> NodeDrain::NextAt() const {
  std::optional<Duration> next;
  const auto consider = [&](Duration when) { next = next ? std::min(*next, when) : when; };
  for (const Pod& pod : pods_) {
    if (terms_.deadline && !pod.is_forced && !pod.is_leaving)
      consider(*terms_.deadline - pod.pod.grace);
    if (MayEvict() && pod.pod.rank == Rank() && !pod.is_asked) consider(pod.again_at);
  }
  if (!terms_.deadline && refused_since_) consider(*refused_since_ + terms_.patience);
  return next;
}

NodeDrain::Pod* NodeDrain::Find(const std::string& name) {
  const auto found =
      std::ranges::find_if(pods_, [&](const Pod& pod) { return pod.pod.name == name; });
  return found == pods_.end() ? nullptr : &*found;
}

void NodeDrain::PutBack(const DrainAct& act) {
  if (act.kind == DrainActKind::kTaint) is_taint_asked_ = false;
  if (act.kind == DrainActKind::kUntaint) is_untaint_given_ = false;
  Pod* const pod = Find(act.pod);
  if (pod == nullptr) return;
  pod->is_asked = false;
  if (act.kind == DrainActKind::kForceDelete) pod->is_forced = false;
}

void NodeDrain::OnEviction(const std::string& pod, int status, const std::string& message,
                           Duration now) {
  if (status == 404 || status == 409) return OnPodGone(pod);
  Pod* const known = Find(pod);
  if (known == nullptr || known->is_forced) return;
  if (status == 200 || status == 201) {
    known->is_leaving = true;
    refused_since_.reset();
    return;
  }
  if (status == 500) Alarm(pod + ": " + message);
  known->is_asked = false;
  known->again_at = now + RetryAfter(++known->refusals);
  if (!refused_since_) {
    refused_since_ = now;
    if (status == 429) Alarm(pod + ": " + message);
  }
}

void NodeDrain::OnPodGone(const std::string& pod) {
  std::erase_if(pods_, [&](const Pod& known) { return known.pod.name == pod; });
}

void NodeDrain::OnPods(const std::vector<DrainPod>& pods) {
  std::erase_if(pods_, [&](const Pod& known) {
    return std::ranges::find(pods, known.pod.name, &DrainPod::name) == pods.end();
  });
  for (const DrainPod& pod : pods)
    if (Find(pod.name) == nullptr) Add(pod);
}

void NodeDrain::OnDeadline(Duration deadline) {
  terms_.deadline = terms_.deadline ? std::min(*terms_.deadline, deadline) : deadline;
  if (!is_given_up_) return;
  // What was to stay goes after all.
  is_given_up_ = false;
  is_untaint_given_ = false;
  is_taint_asked_ = false;
  is_tainted_ = false;
}

void NodeDrain::Alarm(const std::string& text) {
  if (std::ranges::find(alarms_, text) == alarms_.end()) alarms_.push_back(text);
}

DrainState NodeDrain::state() const {
  if (is_given_up_) return DrainState::kGivenUp;
  if (is_tainted_ && pods_.empty()) return DrainState::kDrained;
  return is_tainted_ && !MayEvict() ? DrainState::kWaiting : DrainState::kDraining;
}

std::vector<DrainAct> NextActs(std::vector<NodeDrain*> drains, CallBudget& calls, Duration now) {
  std::ranges::stable_sort(drains, [](const NodeDrain* a, const NodeDrain* b) {
    return a->deadline().value_or(Duration::max()) < b->deadline().value_or(Duration::max());
  });
  std::vector<DrainAct> acts;
  for (NodeDrain* drain : drains) {
    std::vector<DrainAct> next = drain->Next(now);
    acts.insert(acts.end(), next.begin(), next.end());
  }
  const auto urgency = [](const DrainAct& act) {
    if (act.kind == DrainActKind::kTaint) return 0;
    return act.kind == DrainActKind::kForceDelete ? 1 : 2;
  };
  std::ranges::stable_sort(acts, {}, urgency);
  std::size_t given = 0;
  while (given < acts.size() && calls.Take(now, OrderUrgency::kReplacement)) ++given;
  for (std::size_t i = given; i < acts.size(); ++i)
    for (NodeDrain* drain : drains)
      if (drain->node_id() == acts[i].node_id) drain->PutBack(acts[i]);
  acts.resize(given);
  return acts;
}

}  // namespace loadcurve::capacity
