#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "adapters/kube/watch_machine.h"

namespace loadcurve::kube {

// Whether all of Loadcurve is paused: by the annotation kPausedAnnotation, "true", on the
// namespace it runs in; and whether the fleet's brake is lifted, by kBrakeAnnotation, "off", there.
// Kept up to date by a KubeWatch of that one namespace whose events go to OnEvent. Thread-safe.
class ClusterPause {
 public:
  void OnEvent(const WatchEvent& event);

  // False until the namespace was looked at once.
  bool is_synced() const;

  // Empty where nothing is paused.
  std::string why() const;

  bool is_brake_lifted() const;

  // Grows with every change of the two.
  std::uint64_t version() const;

 private:
  mutable std::mutex mutex_;
  std::string why_;
  bool is_brake_lifted_ = false;
  std::uint64_t version_ = 0;
  bool is_synced_ = false;
};

}  // namespace loadcurve::kube
