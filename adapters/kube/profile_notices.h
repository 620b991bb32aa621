#pragma once

#include <string>
#include <vector>

#include "adapters/kube/event_recorder.h"
#include "adapters/kube/profile_status.h"

namespace loadcurve::kube {

// What changed from one status to the next that a person should see: a condition that turned
// bad, or good again; an adopted calibration; what a release did
// to the capacity; and another stage of a rollout. What was never
// otherwise is told only where it is bad.
std::vector<Notice> NoticesBetween(const ProfileStatus& before, const ProfileStatus& after);

}  // namespace loadcurve::kube
