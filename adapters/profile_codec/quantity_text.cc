#include "adapters/profile_codec/quantity_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

namespace loadcurve::profile_codec {
namespace {

constexpr double kKibi = 1024;
constexpr std::array<std::pair<std::string_view, double>, 9> kMemoryUnits = {{
    {"", 1},
    {"k", 1e3},
    {"M", 1e6},
    {"G", 1e9},
    {"T", 1e12},
    {"Ki", kKibi},
    {"Mi", kKibi* kKibi},
    {"Gi", kKibi* kKibi* kKibi},
    {"Ti", kKibi* kKibi* kKibi* kKibi},
}};

struct Parts {
  double number = 0;
  std::string_view unit;
};

std::optional<Parts> PartsOf(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !(number >= 0) || !std::isfinite(number)) return std::nullopt;
  return Parts{number, text.substr(static_cast<std::size_t>(end - text.data()))};
}

}  // namespace

std::optional<CpuCores> CoresIn(std::string_view text) {
  const auto parts = PartsOf(text);
  if (!parts || (!parts->unit.empty() && parts->unit != "m")) return std::nullopt;
  return CpuCores(parts->unit.empty() ? parts->number : parts->number / 1000);
}

std::optional<Bytes> MemoryIn(std::string_view text) {
  constexpr double kMost = 9e18;
  const auto parts = PartsOf(text);
  if (!parts) return std::nullopt;
  for (const auto& [unit, factor] : kMemoryUnits) {
    const double bytes = parts->number * factor;
    if (unit == parts->unit && bytes < kMost)
      return Bytes(static_cast<std::int64_t>(std::llround(bytes)));
  }
  return std::nullopt;
}

}  // namespace loadcurve::profile_codec
