#pragma once

#include <string>

#include "base/result.h"

namespace loadcurve::external_metrics {

// The largest value published: what an HPA reads is milli-units in 64 bits, and this leaves
// room for summing.
inline constexpr double kLargestQuantity = 9e15;

// A number as Kubernetes writes a resource.Quantity in its canonical decimal form: thousandths
// at the finest, rounded up; no fraction; the largest of m "" k M G T P E that loses nothing.
// 1.5 -> "1500m", 12 -> "12", 1000 -> "1k", 0 -> "0", 0.0001 -> "1m". The noise of a double
// (0.07 * 1000 is not 70) does not round up. Values beyond kLargestQuantity become it.
// Negative, infinite or no number: kInvalidArgument.
[[nodiscard]] Result<std::string> ToQuantity(double value);

}  // namespace loadcurve::external_metrics
