#pragma once

#include <map>
#include <string>

#include "adapters/kube/event_recorder.h"
#include "adapters/kube/kube_client.h"
#include "adapters/kube/profile_store.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::kube {

// Writes the status of ScalingProfiles by server-side apply, only when it changes, and tells
// what a person should see as Events. For the leader alone. Not thread-safe.
//
// News is written at once; a load that only moved waits for its turn, two a second over all
// profiles, so that a cluster of ten thousand steady profiles stays below five writes a second.
class StatusWriter {
 public:
  // All outlive this.
  StatusWriter(KubeClient& client, EventRecorder& events, const Clock& clock);

  // True where it was written. `next` is about profile.generation; the times in it are those of
  // now and are settled against what was written before. kNotFound and kConflict where the
  // profile is gone or made anew: nothing to do. An Event that could not be written is an error
  // after the status was.
  [[nodiscard]] Result<bool> Write(const StoredProfile& profile, ProfileStatus next);

  // Forgets what was written: another leader may have written since.
  void Forget() { written_.clear(); }

 private:
  const Clock& clock_;
  KubeClient& client_;
  EventRecorder& events_;
  std::map<std::string, ProfileStatus> written_;  // by uid
  Duration next_move_at_ = Duration::min();
};

}  // namespace loadcurve::kube
