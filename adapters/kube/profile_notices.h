#pragma once

#include <string>
#include <vector>

#include "adapters/kube/event_recorder.h"
#include "adapters/kube/profile_status.h"

namespace loadcurve::kube {

// What changed from one status to the next that a person should see: a condition that turned
// bad, or good again; an adopted calibration; what a release did
// to the capacity; a correction of it by windows or latency; another stage of a rollout; and what
// containers should ask for. What was never otherwise is told only where it is bad.
std::vector<Notice> NoticesBetween(const ProfileStatus& before, const ProfileStatus& after);

}  // namespace loadcurve::kube
