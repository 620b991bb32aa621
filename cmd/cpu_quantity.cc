#include "cmd/cpu_quantity.h"

#include <charconv>
#include <cmath>
#include <string>

namespace loadcurve {

Result<CpuCores> ParseCpuQuantity(std::string_view text) {
  double cores = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, cores, std::chars_format::fixed);
  const bool is_milli = rest + 1 == end && *rest == 'm';
  if (error != std::errc() || (rest != end && !is_milli) || !(cores > 0) || !std::isfinite(cores))
    return Fail(ErrorCode::kInvalidArgument,
                "'" + std::string(text) + "' is no amount of CPU; expected one as 250m, 0.5 or 2");
  return CpuCores(is_milli ? cores / 1000 : cores);
}

}  // namespace loadcurve
