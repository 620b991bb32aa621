#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "scaler/capacity/orders/call_budget.h"

namespace loadcurve::capacity {

// In which order pods leave a node: those of a rank when all before are gone.
enum class DrainRank { kNormal, kDaemonSet, kCritical, kCriticalDaemonSet };

struct DrainPod {
  std::string name;  // "shop/web-1"
  DrainRank rank = DrainRank::kNormal;
  Duration grace = std::chrono::seconds(30);  // its terminationGracePeriodSeconds
};

enum class DrainActKind {
  kTaint,        // NoSchedule, and out of the load balancers, with one patch
  kEvict,        // by the eviction API, which heeds budgets
  kForceDelete,  // past them: the node ends when the pod's grace does
  kUntaint,      // given up: the node stays
};

struct DrainAct {
  DrainActKind kind = DrainActKind::kTaint;
  std::string node_id;
  std::string pod{};  // of kEvict and kForceDelete
};

enum class DrainState { kDraining, kWaiting, kDrained, kGivenUp };

struct DrainTerms {
  std::string node_id;
  std::vector<DrainPod> pods{};  // without mirror pods, and those of daemon sets that stay
  Duration begun_at{};
  std::optional<Duration> deadline{};  // when the node ends; absent: it need not go
  // Nothing is evicted before OnReplacementReady(), or a deadline is set.
  bool waits_for_replacement = false;
  // Without a deadline: for so long budgets may refuse, then the node stays.
  Duration patience = std::chrono::minutes(10);
};

// The drain of one node, planned backwards from its deadline. A pod is asked to leave through the
// eviction API, again and again while a budget refuses (after 100 ms, doubled up to 10 s); where
// there is a deadline, it is deleted when no more than its grace is left, whatever its rank. Of a
// rank those with the shortest grace go first. Monotonic times.
class NodeDrain {
 public:
  explicit NodeDrain(DrainTerms terms);

  // What is to be done now; each act is given once, until it is answered.
  std::vector<DrainAct> Next(Duration now);
  // When Next() has something to do again; absent: after an answer.
  std::optional<Duration> NextAt() const;

  // An act that could not be made: it comes again.
  void PutBack(const DrainAct& act);

  void OnTainted() { is_tainted_ = true; }
  // The status of an eviction: 201 it leaves, 404 and 409 it is gone, 429 a budget refuses, 500
  // several budgets do (which is a mistake of theirs, and told); others are tried again as 429.
  void OnEviction(const std::string& pod, int status, const std::string& message, Duration now);
  void OnPodGone(const std::string& pod);
  // The pods that are on the node now: those that came since are to leave too.
  void OnPods(const std::vector<DrainPod>& pods);
  void OnReplacementReady() { is_replaced_ = true; }
  // A notice came, or an earlier one.
  void OnDeadline(Duration deadline);

  DrainState state() const;
  const std::string& node_id() const { return terms_.node_id; }
  std::size_t pods_left() const { return pods_.size(); }
  std::optional<Duration> deadline() const { return terms_.deadline; }
  // What people should look at: the budgets that stood in the way, in the API server's words.
  const std::vector<std::string>& alarms() const { return alarms_; }

 private:
  struct Pod {
    DrainPod pod;
    bool is_asked = false;  // an eviction or deletion is under way
    bool is_leaving = false;
    bool is_forced = false;
    int refusals = 0;
    Duration again_at{};
  };

  bool MayEvict() const;
  bool IsTimeToForce(const Pod& pod, Duration now) const;
  DrainRank Rank() const;
  void Add(const DrainPod& pod);
  Pod* Find(const std::string& name);
  void Alarm(const std::string& text);

  DrainTerms terms_;
  std::vector<Pod> pods_;
  std::vector<std::string> alarms_;
  bool is_taint_asked_ = false;
  bool is_tainted_ = false;
  bool is_replaced_ = false;
  bool is_given_up_ = false;
  bool is_untaint_given_ = false;
  std::optional<Duration> refused_since_;  // no pod got away since
};

// Many drains at once, and one allowance of calls to the API server: first every taint, so that
// nothing is put on nodes that go; then what is forced; then evictions, the earliest deadline
// first. An act for which no call is left is not given, and comes again.
std::vector<DrainAct> NextActs(std::vector<NodeDrain*> drains, CallBudget& calls, Duration now);

}  // namespace loadcurve::capacity
