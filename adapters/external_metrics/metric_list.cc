#include "adapters/external_metrics/metric_list.h"

#include <nlohmann/json.hpp>

#include "adapters/external_metrics/quantity.h"
#include "base/time_text.h"

namespace loadcurve::external_metrics {
namespace {

// The text of most names and labels needs nothing but quotes; the library does the rest.
void AppendQuoted(std::string& json, std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c > '~' || c == '"' || c == '\\') {
      json += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      return;
    }
  }
  json.append("\"").append(text).append("\"");
}

}  // namespace

Result<std::string> ToMetricList(std::string_view metric, const MetricItem& item) {
  LC_TRY(const std::string quantity, ToQuantity(item.value));
  std::string json;
  json.reserve(512);
  json += R"({"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1",)"
          R"("metadata":{},"items":[{"metricName":)";
  AppendQuoted(json, metric);
  json += R"(,"metricLabels":{)";
  bool is_first = true;
  for (const auto& [name, value] : item.labels) {
    if (!is_first) json += ',';
    is_first = false;
    AppendQuoted(json, name);
    json += ':';
    AppendQuoted(json, value);
  }
  json += R"(},"timestamp":)";
  AppendQuoted(json, ToRfc3339(std::chrono::floor<std::chrono::seconds>(item.measured_at)));
  const auto window = std::chrono::floor<std::chrono::seconds>(item.window).count();
  if (window > 0) json += R"(,"window":)" + std::to_string(window);
  json += R"(,"value":)";
  AppendQuoted(json, quantity);
  json += "}]}\n";
  return json;
}

}  // namespace loadcurve::external_metrics
