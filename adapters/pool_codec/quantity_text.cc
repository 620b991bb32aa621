#include "adapters/pool_codec/quantity_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

namespace loadcurve::pool_codec {
namespace {

// The number that `text` begins with, which is then taken off it.
std::optional<double> TakeNumber(std::string_view& text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc() || !(value >= 0) || !std::isfinite(value)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

}  // namespace

std::optional<CpuCores> ParseCores(std::string_view text) {
  const auto value = TakeNumber(text);
  if (!value || (!text.empty() && text != "m")) return std::nullopt;
  return CpuCores(text.empty() ? *value : *value / 1000);
}

std::optional<Bytes> ParseMemory(std::string_view text) {
  constexpr double kKibi = 1024;
  constexpr std::array<std::pair<std::string_view, double>, 9> kUnits = {{
      {"", 1},
      {"k", 1e3},
      {"M", 1e6},
      {"G", 1e9},
      {"T", 1e12},
      {"Ki", kKibi},
      {"Mi", kKibi * kKibi},
      {"Gi", kKibi * kKibi * kKibi},
      {"Ti", kKibi * kKibi * kKibi * kKibi},
  }};
  const auto value = TakeNumber(text);
  if (!value) return std::nullopt;
  for (const auto& [unit, factor] : kUnits) {
    const double bytes = *value * factor;
    if (unit == text && bytes < 9e18) return Bytes(static_cast<std::int64_t>(std::llround(bytes)));
  }
  return std::nullopt;
}

}  // namespace loadcurve::pool_codec
