#include "adapters/external_metrics/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

namespace loadcurve::external_metrics {
namespace {

// Thousandths, rounded up but for what is only the noise of the multiplication.
std::int64_t Thousandths(double value) {
  const double exact = value * 1000;
  const double nearest = std::round(exact);
  const double noise = exact * 4 * std::numeric_limits<double>::epsilon();
  return static_cast<std::int64_t>(std::abs(exact - nearest) <= noise ? nearest : std::ceil(exact));
}

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

Result<std::string> ToQuantity(double value) {
  if (!std::isfinite(value) || value < 0)
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("value {}; expected a finite number that is not negative", value));
  std::int64_t number = Thousandths(std::min(value, kLargestQuantity));
  if (number % 1000 != 0) return fmt::format("{}m", number);
  number /= 1000;
  static constexpr std::array<std::string_view, 7> kNames = {"", "k", "M", "G", "T", "P", "E"};
  std::size_t scale = 0;
  while (number != 0 && number % 1000 == 0) {
    number /= 1000;
    ++scale;
  }
  return fmt::format("{}{}", number, kNames.at(scale));
}

Result<double> ParseQuantity(std::string_view text) {
  const auto bad = [&] {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("quantity '{}'; expected digits and one of n u m k M G T P E, Ki to Ei "
                            "or an exponent",
                            text));
  };
  std::string_view rest = text;
  const bool is_negative = rest.starts_with('-');
  if (is_negative || rest.starts_with('+')) rest.remove_prefix(1);
  const std::size_t size = std::min(rest.size(), rest.find_first_not_of("0123456789."));
  const std::string_view digits = rest.substr(0, size);
  const bool has_digit = digits.find_first_of("0123456789") != std::string_view::npos;
  if (!has_digit || std::count(digits.begin(), digits.end(), '.') > 1) return bad();
  double number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed);
  const double factor = FactorOf(rest.substr(size));
  if (factor == 0) return bad();
  return (is_negative ? -number : number) * factor;
}

}  // namespace loadcurve::external_metrics
