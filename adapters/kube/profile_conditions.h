#pragma once

#include <string>

#include "adapters/kube/profile_status.h"
#include "adapters/kube/profile_store.h"
#include "base/units.h"
#include "scaler/workload_status.h"

namespace loadcurve::kube {

// What a step of the loop found, as a person should see it: the conditions with their reasons
// and what to do. Times are those of the step.
ProfileStatus StatusOf(const WorkloadStatus& workload);

// Of a profile that cannot be read: what it was keeps standing, but it is not Active, reason
// InvalidProfile. `profile.profile` must be an error.
ProfileStatus StatusOfBroken(const StoredProfile& profile, TimePoint now);

// Of a profile whose target another one rules, "shop/web": nothing is measured for it, and it is
// not Active, reason TargetTaken.
ProfileStatus StatusOfRival(const StoredProfile& profile, const std::string& ruler, TimePoint now);

// What is said of it everywhere.
std::string WhyRival(const std::string& ruler);

}  // namespace loadcurve::kube
