#include "adapters/profile_codec/quantity_text.h"

#include <cmath>
#include <cstdint>

#include "base/quantity_text.h"

namespace loadcurve::profile_codec {

std::optional<CpuCores> CoresIn(std::string_view text) {
  const auto cores = QuantityIn(text);
  if (!cores || *cores < 0) return std::nullopt;
  return CpuCores(*cores);
}

std::optional<Bytes> MemoryIn(std::string_view text) {
  constexpr double kMost = 9e18;
  const auto bytes = QuantityIn(text);
  if (!bytes || *bytes < 0 || *bytes >= kMost) return std::nullopt;
  return Bytes(static_cast<std::int64_t>(std::llround(*bytes)));
}

}  // namespace loadcurve::profile_codec
