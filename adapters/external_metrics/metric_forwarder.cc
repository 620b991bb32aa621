#include "adapters/external_metrics/metric_forwarder.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/http/percent_code.h"

namespace loadcurve::external_metrics {
namespace {

using Json = nlohmann::ordered_json;

std::string TextAt(const Json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// A segment that would make another path of it.
bool IsSegment(std::string_view text) {
  return !text.empty() && text != "." && text != ".." && text.find('/') == std::string_view::npos;
}

http::ServerResponse JsonAnswer(int status, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-cache, private"}},
          .body = std::move(body)};
}

// Without '%' in its message, and without a wish to be asked later, which an HPA would sit out.
std::string Harmless(Json status) {
  status["message"] = PrintfSafe(TextAt(status, "message"));
  if (const auto details = status.find("details"); details != status.end() && details->is_object())
    details->erase("retryAfterSeconds");
  return status.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// One more at work, for as long as this lives.
class Counted {
 public:
  explicit Counted(std::atomic<int>& count) : count_(count), before_(count++) {}
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  int before() const { return before_; }

 private:
  std::atomic<int>& count_;
  const int before_;
};

}  // namespace

Result<void> MetricForwarder::CheckUrl(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  const std::string_view host = url.starts_with(kScheme) ? url.substr(kScheme.size()) : "";
  if (!host.empty() && host.find_first_of("/?#@ ") == std::string_view::npos) return {};
  return Fail(ErrorCode::kInvalidArgument, "--forward is '" + std::string(url) +
                                               "'; expected https://HOST or https://HOST:PORT");
}

MetricForwarder::MetricForwarder(http::HttpTransport& transport, std::string url)
    : transport_(transport), url_(std::move(url)) {}

bool MetricForwarder::IsForeign(std::string_view metric) {
  return !metric.starts_with("loadcurve-");
}

http::ServerResponse MetricForwarder::Answer(std::string_view namespace_name,
                                             std::string_view metric, std::string_view selector) {
  if (!IsSegment(namespace_name) || !IsSegment(metric))
    return ToResponse({.code = 400, .message = "expected a namespace and a metric without '/'"});
  const auto fail = [&](const std::string& why) {
    return ToResponse({.code = 503,
                       .message = std::string(metric) + " is asked of the second server " + url_ +
                                  " (--forward): " + why,
                       .metric = std::string(metric)});
  };
  const Counted counted(now_);
  if (counted.before() >= kMostAtOnce)
    return fail(std::to_string(kMostAtOnce) + " requests wait for it already");
  const std::string path =
      std::string(kRoot) + "/namespaces/" + http::PercentEncoded(namespace_name) + "/" +
      http::PercentEncoded(metric) +
      (selector.empty() ? "" : "?labelSelector=" + http::PercentEncoded(selector));
  const auto answer = flights_.Do(path, [&] { return Ask(path); });
  return answer ? *answer : fail(answer.error().message);
}

Result<http::ServerResponse> MetricForwarder::Ask(const std::string& path) {
  LC_TRY(const http::HttpResponse response,
         transport_.Send(
             {.url = url_ + path,
              .headers = {{"Accept", "application/json"}, {std::string(kForwardedHeader), "1"}}},
             kPatience));
  return Checked(response);
}

Result<http::ServerResponse> MetricForwarder::Checked(const http::HttpResponse& response) const {
  Json body = Json::parse(response.body, nullptr, false);
  const std::string kind = body.is_object() ? TextAt(body, "kind") : "";
  const std::string status = std::to_string(response.status);
  if (response.status == 401 || response.status == 403)
    return Fail(ErrorCode::kUnavailable,
                "it refuses our service account with " + status + ": " +
                    (kind == "Status" ? TextAt(body, "message") : "no Status") +
                    "; deploy/manifests/forwarding.yaml grants the right");
  if (response.status == 200 && kind == "ExternalMetricValueList" &&
      TextAt(body, "apiVersion") == kGroupVersion && body.contains("items") &&
      body["items"].is_array())
    return JsonAnswer(200, response.body);
  if (response.status >= 400 && response.status < 600 && kind == "Status")
    return JsonAnswer(response.status, Harmless(std::move(body)));
  return Fail(ErrorCode::kUnavailable, "it answered " + status +
                                           " with what is neither an ExternalMetricValueList of " +
                                           std::string(kGroupVersion) + " nor a Status of failure");
}

}  // namespace loadcurve::external_metrics
