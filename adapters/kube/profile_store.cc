#include "adapters/kube/profile_store.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/kube/json_fields.h"
#include "adapters/kube/profile_object.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

// The status has no part in it, nor has anything that changes with it.
std::string SourceOf(const json& object) {
  std::string source = TextAt(object, {"metadata", "uid"}) + "/" +
                       std::to_string(WholeAt(object, {"metadata", "generation"}).value_or(0));
  for (const char* name : {"labels", "annotations"}) {
    if (const json* texts = FieldAt(object, {"metadata", name})) source += "\n" + TextOf(*texts);
  }
  return source;
}

}  // namespace

void ProfileStore::OnEvent(const WatchEvent& event) {
  if (event.kind == WatchEvent::Kind::kChanged && event.object != nullptr)
    return Change(event.key, *event.object);
  const std::lock_guard lock(mutex_);
  if (event.kind == WatchEvent::Kind::kSynced) is_synced_ = true;
  if (event.kind == WatchEvent::Kind::kDeleted && profiles_.erase(event.key) > 0) {
    read_from_.erase(event.key);
    ++version_;
  }
}

void ProfileStore::Change(const std::string& key, const json& object) {
  std::string source = SourceOf(object);
  ProfileStatus status;
  if (const json* found = FieldAt(object, {"status"})) status = ProfileStatusFrom(*found);

  std::shared_ptr<const StoredProfile> before;
  bool is_same = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = profiles_.find(key);
    if (found != profiles_.end()) before = found->second;
    is_same = before != nullptr && read_from_[key] == source;
  }
  auto after = std::make_shared<StoredProfile>(
      StoredProfile{.namespace_name = TextAt(object, {"metadata", "namespace"}),
                    .name = TextAt(object, {"metadata", "name"}),
                    .uid = TextAt(object, {"metadata", "uid"}),
                    .generation = WholeAt(object, {"metadata", "generation"}).value_or(0),
                    .created = TextAt(object, {"metadata", "creationTimestamp"}),
                    .profile = is_same ? before->profile : ProfileFrom(object),
                    .last_good = std::nullopt,
                    .status = std::move(status)});
  if (after->profile) {
    after->last_good = *after->profile;
  } else if (before != nullptr && before->uid == after->uid) {
    after->last_good = before->last_good;
  }

  const std::lock_guard lock(mutex_);
  profiles_[key] = std::move(after);
  read_from_[key] = std::move(source);
  if (!is_same) ++version_;
}

bool ProfileStore::is_synced() const {
  const std::lock_guard lock(mutex_);
  return is_synced_;
}

ProfileStore::Profiles ProfileStore::All() const {
  const std::lock_guard lock(mutex_);
  Profiles all;
  all.reserve(profiles_.size());
  for (const auto& [key, profile] : profiles_) all.push_back(profile);
  return all;
}

std::shared_ptr<const StoredProfile> ProfileStore::Find(const std::string& namespace_name,
                                                        const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = profiles_.find(namespace_name + "/" + name);
  return found == profiles_.end() ? nullptr : found->second;
}

std::uint64_t ProfileStore::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

}  // namespace loadcurve::kube
