#pragma once

#include <optional>
#include <string_view>

#include "base/units.h"

namespace loadcurve::profile_codec {

// All of the text as one decimal number, with or without an exponent. Absent unless finite.
std::optional<double> NumberIn(std::string_view text);

// Quantities as Kubernetes writes them: "250m", "0.5", "8"; "512Mi", "16Gi", "16G", "1048576".
// Absent unless finite and >= 0.
std::optional<CpuCores> CoresIn(std::string_view text);
std::optional<Bytes> MemoryIn(std::string_view text);

}  // namespace loadcurve::profile_codec
