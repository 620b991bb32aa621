#pragma once

#include <optional>
#include <string_view>

namespace loadcurve {

// Reads an amount in any form in which Kubernetes writes a resource.Quantity, in its base unit
// (cores, bytes): sign, decimals, one of n u m k M G T P E, Ki to Ei, or an exponent. "250m" is
// 0.25, "1.5Gi" 1610612736, "1e3" 1000. Absent where the text is none.
// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
std::optional<double> QuantityIn(std::string_view text);

}  // namespace loadcurve
