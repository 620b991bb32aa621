#pragma once

#include <string>

#include "base/result.h"
#include "scaler/zone_offsets.h"

namespace loadcurve::profile_codec {

// The clocks of a zone from 1970 to 2037, as the time zone database of this machine has them; later
// years are as the end of 2037. kNotFound: it has no zone of that name.
[[nodiscard]] Result<ZoneOffsets> FindTimeZone(const std::string& name);

}  // namespace loadcurve::profile_codec
