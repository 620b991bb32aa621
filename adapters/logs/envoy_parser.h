#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "adapters/logs/line_parser.h"
#include "adapters/logs/workload_name.h"

namespace loadcurve::logs {

// Envoy's default text access log, and Istio's, which adds fields:
//
//   [START_TIME] "METHOD PATH PROTOCOL" RESPONSE_CODE RESPONSE_FLAGS
//       (Istio: details, "transport failure reason")
//   BYTES_RECEIVED BYTES_SENT DURATION X-ENVOY-UPSTREAM-SERVICE-TIME
//   "X-FORWARDED-FOR" "USER-AGENT" "X-REQUEST-ID" "AUTHORITY" "UPSTREAM_HOST"
//       (Istio: UPSTREAM_CLUSTER, addresses, server name, route name)
//
// Whatever stands between the flags and the first number is stepped over, which reads all
// versions of both. The request ended at START_TIME + DURATION; what counts is the upstream
// service time, or DURATION where there is none ("-": no upstream answered) and for what is
// held open: an upgrade (101), CONNECT, and a connection of the TCP proxy, which has no
// method and no status.
// https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage
class EnvoyParser final : public LineParser {
 public:
  explicit EnvoyParser(WantedFields wanted,
                       WorkloadSource workload_source = WorkloadSource::kBestKnown)
      : wanted_(wanted), workload_source_(workload_source) {}

  BadLine Parse(std::string_view line, LoggedRequest& request) override;
  std::unique_ptr<LineParser> Clone() const override;
  std::string_view FormatName() const override { return "envoy"; }
  std::string DurationSource() const override {
    return "X-ENVOY-UPSTREAM-SERVICE-TIME, else DURATION";
  }

 private:
  WantedFields wanted_;
  WorkloadSource workload_source_;
};

}  // namespace loadcurve::logs
