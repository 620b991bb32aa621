#include "cmd/latency_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace loadcurve {

std::string Milliseconds(const LatencyHistogram& histogram, double q) {
  return histogram.count() == 0 ? "-" : fmt::format("{:.2f}", Seconds(histogram.Quantile(q)) * 1e3);
}

nlohmann::json LatencyToJson(const LatencyHistogram& histogram) {
  nlohmann::json object = {{"count", histogram.count()}};
  if (histogram.count() == 0) return object;
  object["mean"] = Seconds(histogram.sum()) / static_cast<double>(histogram.count());
  for (const auto& [name, q] :
       {std::pair("p50", 0.5), std::pair("p90", 0.9), std::pair("p99", 0.99),
        std::pair("p999", 0.999), std::pair("max", 1.0)})
    object[name] = Seconds(histogram.Quantile(q));
  return object;
}

}  // namespace loadcurve
