#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace loadcurve::capacity {

// Who says that a node will go.
enum class NoticeKind {
  kAwsInterruption,   // two minutes, as far as they come
  kAwsRebalance,      // it may be interrupted sooner than others; often it is not
  kGcpPreemption,     // 30 s
  kAzurePreempt,      // 30 s at least
  kAlibabaRecycling,  // about 5 minutes
  kNotReady,          // no notice: it is gone, or as good as
};

// "spot interruption", "rebalance recommendation" ...
std::string_view Name(NoticeKind kind);
// How long a cloud leaves between its notice and the end, where the notice does not say.
Duration UsualNotice(NoticeKind kind);

struct InterruptionNotice {
  std::string node_id;
  NoticeKind kind = NoticeKind::kAwsInterruption;
  Duration seen_at{};                 // monotonic
  std::optional<Duration> ends_at{};  // monotonic, where the notice says it
};

// What is to be done about a node.
enum class LossResponse {
  kCordonAndReplace,  // no new pods, a replacement is ordered, and nothing is evicted yet
  kDrain,             // by the deadline, beside ordering the replacement
  kReplace,           // there is nothing left to drain
};

struct NodeLoss {
  std::string node_id;
  LossResponse response = LossResponse::kDrain;
  Duration deadline{};  // when it ends, as far as is known; of a precaution: when that is dropped
  Duration noticed_at{};
  NoticeKind kind = NoticeKind::kAwsInterruption;
};

struct PrecautionLimits {
  // Of all nodes, as precautions at once: what false alarms may cost at most.
  double most_share = 0.1;
  // Without an interruption until then, the alarm was false.
  Duration kept_for = std::chrono::minutes(30);
};

// The notices of all nodes, each node once: of several notices the most certain counts, and of
// deadlines the earliest. A rebalance recommendation is a precaution, of which only so many are
// taken at once; the others are heard but wait.
class Interruptions {
 public:
  explicit Interruptions(const PrecautionLimits& limits) : limits_(limits) {}

  void OnNotice(const InterruptionNotice& notice);
  // A node is gone, or came back: NotReady that ended is no loss.
  void OnResolved(const std::string& node_id) { losses_.erase(node_id); }

  // What is to be done of `nodes` in all, the earliest deadline first.
  std::vector<NodeLoss> Losses(Duration now, std::int64_t nodes) const;
  // The nodes of Losses(): what OrderTick::losing is, so that they are replaced at once.
  std::set<std::string> Losing(Duration now, std::int64_t nodes) const;

 private:
  PrecautionLimits limits_;
  std::map<std::string, NodeLoss> losses_;
};

}  // namespace loadcurve::capacity
