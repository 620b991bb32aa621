#include "adapters/http/http_transport.h"

#include <algorithm>
#include <cctype>

namespace loadcurve::http {
namespace {

bool IsSameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace

std::string_view HeaderOf(const Headers& headers, std::string_view name) {
  for (const auto& [other, value] : headers) {
    if (IsSameName(other, name)) return value;
  }
  return {};
}

}  // namespace loadcurve::http
