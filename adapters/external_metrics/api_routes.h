#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "adapters/external_metrics/documents.h"
#include "adapters/external_metrics/health_checks.h"
#include "adapters/external_metrics/metric_reader.h"
#include "adapters/external_metrics/request_target.h"
#include "adapters/external_metrics/status.h"
#include "adapters/http/request_handler.h"

namespace loadcurve::external_metrics {

// What a request asks for, without who asks: nothing beyond this point can depend on a header
// that names a user.
struct ApiRequest {
  RequestTarget target;
  std::string_view accept{};
  std::string_view if_none_match{};
  Layout layout = Layout::kCompact;
};

// True for P/namespaces/NAMESPACE/METRIC and nothing else.
bool IsMetricPath(const RequestTarget& target);

// The answers of the external metrics API to GET, by path. Pure but for its reader and checks.
// Thread-safe.
class ApiRoutes {
 public:
  // `metrics_page` answers /metrics; empty: 404. All it refers to outlives it.
  ApiRoutes(Documents documents, const MetricReader& reader, const HealthChecks& health,
            std::function<std::string()> metrics_page);

  http::ServerResponse Answer(const ApiRequest& request) const;

 private:
  http::ServerResponse Metric(const ApiRequest& request) const;
  http::ServerResponse Discovery(const ApiRequest& request) const;
  http::ServerResponse OpenApi(const ApiRequest& request) const;

  const Documents documents_;
  const MetricReader& reader_;
  const HealthChecks& health_;
  const std::function<std::string()> metrics_page_;
};

}  // namespace loadcurve::external_metrics
