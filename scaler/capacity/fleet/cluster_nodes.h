#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "scaler/capacity/capacity_provider.h"
#include "scaler/capacity/fleet/drain_plan.h"
#include "scaler/capacity/fleet/interruption.h"

namespace loadcurve::capacity {

// What a node says of its own end, by whoever hears the cloud's notices on it.
struct ToldEnd {
  NoticeKind kind = NoticeKind::kAwsInterruption;
  std::optional<TimePoint> ends_at{};  // wall time; absent: as usual for the kind
  bool is_standing = false;            // who says it would take it back if it were false
};

// Nodes that are there so long after their end, when nobody stands by it, stay.
inline constexpr Duration kFalseAfter = std::chrono::minutes(10);

inline bool WasFalse(Duration since_the_end) {
  return since_the_end > kFalseAfter;
}

// A node of the cluster.
struct ClusterNode {
  std::string name;  // in the cluster
  std::string id;    // as whoever sold it calls it
  bool is_ready = false;
  bool is_lost = false;   // nothing was heard of it for a while, though it was there
  bool is_taken = false;  // Loadcurve keeps pods away from it
  std::optional<ToldEnd> told{};
  std::string misread{};         // what was put there to tell its end, and is no time
  std::vector<DrainPod> pods{};  // without mirror pods, and those of daemon sets that stay
};

// When a node ends, as far as it is certain, by its provider (null: not listed) and by itself.
// Precautions and ends that were false are none.
std::optional<TimePoint> CertainEndOf(const ClusterNode& node, const ProvidedNode* provided,
                                      TimePoint now);

// What the API server made of an eviction.
struct EvictionAnswer {
  int status = 0;
  std::string message{};
};

// Seam: whoever acts on nodes and pods. Names of pods are as in ClusterNode::pods.
class NodeActor {
 public:
  virtual ~NodeActor() = default;

  // With one write: nothing is put on the node any more, and load balancers leave it out. With
  // `ends_at` (wall time) it is kept on the node, so that whoever takes over knows it.
  [[nodiscard]] virtual Result<void> Take(const std::string& node,
                                          std::optional<TimePoint> ends_at) = 0;
  // All of that is undone.
  [[nodiscard]] virtual Result<void> Return(const std::string& node) = 0;
  // Through the eviction API: any of 2xx, 404 (also of a pod that is not on that node any more),
  // 409, 429 and 500 is an answer, another status an error.
  [[nodiscard]] virtual Result<EvictionAnswer> Evict(const std::string& node,
                                                     const std::string& pod) = 0;
  // Past all budgets; one that is gone is deleted.
  [[nodiscard]] virtual Result<void> Delete(const std::string& node, const std::string& pod) = 0;
};

}  // namespace loadcurve::capacity
