#include "adapters/http/http_transport.h"

#include <algorithm>

namespace loadcurve::http {
namespace {

constexpr char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool IsSameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string_view HeaderOf(const Headers& headers, std::string_view name) {
  for (const auto& [other, value] : headers) {
    if (IsSameName(other, name)) return value;
  }
  return {};
}

}  // namespace loadcurve::http
