#include "scaler/capacity/node_demand.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "base/time_text.h"

namespace loadcurve::capacity {
namespace {

Result<void> ValidateGroup(const GroupDemand& group, std::size_t levels) {
  const std::string of = "pods '" + group.pods.name() + "': ";
  if (group.replicas.size() != levels)
    return Fail(ErrorCode::kInvalidArgument, of + std::to_string(group.replicas.size()) +
                                                 " replica counts; expected one for " + "each of " +
                                                 std::to_string(levels) + " levels");
  double before = 0;
  for (const double replicas : group.replicas) {
    if (!(replicas >= before) || !std::isfinite(replicas))
      return Fail(ErrorCode::kInvalidArgument, of + "replicas are " + std::to_string(replicas) +
                                                   " after " + std::to_string(before) +
                                                   "; expected counts >= 0 that never fall");
    before = replicas;
  }
  return {};
}

}  // namespace

Result<NodeDemand> NodeDemand::Make(std::vector<double> levels, std::vector<GroupDemand> groups) {
  double before = 0;
  for (const double level : levels) {
    if (!(level > before && level < 1))
      return Fail(ErrorCode::kInvalidArgument, "a level of " + std::to_string(level) +
                                                   "; expected levels that rise within (0, 1)");
    before = level;
  }
  if (levels.empty()) return Fail(ErrorCode::kInvalidArgument, "no levels; expected one or more");
  std::set<std::string> names;
  for (const GroupDemand& group : groups) {
    LC_TRY_VOID(ValidateGroup(group, levels.size()));
    if (!names.insert(group.pods.name()).second)
      return Fail(ErrorCode::kInvalidArgument,
                  "pods '" + group.pods.name() + "' are there twice; expected once");
  }
  return NodeDemand(std::move(levels), std::move(groups));
}

double NodeDemand::ReplicasAt(std::size_t group, double probability) const {
  const std::vector<double>& replicas = groups_[group].replicas;
  const auto above = std::ranges::lower_bound(levels_, probability);
  if (above == levels_.begin()) return replicas.front();
  if (above == levels_.end()) return replicas.back();
  const auto i = static_cast<std::size_t>(above - levels_.begin());
  const double share = (probability - levels_[i - 1]) / (levels_[i] - levels_[i - 1]);
  return replicas[i - 1] + share * (replicas[i] - replicas[i - 1]);
}

Result<NodeDemand> DemandWithin(std::vector<double> levels, std::span<const ReplicaQuantiles> paths,
                                TimePoint now, Duration window) {
  std::vector<GroupDemand> groups;
  for (const ReplicaQuantiles& path : paths) {
    GroupDemand group{path.pods, std::vector<double>(levels.size(), 0)};
    bool is_known = false;
    for (std::size_t i = 0; i < path.times.size(); ++i) {
      const bool is_over = i + 1 < path.times.size() && path.times[i + 1] <= now;
      if (is_over || path.times[i] > now + window) continue;
      is_known = true;
      for (std::size_t level = 0; level < levels.size(); ++level)
        group.replicas[level] = std::max(group.replicas[level], path.rows[i][level]);
    }
    if (!is_known)
      return Fail(ErrorCode::kInsufficientData, "nothing is said of pods '" + path.pods.name() +
                                                    "' from " + ToRfc3339(now) + " to " +
                                                    ToRfc3339(now + window));
    groups.push_back(std::move(group));
  }
  return NodeDemand::Make(std::move(levels), std::move(groups));
}

}  // namespace loadcurve::capacity
