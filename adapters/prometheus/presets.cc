#include "adapters/prometheus/presets.h"

#include <algorithm>
#include <vector>

namespace loadcurve::prometheus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kIs = MatchKind::kIs;
constexpr auto kMatches = MatchKind::kMatches;

// Series and targets of the replicas, as Kubernetes service discovery labels them.
std::vector<LabelMatcher> OfPods() {
  return {{"namespace", kIs, "{namespace}"}, {"pod", kMatches, "{pods}"}};
}

// A metric that the service itself exposes; a gauge of the same labels, if any.
RequestMetric Own(std::string histogram, std::vector<std::string> route_labels,
                  std::string status_label, std::string in_flight = "") {
  RequestMetric metric;
  metric.histogram = std::move(histogram);
  metric.matchers = OfPods();
  metric.route_labels = std::move(route_labels);
  metric.status_label = std::move(status_label);
  metric.targets = OfPods();
  metric.in_flight = std::move(in_flight);
  metric.in_flight_matchers = OfPods();
  return metric;
}

// https://istio.io/latest/docs/reference/config/metrics/
RequestMetric Istio() {
  RequestMetric metric = Own("istio_request_duration_milliseconds", {}, "response_code");
  metric.unit = milliseconds(1);
  metric.matchers = {{"reporter", kIs, "destination"},
                     {"destination_workload_namespace", kIs, "{namespace}"},
                     {"destination_workload", kIs, "{workload}"}};
  metric.grpc_status_label = "grpc_response_status";
  metric.in_flight = "envoy_http_downstream_rq_active";
  metric.in_flight_matchers.push_back({"http_conn_manager_prefix", kMatches, "inbound_.*"});
  return metric;
}

// The same metric of a waypoint (ambient mode): one proxy for many workloads.
RequestMetric IstioWaypoint() {
  RequestMetric metric = Istio();
  metric.matchers[0] = {"reporter", kIs, "waypoint"};
  metric.reporter = Reporter::kGateway;
  metric.targets.clear();
  metric.in_flight.clear();
  return metric;
}

// https://www.envoyproxy.io/docs/envoy/latest/configuration/upstream/cluster_manager/cluster_stats
// Envoy Gateway names a cluster httproute/NAMESPACE/ROUTE/rule/N.
RequestMetric EnvoyGateway() {
  const LabelMatcher cluster = {"envoy_cluster_name", kMatches,
                                "(http|grpc)route/{namespace}/{object}/rule/.*"};
  RequestMetric metric;
  metric.histogram = "envoy_cluster_upstream_rq_time";
  metric.unit = milliseconds(1);
  metric.matchers = {cluster};
  metric.route_labels = {"envoy_cluster_name"};
  metric.reporter = Reporter::kGateway;
  metric.targets = {{"namespace", kIs, "envoy-gateway-system"}, {"pod", kMatches, "envoy-.+"}};
  metric.in_flight = "envoy_cluster_upstream_rq_active";
  metric.in_flight_matchers = {cluster};
  return metric;
}

// https://kubernetes.github.io/ingress-nginx/user-guide/monitoring/
// The time of the response of the upstream; request_duration_seconds would hold slow
// clients too. "namespace" is that of the controller, where labels are not honoured.
RequestMetric IngressNginx() {
  RequestMetric metric;
  metric.histogram = "nginx_ingress_controller_response_duration_seconds";
  metric.matchers = {{"exported_namespace", kIs, "{namespace}"}, {"ingress", kIs, "{object}"}};
  metric.route_labels = {"method", "path"};
  metric.status_label = "status";
  metric.reporter = Reporter::kGateway;
  metric.targets = {{"pod", kMatches, ".*ingress-nginx-controller-.+"}};
  return metric;
}

// https://doc.traefik.io/traefik/observability/metrics/overview/
// A service is called NAMESPACE-SERVICE-PORT@kubernetes, or @kubernetescrd, @kubernetesgateway.
RequestMetric Traefik() {
  RequestMetric metric;
  metric.histogram = "traefik_service_request_duration_seconds";
  metric.matchers = {{"service", kMatches, "{namespace}-{object}-.+@kubernetes.*"}};
  metric.route_labels = {"method"};
  metric.status_label = "code";
  metric.reporter = Reporter::kGateway;
  metric.targets = {{"pod", kMatches, "traefik-.+"}};
  return metric;
}

// https://linkerd.io/2/reference/proxy-metrics/
RequestMetric Linkerd() {
  RequestMetric metric = Own("response_latency_ms", {}, "status_code");
  metric.unit = milliseconds(1);
  metric.matchers.push_back({"direction", kIs, "inbound"});
  return metric;
}

// https://docs.konghq.com/hub/kong-inc/prometheus/: what the upstream took.
RequestMetric Kong() {
  RequestMetric metric;
  metric.histogram = "kong_upstream_latency_ms";
  metric.unit = milliseconds(1);
  metric.matchers = {{"service", kMatches, "{namespace}\\.{object}\\..+"}};
  metric.route_labels = {"route"};
  metric.reporter = Reporter::kGateway;
  metric.targets = {{"pod", kMatches, ".*kong-.+"}};
  return metric;
}

// https://opentelemetry.io/docs/specs/semconv/http/http-metrics/, under the names of the
// Prometheus exporter.
RequestMetric OpenTelemetry() {
  return Own("http_server_request_duration_seconds", {"http_request_method", "http_route"},
             "http_response_status_code", "http_server_active_requests");
}

// Semantic conventions before 1.23, in milliseconds.
RequestMetric OldOpenTelemetry() {
  RequestMetric metric = Own("http_server_duration_milliseconds", {"http_method", "http_route"},
                             "http_status_code", "http_server_active_requests");
  metric.unit = milliseconds(1);
  return metric;
}

std::vector<Preset> MakePresets() {
  std::vector<Preset> presets;
  presets.push_back({"istio", "Istio, sidecar of the destination", Istio(),
                     "Scrape the sidecars with the labels namespace and pod."});
  presets.push_back({"istio-waypoint", "Istio, ambient waypoint", IstioWaypoint(),
                     "Give `targets` of the waypoint to learn its coverage."});
  presets.push_back({"envoy-gateway", "Envoy Gateway (Gateway API)", EnvoyGateway(),
                     "{object} is the HTTPRoute; the histogram has no status, so errors are "
                     "counted as served."});
  presets.push_back({"ingress-nginx", "ingress-nginx", IngressNginx(),
                     "{object} is the Ingress; with honorLabels exported_namespace is namespace."});
  presets.push_back({"traefik", "Traefik", Traefik(),
                     "{object} is the Service; addServicesLabels (default), and finer buckets "
                     "than Traefik's four."});
  presets.push_back({"linkerd", "Linkerd, inbound proxy", Linkerd(),
                     "Scrape the proxies with the labels namespace and pod."});
  presets.push_back({"kong", "Kong", Kong(),
                     "latency_metrics on; {object} is the Service; no status, so errors are "
                     "counted as served."});
  presets.push_back(
      {"spring", "Spring Boot, Micrometer",
       Own("http_server_requests_seconds", {"method", "uri"}, "status",
           "http_server_requests_active_seconds_gcount"),
       "management.metrics.distribution.percentiles-histogram.http.server.requests=true; the "
       "gauge is ..._active_count before Spring Boot 3.3."});
  presets.push_back({"opentelemetry", "OpenTelemetry HTTP server", OpenTelemetry(),
                     "Labels namespace and pod by the scrape, or k8s_namespace_name and "
                     "k8s_pod_name by resource attributes."});
  presets.push_back({"opentelemetry-old", "OpenTelemetry HTTP server before 1.23",
                     OldOpenTelemetry(), "As above."});
  presets.push_back({"client-library", "Prometheus client libraries, the usual name",
                     Own("http_request_duration_seconds", {"method", "handler"}, "code",
                         "http_requests_in_flight"),
                     "Labels differ: path or route for handler, status for code."});
  RequestMetric grpc = Own("grpc_server_handling_seconds", {"grpc_service", "grpc_method"}, "");
  presets.push_back({"grpc", "go-grpc-prometheus, grpc-java and kin", std::move(grpc),
                     "EnableHandlingTimeHistogram; the histogram has no code, so errors are "
                     "counted as served."});
  return presets;
}

}  // namespace

std::span<const Preset> Presets() {
  static const std::vector<Preset> kPresets = MakePresets();
  return kPresets;
}

Result<Preset> PresetNamed(std::string_view name) {
  std::string names;
  for (const Preset& preset : Presets()) {
    if (preset.name == name) return preset;
    names += (names.empty() ? "" : ", ") + preset.name;
  }
  return Fail(ErrorCode::kInvalidArgument,
              "there is no preset '" + std::string(name) + "'; expected one of " + names);
}

}  // namespace loadcurve::prometheus
