#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kube/profile_status.h"
#include "adapters/kube/watch_machine.h"
#include "base/result.h"
#include "scaler/scaling_profile.h"

namespace loadcurve::kube {

// A ScalingProfile as it stands in the cluster.
struct StoredProfile {
  std::string namespace_name;
  std::string name;
  std::string uid;
  std::int64_t generation = 0;
  std::string created{};  // as the API has it, so that text sorts as time
  // The error of a profile that cannot be read is for its own condition; it begins with the
  // field that is wrong.
  Result<ScalingProfile> profile;
  // The last one that could be read: what to hold on to while `profile` is an error.
  std::optional<ScalingProfile> last_good;
  ProfileStatus status;
};

// All ScalingProfiles of the cluster, or of a namespace, kept up to date by a KubeWatch whose
// events go to OnEvent. A profile that cannot be read stops no other. Thread-safe.
class ProfileStore {
 public:
  using Profiles = std::vector<std::shared_ptr<const StoredProfile>>;

  // For a KubeWatch of kScalingProfiles. A change of the status alone reads nothing anew.
  void OnEvent(const WatchEvent& event);

  // False until all profiles are known once.
  bool is_synced() const;

  // By namespace and name.
  Profiles All() const;

  // Null where there is none.
  std::shared_ptr<const StoredProfile> Find(const std::string& namespace_name,
                                            const std::string& name) const;

  // Grows with every change of a spec, label or annotation, and with every deletion.
  std::uint64_t version() const;

 private:
  void Change(const std::string& key, const nlohmann::json& object);

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const StoredProfile>> profiles_;
  // What was read from: generation, labels and annotations.
  std::map<std::string, std::string> read_from_;
  std::uint64_t version_ = 0;
  bool is_synced_ = false;
};

}  // namespace loadcurve::kube
