#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kube/capacity_profile_status.h"
#include "adapters/kube/watch_machine.h"
#include "base/result.h"
#include "scaler/capacity/capacity_profile.h"

namespace loadcurve::kube {

// A CapacityProfile as it stands in the cluster.
struct StoredCapacityProfile {
  std::string name;
  std::string uid;
  std::int64_t generation = 0;
  // The error of one that cannot be read is for its own condition.
  Result<capacity::CapacityProfile> profile;
  // The last one that could be read.
  std::optional<capacity::CapacityProfile> last_good;
  CapacityProfileStatus status;
};

// The CapacityProfile in an object of the API server, read by the very codec that reads files.
// kInvalidArgument begins with the field.
[[nodiscard]] Result<capacity::CapacityProfile> CapacityProfileFrom(const nlohmann::json& object);

// All CapacityProfiles, kept up to date by a KubeWatch whose events go to OnEvent. One that cannot
// be read stops no other. Thread-safe.
class CapacityProfileStore {
 public:
  using Profiles = std::vector<std::shared_ptr<const StoredCapacityProfile>>;

  void OnEvent(const WatchEvent& event);

  // False until all are known once.
  bool is_synced() const;

  // By name.
  Profiles All() const;

 private:
  void Change(const std::string& key, const nlohmann::json& object);

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const StoredCapacityProfile>> profiles_;
  bool is_synced_ = false;
};

}  // namespace loadcurve::kube
