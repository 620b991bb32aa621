#include "adapters/kube/cluster_pause.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/kube/json_fields.h"
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
  if (why == why_) return;
  why_ = std::move(why);
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

std::uint64_t ClusterPause::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

}  // namespace loadcurve::kube
