#include "adapters/kube/object_name.h"

#include <cstdint>

namespace loadcurve::kube {
namespace {

// FNV-1a, as 8 hexadecimal digits.
std::string HashOf(const std::string& text) {
  std::uint32_t hash = 0x811c9dc5U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193U;
  std::string digits;
  for (int shift = 28; shift >= 0; shift -= 4)
    digits += "0123456789abcdef"[(hash >> static_cast<unsigned>(shift)) & 0xFU];
  return digits;
}

bool IsNamePart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

}  // namespace

std::string ObjectNameOf(const std::string& pool) {
  constexpr std::size_t kLongest = 200;
  std::string name = pool.substr(0, kLongest);
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (!IsNamePart(c)) c = '-';
  }
  if (name.empty() || name.front() == '-') name.insert(0, "pool");
  if (name != pool) name += "-" + HashOf(pool);
  return name;
}

}  // namespace loadcurve::kube
