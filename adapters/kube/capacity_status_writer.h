#pragma once

#include <map>
#include <string>

#include "adapters/kube/capacity_profile_store.h"
#include "adapters/kube/event_recorder.h"
#include "adapters/kube/kube_client.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::kube {

// Writes the status of CapacityProfiles by server-side apply: news at once, counts that only moved
// once a minute. For the leader alone. Not thread-safe.
class CapacityStatusWriter {
 public:
  // All outlive this.
  CapacityStatusWriter(KubeClient& client, EventRecorder& events, const Clock& clock);

  // `tells`: what a person should see is told as Events too.
  [[nodiscard]] Result<void> Write(const StoredCapacityProfile& profile, CapacityProfileStatus next,
                                   bool tells);

  // Another leader may have written since.
  void Forget() { written_.clear(); }

 private:
  struct Written {
    CapacityProfileStatus status;
    Duration at{0};
  };

  KubeClient& client_;
  EventRecorder& events_;
  const Clock& clock_;
  std::map<std::string, Written> written_;  // by uid
};

}  // namespace loadcurve::kube
