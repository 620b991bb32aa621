#include "scaler/decision_board.h"

#include <mutex>
#include <utility>

namespace loadcurve {

void DecisionBoard::Publish(WorkloadStatus status) {
  ProfileKey key = status.profile;
  const std::unique_lock lock(mutex_);
  status_of_.insert_or_assign(std::move(key), std::move(status));
}

void DecisionBoard::Remove(const ProfileKey& profile) {
  const std::unique_lock lock(mutex_);
  status_of_.erase(profile);
}

std::optional<WorkloadStatus> DecisionBoard::Find(const ProfileKey& profile) const {
  const std::shared_lock lock(mutex_);
  const auto found = status_of_.find(profile);
  if (found == status_of_.end()) return std::nullopt;
  return found->second;
}

void DecisionBoard::ForEachIn(std::string_view namespace_name,
                              const std::function<void(const WorkloadStatus&)>& visit) const {
  const std::shared_lock lock(mutex_);
  const ProfileKey first{std::string(namespace_name), ""};
  for (auto at = status_of_.lower_bound(first);
       at != status_of_.end() && at->first.namespace_name == namespace_name; ++at)
    visit(at->second);
}

std::vector<WorkloadStatus> DecisionBoard::All() const {
  const std::shared_lock lock(mutex_);
  std::vector<WorkloadStatus> all;
  all.reserve(status_of_.size());
  for (const auto& [key, status] : status_of_) all.push_back(status);
  return all;
}

}  // namespace loadcurve
