#pragma once

#include <functional>
#include <map>
#include <optional>
#include <shared_mutex>
#include <string_view>
#include <vector>

#include "scaler/workload_status.h"

namespace loadcurve {

// The latest status of every workload: the loop writes, servers read. Thread-safe; what is
// read is copied out.
class DecisionBoard {
 public:
  // Replaces what was known of that profile.
  void Publish(WorkloadStatus status);

  void Remove(const ProfileKey& profile);

  std::optional<WorkloadStatus> Find(const ProfileKey& profile) const;

  // Calls `visit` for each profile of a namespace, in order of name, while nothing is
  // published: it must be quick and must not call the board.
  void ForEachIn(std::string_view namespace_name,
                 const std::function<void(const WorkloadStatus&)>& visit) const;

  // In order of namespace and name.
  std::vector<WorkloadStatus> All() const;

 private:
  mutable std::shared_mutex mutex_;
  std::map<ProfileKey, WorkloadStatus> status_of_;
};

}  // namespace loadcurve
