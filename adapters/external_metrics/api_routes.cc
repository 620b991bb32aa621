#include "adapters/external_metrics/api_routes.h"

#include <utility>

#include "adapters/external_metrics/json_layout.h"
#include "adapters/external_metrics/media_type.h"
#include "adapters/external_metrics/metric_list.h"

namespace loadcurve::external_metrics {
namespace {

http::ServerResponse Json(std::string body, std::string_view type = kJsonType) {
  return {.headers = {{"Content-Type", std::string(type)}, {"Cache-Control", "no-cache, private"}},
          .body = std::move(body)};
}

http::ServerResponse NotFound(const ApiRequest& request) {
  return ToResponse(
      {.code = 404,
       .message = "the server could not find the requested resource: " + request.target.path()},
      request.layout);
}

http::ServerResponse NotAcceptable(const ApiRequest& request) {
  return ToResponse(
      {.code = 406, .message = "only the following media types are accepted: application/json"},
      request.layout);
}

// With its ETag, or 304 where the client has it.
http::ServerResponse Tagged(const ConstantDocument& document, std::string_view type,
                            std::string_view caching, const ApiRequest& request) {
  const bool is_known = IsNamedBy(request.if_none_match, document.etag);
  return {.status = is_known ? 304 : 200,
          .headers = {{"Content-Type", std::string(type)},
                      {"Cache-Control", std::string(caching)},
                      {"ETag", document.etag},
                      {"Vary", "Accept"}},
          .body = is_known ? std::string() : Laid(document.body, request.layout)};
}

}  // namespace

bool IsMetricPath(const RequestTarget& target) {
  const auto& at = target.segments();
  return at.size() == 6 && at[0] == "apis" && at[1] == kGroup && at[2] == "v1beta1" &&
         at[3] == "namespaces" && !at[4].empty() && !at[5].empty();
}

ApiRoutes::ApiRoutes(Documents documents, const MetricReader& reader, const HealthChecks& health,
                     std::function<std::string()> metrics_page)
    : documents_(std::move(documents)),
      reader_(reader),
      health_(health),
      metrics_page_(std::move(metrics_page)) {}

http::ServerResponse ApiRoutes::Answer(const ApiRequest& request) const {
  if (IsMetricPath(request.target)) return Metric(request);
  if (HealthChecks::IsHealthPath(request.target)) return health_.Answer(request.target);
  const std::string& path = request.target.path();
  if (path == "/version") return Json(Laid(documents_.version.body, request.layout));
  if (path == "/metrics" && metrics_page_)
    return Json(metrics_page_(), "text/plain; version=0.0.4; charset=utf-8");
  if (path.starts_with("/openapi/")) return OpenApi(request);
  return Discovery(request);
}

http::ServerResponse ApiRoutes::Metric(const ApiRequest& request) const {
  const std::string& metric = request.target.segments()[5];
  const auto fail = [&](const Error& error) {
    return ToResponse(FailureOf(error, metric), request.layout);
  };
  if (request.target.IsSet("watch"))
    return ToResponse({.code = 405,
                       .message = "watch is not supported on external metrics; read them again",
                       .metric = metric},
                      request.layout);
  if (ChooseMedia(request.accept, false) == MediaChoice::kNone) return NotAcceptable(request);
  Result<LabelSelector> selector = LabelSelector::Parse(request.target.Parameter("labelSelector"));
  if (!selector) return fail(selector.error());
  const Result<MetricItem> item = reader_.Read({.namespace_name = request.target.segments()[4],
                                                .metric = metric,
                                                .selector = *std::move(selector)});
  if (!item) return fail(item.error());
  Result<std::string> list = ToMetricList(metric, *item);
  if (!list)  // our value, so our fault
    return fail({ErrorCode::kInternal, metric + ": " + list.error().message});
  return Json(Laid(*std::move(list), request.layout));
}

http::ServerResponse ApiRoutes::Discovery(const ApiRequest& request) const {
  const std::string& path = request.target.path();
  const MediaChoice choice = ChooseMedia(request.accept, path == "/apis");
  const ConstantDocument* document = nullptr;
  if (path == "/apis") {
    const bool is_aggregated = choice == MediaChoice::kAggregatedDiscovery;
    document = is_aggregated ? &documents_.aggregated_discovery : &documents_.group_list;
  } else if (path == "/apis/external.metrics.k8s.io") {
    document = &documents_.group;
  } else if (path == kRoot) {
    document = &documents_.resources;
  }
  if (document == nullptr) return NotFound(request);
  if (choice == MediaChoice::kNone) return NotAcceptable(request);
  return Tagged(*document,
                choice == MediaChoice::kAggregatedDiscovery ? kAggregatedDiscoveryType : kJsonType,
                "public", request);
}

http::ServerResponse ApiRoutes::OpenApi(const ApiRequest& request) const {
  const std::string& path = request.target.path();
  const ConstantDocument* document = nullptr;
  if (path == "/openapi/v2") document = &documents_.openapi_v2;
  if (path == "/openapi/v3") document = &documents_.openapi_v3_index;
  if (path == "/openapi/v3" + std::string(kRoot)) document = &documents_.openapi_v3;
  if (document == nullptr) return NotFound(request);
  if (ChooseMedia(request.accept, false) == MediaChoice::kNone) return NotAcceptable(request);
  // A document that is named by its hash never changes.
  const bool is_by_hash = document == &documents_.openapi_v3 &&
                          request.target.Parameter("hash") == documents_.openapi_v3_hash;
  return Tagged(*document, kJsonType, is_by_hash ? "public, immutable" : "no-cache, private",
                request);
}

}  // namespace loadcurve::external_metrics
