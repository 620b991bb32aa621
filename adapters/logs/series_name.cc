#include "adapters/logs/series_name.h"

#include <cstdint>

namespace loadcurve::logs {
namespace {

constexpr std::size_t kLongestName = 200;
constexpr std::string_view kOther = "other";

// The bytes that follow the first one of a character; -1 for a byte that begins none
// (RFC 3629).
int FollowingBytes(unsigned char first) {
  if (first < 0x80) return 0;
  if (first >= 0xC2 && first <= 0xDF) return 1;
  if (first >= 0xE0 && first <= 0xEF) return 2;
  if (first >= 0xF0 && first <= 0xF4) return 3;
  return -1;
}

// Neither a longer form than needed, nor half of a pair, nor above U+10FFFF.
bool IsCharacter(std::uint32_t code, int following) {
  if (following == 2) return code >= 0x800 && (code < 0xD800 || code > 0xDFFF);
  if (following == 3) return code >= 0x10000 && code <= 0x10FFFF;
  return true;
}

bool IsPrintableUtf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at++]);
    if (first < 0x20 || first == 0x7F) return false;
    const int following = FollowingBytes(first);
    if (following < 0 || at + static_cast<std::size_t>(following) > text.size()) return false;
    std::uint32_t code = first & (0x3FU >> following);
    for (int i = 0; i < following; ++i) {
      const auto next = static_cast<unsigned char>(text[at++]);
      if ((next & 0xC0U) != 0x80) return false;
      code = code << 6U | (next & 0x3FU);
    }
    if (!IsCharacter(code, following)) return false;
  }
  return true;
}

}  // namespace

std::string_view SeriesName(std::string_view text) {
  return text.size() <= kLongestName && IsPrintableUtf8(text) ? text : kOther;
}

}  // namespace loadcurve::logs
