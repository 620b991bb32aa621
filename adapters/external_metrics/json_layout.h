#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "adapters/external_metrics/status.h"

namespace loadcurve::external_metrics {

// A document as text with a line break at its end, as Kubernetes' own servers have it. Bytes
// that are no UTF-8 become U+FFFD.
std::string Dumped(const nlohmann::ordered_json& document, Layout layout);

// The same from text that is JSON already; text that is not stays as it is.
std::string Laid(std::string compact, Layout layout);

}  // namespace loadcurve::external_metrics
