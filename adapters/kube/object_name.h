#pragma once

#include <string>

namespace loadcurve::kube {

// A pool's name as a part of the name of an object: what a name may not hold is replaced, and a
// hash of the pool set behind it, so that two pools never share a name. At most 213 characters.
std::string ObjectNameOf(const std::string& pool);

}  // namespace loadcurve::kube
