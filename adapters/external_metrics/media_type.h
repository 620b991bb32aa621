#pragma once

#include <string_view>

namespace loadcurve::external_metrics {

inline constexpr std::string_view kJsonType = "application/json";
inline constexpr std::string_view kAggregatedDiscoveryType =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

// What of ours an Accept header (RFC 9110, 12.5.1) wants.
enum class MediaChoice {
  kJson,
  kAggregatedDiscovery,  // only where it is offered
  kNone,                 // 406
};

// The clause of the highest weight that we can serve decides, among equals the first. An empty
// header accepts JSON. A clause with "as=" asks for another shape (a Table, say), and is met
// only by that shape.
MediaChoice ChooseMedia(std::string_view accept, bool offers_aggregated_discovery);

}  // namespace loadcurve::external_metrics
