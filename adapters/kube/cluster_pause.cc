#include "adapters/kube/cluster_pause.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/kube/json_fields.h"
#include "scaler/fleet_brake.h"
#include "scaler/pause.h"

namespace loadcurve::kube {

void ClusterPause::OnEvent(const WatchEvent& event) {
  const std::lock_guard lock(mutex_);
  if (event.kind == WatchEvent::Kind::kSynced) is_synced_ = true;
  if (event.kind != WatchEvent::Kind::kChanged || event.object == nullptr) return;
  const std::string name = TextAt(*event.object, {"metadata", "name"});
  std::string why;
  if (TextAt(*event.object, {"metadata", "annotations", kPausedAnnotation}) == "true")
    why = "paused by the annotation " + std::string(kPausedAnnotation) + " of namespace " + name;
  const bool is_lifted =
      TextAt(*event.object, {"metadata", "annotations", kBrakeAnnotation}) == "off";
  if (why == why_ && is_lifted == is_brake_lifted_) return;
  why_ = std::move(why);
  is_brake_lifted_ = is_lifted;
  ++version_;
}

bool ClusterPause::is_synced() const {
  const std::lock_guard lock(mutex_);
  return is_synced_;
}

std::string ClusterPause::why() const {
  const std::lock_guard lock(mutex_);
  return why_;
}

bool ClusterPause::is_brake_lifted() const {
  const std::lock_guard lock(mutex_);
  return is_brake_lifted_;
}

std::uint64_t ClusterPause::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

}  // namespace loadcurve::kube
