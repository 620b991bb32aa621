#include "adapters/kube/volume_index.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/kube/json_fields.h"
#include "adapters/kube/pod_shape.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

// The label of Kubernetes, and what drivers keep in its place, as topology.ebs.csi.aws.com/zone.
bool IsZoneKey(const std::string& key) {
  return key.ends_with("/zone");
}

// Where the affinity of a volume lets it be; empty: it asks for no zone.
std::set<std::string> ZonesOfVolume(const json& volume) {
  std::set<std::string> zones;
  const json* const required = FieldAt(volume, {"spec", "nodeAffinity", "required"});
  if (required == nullptr) return zones;
  for (const auto& term : NodeTermsOf(*required)) {
    const auto zone = std::ranges::find_if(term, [](const LabelRequirement& each) {
      return IsZoneKey(each.key) && each.op == LabelRequirement::Operator::kIn;
    });
    if (zone == term.end()) return {};
    zones.insert(zone->values.begin(), zone->values.end());
  }
  return zones;
}

}  // namespace

void VolumeIndex::OnClaim(const WatchEvent& event) {
  if (event.kind == WatchEvent::Kind::kSynced) return;
  std::string volume;
  if (event.kind == WatchEvent::Kind::kChanged && event.object != nullptr)
    volume = TextAt(*event.object, {"spec", "volumeName"});
  const std::lock_guard lock(mutex_);
  if (volume.empty())
    volume_of_.erase(event.key);
  else
    volume_of_[event.key] = std::move(volume);
}

void VolumeIndex::OnVolume(const WatchEvent& event) {
  if (event.kind == WatchEvent::Kind::kSynced) return;
  std::set<std::string> zones;
  if (event.kind == WatchEvent::Kind::kChanged && event.object != nullptr)
    zones = ZonesOfVolume(*event.object);
  const std::lock_guard lock(mutex_);
  if (zones.empty())
    zones_of_.erase(event.key);
  else
    zones_of_[event.key] = std::move(zones);
}

VolumeIndex::Zones VolumeIndex::ZonesOfReplica(const std::string& namespace_name,
                                               const std::vector<std::string>& claims) const {
  Zones common;
  for (const std::string& claim : claims) {
    const auto volume = volume_of_.find(namespace_name + "/" + claim);
    if (volume == volume_of_.end()) continue;
    const auto zones = zones_of_.find(volume->second);
    if (zones == zones_of_.end()) continue;
    if (!common) {
      common = zones->second;
      continue;
    }
    std::set<std::string> both;
    std::ranges::set_intersection(*common, zones->second, std::inserter(both, both.end()));
    common = std::move(both);
  }
  return common;
}

std::vector<std::string> VolumeIndex::ZonesOf(
    const std::string& namespace_name, const std::set<std::vector<std::string>>& claims) const {
  const std::lock_guard lock(mutex_);
  std::set<std::string> zones;
  for (const std::vector<std::string>& of_replica : claims) {
    const Zones each = ZonesOfReplica(namespace_name, of_replica);
    if (!each) return {};
    zones.insert(each->begin(), each->end());
  }
  return {zones.begin(), zones.end()};
}

}  // namespace loadcurve::kube
