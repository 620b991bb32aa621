#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/prometheus/selector.h"
#include "base/units.h"
#include "base/workload.h"
#include "metrics/request_counts.h"

namespace loadcurve::prometheus {

// Who counts the requests, and so whose silence means that requests go uncounted.
enum class Reporter : std::uint8_t {
  kReplica,  // the replicas themselves, or a proxy beside each
  kGateway,  // a proxy in front of them, with pods of its own
};

// How requests are counted under one naming scheme. Values of matchers may hold
// placeholders, see WorkloadNames.
struct RequestMetric {
  std::string histogram;  // of durations, without "_bucket"
  // What a value of 1 is: 1 s or 1 ms.
  Duration unit = std::chrono::seconds(1);
  bool is_native = false;  // a native histogram rather than _bucket, _sum
  std::vector<LabelMatcher> matchers{};
  // Joined by a blank they name the route: {"method", "uri"} gives "GET /orders/{id}".
  std::vector<std::string> route_labels{};
  std::string status_label{};       // HTTP: "503", or "5xx"
  std::string grpc_status_label{};  // 14, "UNAVAILABLE" or "Unavailable"
  std::string pod_label = "pod";
  Reporter reporter = Reporter::kReplica;
  // Of `up`; empty: not asked for.
  std::vector<LabelMatcher> targets{};
  // A gauge of the requests that are being served, and its matchers; empty: none.
  std::string in_flight{};
  std::vector<LabelMatcher> in_flight_matchers{};
};

// What placeholders stand for. In a regular expression the names are taken literally.
struct WorkloadNames {
  WorkloadId workload;   // {namespace}, {workload}
  std::string object{};  // {object}: the Service, Ingress or HTTPRoute; empty: {workload}
};

// The matchers with {namespace}, {workload}, {object} and {pods} filled in. {pods} is a
// regular expression for the names of the workload's pods by its kind: a Deployment's or
// Rollout's are NAME-HASH-ABCDE, a StatefulSet's NAME-3, any other's begin with NAME-.
std::vector<LabelMatcher> Filled(const std::vector<LabelMatcher>& matchers,
                                 const WorkloadNames& names);

// Error: an HTTP status of 500 and above ("503", "5xx"), or a gRPC status that says the
// server failed, as logs::IsServerFailure has it. Long-lived: HTTP 101. All else is served.
RequestClass ClassOf(std::string_view http_status, std::string_view grpc_status);

}  // namespace loadcurve::prometheus
