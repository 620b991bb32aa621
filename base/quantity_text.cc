#include "base/quantity_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace loadcurve {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 16> kSuffixes = {{
    {"Ki", 0x1p10},
    {"Mi", 0x1p20},
    {"Gi", 0x1p30},
    {"Ti", 0x1p40},
    {"Pi", 0x1p50},
    {"Ei", 0x1p60},
    {"n", 1e-9},
    {"u", 1e-6},
    {"m", 1e-3},
    {"", 1},
    {"k", 1e3},
    {"M", 1e6},
    {"G", 1e9},
    {"T", 1e12},
    {"P", 1e15},
    {"E", 1e18},
}};

// The factor a suffix stands for; 0 where it is none.
double FactorOf(std::string_view suffix) {
  for (const auto& [name, factor] : kSuffixes) {
    if (name == suffix) return factor;
  }
  if (suffix.size() < 2 || (suffix.front() != 'e' && suffix.front() != 'E')) return 0;
  std::string_view digits = suffix.substr(1);
  if (digits.front() == '+') digits.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  const bool is_whole = error == std::errc() && end == digits.data() + digits.size();
  return is_whole ? std::pow(10.0, exponent) : 0;
}

}  // namespace

std::optional<double> QuantityIn(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t size = std::min(text.size(), text.find_first_not_of("0123456789."));
  const std::string_view digits = text.substr(0, size);
  const bool has_digit = digits.find_first_of("0123456789") != std::string_view::npos;
  if (!has_digit || std::count(digits.begin(), digits.end(), '.') > 1) return std::nullopt;
  double number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed);
  const double factor = FactorOf(text.substr(size));
  if (factor == 0) return std::nullopt;
  const double value = number * factor;
  if (!std::isfinite(value)) return std::nullopt;
  return is_negative ? -value : value;
}

}  // namespace loadcurve
