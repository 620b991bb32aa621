#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "adapters/external_metrics/single_flight.h"
#include "adapters/external_metrics/status.h"
#include "adapters/http/http_transport.h"
#include "adapters/http/request_handler.h"
#include "base/result.h"

namespace loadcurve::external_metrics {

// A cluster has one server of external.metrics.k8s.io. Metrics that are not ours are asked of a
// second one, on behalf of callers who may read them. Thread-safe.
class MetricForwarder {
 public:
  // Half of the threads of the server that may wait: a second server that hangs never keeps our
  // own metrics waiting.
  static constexpr int kMostAtOnce = 8;
  static constexpr Duration kPatience = std::chrono::seconds(2);

  // `url` is the second server's, "https://keda-metrics-apiserver.keda.svc:443"; anything but
  // https, or with a path, is kInvalidArgument. `transport`, which shows a token that the second
  // server knows us by, outlives it.
  [[nodiscard]] static Result<void> CheckUrl(std::string_view url);
  MetricForwarder(http::HttpTransport& transport, std::string url);

  // Metrics that no profile of ours publishes.
  static bool IsForeign(std::string_view metric);

  // Requests that wait for it.
  int now() const { return now_; }

  // What the second server answers, once asked by one caller for all who ask the same at the same
  // time. Its list or Status is passed through as it came, but for what would hurt an HPA; all
  // else is a Status of 503 that names it, and why. Waits for it.
  http::ServerResponse Answer(std::string_view namespace_name, std::string_view metric,
                              std::string_view selector);

 private:
  [[nodiscard]] Result<http::ServerResponse> Ask(const std::string& path);
  [[nodiscard]] Result<http::ServerResponse> Checked(const http::HttpResponse& response) const;

  http::HttpTransport& transport_;
  const std::string url_;
  std::atomic<int> now_{0};
  SingleFlight<http::ServerResponse> flights_;
};

// Marks what was forwarded, so that two servers that name each other do not go on for ever.
inline constexpr std::string_view kForwardedHeader = "Loadcurve-Forwarded";

}  // namespace loadcurve::external_metrics
