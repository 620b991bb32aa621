#include "scaler/capacity/fleet/cluster_nodes.h"

namespace loadcurve::capacity {

std::optional<TimePoint> CertainEndOf(const ClusterNode& node, const ProvidedNode* provided,
                                      TimePoint now) {
  if (provided != nullptr && provided->state == NodeState::kInterrupted)
    return now + provided->ends_in.value_or(UsualNotice(NoticeKind::kAwsInterruption));
  const auto& told = node.told;
  if (!told || told->kind == NoticeKind::kAwsRebalance) return std::nullopt;
  if (told->ends_at && !told->is_standing && WasFalse(now - *told->ends_at)) return std::nullopt;
  return told->ends_at.value_or(now + UsualNotice(told->kind));
}

}  // namespace loadcurve::capacity
