#include "adapters/cloud/simulated/cloud_service.h"

#include <algorithm>
#include <utility>

#include "adapters/cloud/simulated/cloud_documents.h"

namespace loadcurve::simulated_cloud {
namespace {

constexpr std::string_view kOrders = "/v1/orders/";

http::ServerResponse Json(int status, std::string body) {
  return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}

http::ServerResponse Refused(int status, std::string_view why) {
  return Json(status, TextOfError(why));
}

// None for what has no faults.
std::optional<CallKind> KindOf(std::string_view method, std::string_view target) {
  if (method == "POST" && target == "/v1/orders") return CallKind::kOrder;
  if (method == "POST" && target == "/v1/retirements") return CallKind::kRetire;
  if (method == "GET" && target == "/v1/nodes") return CallKind::kNodes;
  if (method == "GET" && target == "/v1/offers") return CallKind::kOffers;
  return std::nullopt;
}

http::ServerResponse Failed(const FaultRule& fault) {
  if (fault.kind == FaultKind::kLostReply)
    return Refused(504, "a fault of the plan: it was done, and the answer is lost");
  if (fault.kind == FaultKind::kUnavailable)
    return Refused(503, "a fault of the plan: nothing was done");
  http::ServerResponse response = Refused(429, "a fault of the plan: too many calls");
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(fault.retry_after).count();
  response.headers.emplace_back("Retry-After", std::to_string(seconds));
  return response;
}

}  // namespace

CloudService::CloudService(CloudPlan plan, double speed, const Clock& clock)
    : speed_(speed), clock_(clock), started_at_(clock.MonotonicNow()), model_(std::move(plan)) {}

Duration CloudService::Now() const {
  const auto real = static_cast<double>((clock_.MonotonicNow() - started_at_).count());
  return Duration(static_cast<Duration::rep>(real * speed_));
}

std::optional<http::ServerResponse> CloudService::AnswerAtOnce(const http::ServerRequest& request) {
  const std::lock_guard lock(mutex_);
  const Duration now = Now();
  const auto kind = KindOf(request.method, request.target);
  const auto fault = kind ? model_.FaultOf(*kind, now) : std::nullopt;
  if (fault && fault->kind != FaultKind::kLostReply) return Failed(*fault);
  http::ServerResponse response = Route(request, now);
  return fault ? Failed(*fault) : std::move(response);
}

http::ServerResponse CloudService::Answer(const http::ServerRequest& /*request*/) {
  return Refused(500, "all is answered at once");
}

http::ServerResponse CloudService::Route(const http::ServerRequest& request, Duration now) {
  const std::string_view target = request.target;
  if (request.method == "POST" && target == "/v1/orders") return Sell(request.body, now);
  if (request.method == "POST" && target == "/v1/retirements") return TakeBack(request.body, now);
  if (request.method == "POST" && target == "/v1/interruptions")
    return Interrupt(request.body, now);
  if (request.method != "GET") return Refused(404, "there is no such call; see --help");
  if (target == "/v1/nodes") return Json(200, TextOf(model_.Nodes(now)));
  if (target == "/v1/offers") return Json(200, TextOf(model_.Offers(now), clock_.Now()));
  if (target == "/v1/ledger") return Json(200, TextOf(model_.Report(now)));
  if (target.starts_with(kOrders)) return Find(std::string(target.substr(kOrders.size())));
  return Refused(404, "there is no such call; see --help");
}

http::ServerResponse CloudService::Sell(std::string_view body, Duration now) {
  const auto order = OrderOf(body);
  if (!order) return Refused(400, order.error().message);
  const auto sold = model_.Sell(*order, now);
  if (!sold) return Refused(404, sold.error().message);
  return Json(200, TextOf(*sold));
}

http::ServerResponse CloudService::TakeBack(std::string_view body, Duration now) {
  const auto ids = IdsOf(body);
  if (!ids) return Refused(400, ids.error().message);
  model_.TakeBack(*ids, now);
  return Json(200, "{}\n");
}

http::ServerResponse CloudService::Interrupt(std::string_view body, Duration now) {
  const auto ids = IdsOf(body);
  if (!ids) return Refused(400, ids.error().message);
  model_.Interrupt(*ids, now);
  return Json(200, "{}\n");
}

http::ServerResponse CloudService::Find(const std::string& token) const {
  const auto found = model_.Find(token);
  if (!found) return Refused(404, "no order '" + token + "' ever came");
  return Json(200, TextOf(*found));
}

LedgerReport CloudService::Report() {
  const std::lock_guard lock(mutex_);
  return model_.Report(Now());
}

}  // namespace loadcurve::simulated_cloud
