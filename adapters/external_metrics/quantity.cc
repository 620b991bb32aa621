#include "adapters/external_metrics/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

namespace loadcurve::external_metrics {
namespace {

// Thousandths, rounded up but for what is only the noise of the multiplication.
std::int64_t Thousandths(double value) {
  const double exact = value * 1000;
  const double nearest = std::round(exact);
  const double noise = exact * 4 * std::numeric_limits<double>::epsilon();
  return static_cast<std::int64_t>(std::abs(exact - nearest) <= noise ? nearest : std::ceil(exact));
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

}  // namespace loadcurve::external_metrics
