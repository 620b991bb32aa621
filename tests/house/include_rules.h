#pragma once

#include <string>

#include "tests/house/source_text.h"

namespace loadcurve::house {

// Why a source at `path` may not include that header, or "" where it may.
std::string WhyNotByArrows(const std::string& path, const IncludeLine& include);
std::string WhyNotByPackages(const std::string& path, const IncludeLine& include);

}  // namespace loadcurve::house
