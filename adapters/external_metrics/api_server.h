#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/external_metrics/api_routes.h"
#include "adapters/external_metrics/authenticator.h"
#include "adapters/external_metrics/authorizer.h"
#include "adapters/external_metrics/metric_forwarder.h"
#include "adapters/http/request_handler.h"

namespace loadcurve::external_metrics {

// What is told about an answered request, for logs and counters. Lives as long as the call.
struct AnsweredRequest {
  std::string_view method;
  std::string_view target;
  std::string_view caller;    // "" where nobody was identified
  std::string_view audit_id;  // of kube-apiserver, by which its audit log has the same request
  int status = 0;
};

// The external metrics API as a handler of HTTP: who asks (Authenticator), whether they may
// (Authorizer), then the answer (ApiRoutes). Thread-safe.
class ApiServer final : public http::RequestHandler {
 public:
  using Observer = std::function<void(const AnsweredRequest&)>;

  // All outlive it; `observer`, which may be empty, is called from many threads. `forwarder` is
  // asked for metrics that are not ours; null: nobody is.
  ApiServer(Authenticator& authenticator, Authorizer& authorizer, const ApiRoutes& routes,
            Observer observer = {}, MetricForwarder* forwarder = nullptr);

  std::optional<http::ServerResponse> AnswerAtOnce(const http::ServerRequest& request) override;
  http::ServerResponse Answer(const http::ServerRequest& request) override;
  http::ServerResponse Refuse(int status, std::string_view why) override;

 private:
  enum class Patience { kNone, kWaits };

  std::optional<http::ServerResponse> AnswerWith(const http::ServerRequest& request,
                                                 Patience patience);
  bool IsForwarded(const http::ServerRequest& request, const RequestTarget& target) const;
  std::optional<http::ServerResponse> Decide(const http::ServerRequest& request, Patience patience,
                                             std::string& caller_name);

  Authenticator& authenticator_;
  Authorizer& authorizer_;
  const ApiRoutes& routes_;
  const Observer observer_;
  MetricForwarder* const forwarder_;
};

}  // namespace loadcurve::external_metrics
