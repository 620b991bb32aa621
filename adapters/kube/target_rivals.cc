#include "adapters/kube/target_rivals.h"

#include <tuple>
#include <utility>

namespace loadcurve::kube {
namespace {

const ScalingProfile* InForce(const StoredProfile& stored) {
  if (stored.profile) return &*stored.profile;
  return stored.last_good ? &*stored.last_good : nullptr;
}

std::string GroupOf(const std::string& api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string::npos ? "" : api_version.substr(0, slash);
}

bool IsOlder(const StoredProfile& one, const StoredProfile& other) {
  return std::tie(one.created, one.name) < std::tie(other.created, other.name);
}

}  // namespace

std::map<ProfileKey, std::string> RivalsOf(const ProfileStore::Profiles& profiles) {
  using Target = std::tuple<std::string, std::string, std::string, std::string>;
  std::map<Target, const StoredProfile*> rulers;
  std::map<const StoredProfile*, Target> targets;
  for (const auto& stored : profiles) {
    const ScalingProfile* const profile = InForce(*stored);
    if (profile == nullptr) continue;
    const TargetRef& target = profile->fields().target;
    const Target key{stored->namespace_name, GroupOf(target.api_version), target.kind, target.name};
    targets[stored.get()] = key;
    const auto [ruler, is_first] = rulers.try_emplace(key, stored.get());
    if (!is_first && IsOlder(*stored, *ruler->second)) ruler->second = stored.get();
  }
  std::map<ProfileKey, std::string> rivals;
  for (const auto& [stored, target] : targets) {
    const StoredProfile* const ruler = rulers[target];
    if (ruler != stored)
      rivals[{stored->namespace_name, stored->name}] = ruler->namespace_name + "/" + ruler->name;
  }
  return rivals;
}

}  // namespace loadcurve::kube
