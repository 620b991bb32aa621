#include "adapters/kube/capacity_profile_store.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/kube/json_fields.h"
#include "adapters/kube/profile_object.h"
#include "adapters/profile_codec/capacity_codec.h"

namespace loadcurve::kube {

using nlohmann::json;

Result<capacity::CapacityProfile> CapacityProfileFrom(const json& object) {
  // JSON is YAML.
  const std::string file_name = "profile";
  auto profiles = profile_codec::ParseCapacityProfiles(TextOf(SpecAlone(object)), file_name);
  if (profiles) return profiles->front();
  return Fail(profiles.error().code, WithoutLine(profiles.error().message, file_name));
}

void CapacityProfileStore::OnEvent(const WatchEvent& event) {
  if (event.kind == WatchEvent::Kind::kChanged && event.object != nullptr)
    return Change(event.key, *event.object);
  const std::lock_guard lock(mutex_);
  if (event.kind == WatchEvent::Kind::kSynced) is_synced_ = true;
  if (event.kind == WatchEvent::Kind::kDeleted) profiles_.erase(event.key);
}

void CapacityProfileStore::Change(const std::string& key, const json& object) {
  auto after = std::make_shared<StoredCapacityProfile>(
      StoredCapacityProfile{.name = TextAt(object, {"metadata", "name"}),
                            .uid = TextAt(object, {"metadata", "uid"}),
                            .generation = WholeAt(object, {"metadata", "generation"}).value_or(0),
                            .profile = CapacityProfileFrom(object),
                            .last_good = std::nullopt,
                            .status = {}});
  if (const json* status = FieldAt(object, {"status"}))
    after->status = CapacityProfileStatusFrom(*status);
  const std::lock_guard lock(mutex_);
  auto& known = profiles_[key];
  if (after->profile) {
    after->last_good = *after->profile;
  } else if (known != nullptr && known->uid == after->uid) {
    after->last_good = known->last_good;
  }
  known = std::move(after);
}

bool CapacityProfileStore::is_synced() const {
  const std::lock_guard lock(mutex_);
  return is_synced_;
}

CapacityProfileStore::Profiles CapacityProfileStore::All() const {
  const std::lock_guard lock(mutex_);
  Profiles all;
  all.reserve(profiles_.size());
  for (const auto& [key, profile] : profiles_) all.push_back(profile);
  return all;
}

}  // namespace loadcurve::kube
