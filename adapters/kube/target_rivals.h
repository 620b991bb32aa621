#pragma once

#include <map>
#include <string>

#include "adapters/kube/profile_store.h"
#include "scaler/workload_status.h"

namespace loadcurve::kube {

// Profiles whose target another profile rules, and that one, as "shop/web". Of several with the
// same targetRef (group, kind and name, in one namespace) the oldest rules, and of those of one
// second the first by name. A profile that cannot be read counts as what it last was.
std::map<ProfileKey, std::string> RivalsOf(const ProfileStore::Profiles& profiles);

}  // namespace loadcurve::kube
