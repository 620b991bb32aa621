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
// what a person should see as Events. Not thread-safe.
//
// For the leader alone, who looks at its token right before: of an applied status the API server
// checks neither uid nor resourceVersion (seen with 1.37), so an old leader's write would go
// through, until the new one's next.
//
// Over all profiles it writes 4 times a second at most, Events included, after a first hundred:
// news as long as any of them are left, a load that only moved while half are, and twice a second.
// What had no turn is written when it is asked for again, if it still differs; so who asks begins
// with another each time.
class StatusWriter {
 public:
  // All outlive this.
  StatusWriter(KubeClient& client, EventRecorder& events, const Clock& clock);

  // True where it was written. `next` is about profile.generation; the times in it are those of
  // now and are settled against what was written before. kNotFound where the profile is gone. An
  // Event that could not be written is an error after the status was.
  [[nodiscard]] Result<bool> Write(const StoredProfile& profile, ProfileStatus next);

  // Forgets what was written: another leader may have written since.
  void Forget() { written_.clear(); }

 private:
  const Clock& clock_;
  KubeClient& client_;
  EventRecorder& events_;
  std::map<std::string, ProfileStatus> written_;  // by uid
  void Refill();

  double turns_;
  Duration refilled_at_;
  Duration next_move_at_ = Duration::min();
};

}  // namespace loadcurve::kube
