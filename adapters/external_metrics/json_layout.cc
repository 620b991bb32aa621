#include "adapters/external_metrics/json_layout.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace loadcurve::external_metrics {

std::string Dumped(const nlohmann::ordered_json& document, Layout layout) {
  return document.dump(layout == Layout::kPretty ? 2 : -1, ' ', false,
                       nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

std::string Laid(std::string compact, Layout layout) {
  if (layout == Layout::kCompact) return compact;
  const auto document = nlohmann::ordered_json::parse(compact, nullptr, false);
  return document.is_discarded() ? compact : Dumped(document, layout);
}

}  // namespace loadcurve::external_metrics
