#include "adapters/profile_codec/quantity_text.h"

#include <charconv>
#include <cmath>
#include <cstdint>

#include "base/quantity_text.h"

namespace loadcurve::profile_codec {

std::optional<double> NumberIn(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

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
