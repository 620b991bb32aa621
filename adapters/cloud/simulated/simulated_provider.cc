#include "adapters/cloud/simulated/simulated_provider.h"

#include <charconv>
#include <utility>

#include "adapters/cloud/simulated/cloud_documents.h"

namespace loadcurve::simulated_cloud {
namespace {

using capacity::CapacityOffer;
using capacity::CapacityOrder;
using capacity::OrderOutcome;
using capacity::ProvidedNode;
using capacity::Shortfall;

constexpr Duration kCallDeadline = std::chrono::seconds(10);

// 5xx and 429 may pass; 504 may have been done.
ErrorCode CodeOf(int status) {
  if (status == 504 || status == 408) return ErrorCode::kDeadlineExceeded;
  if (status == 429 || status >= 500) return ErrorCode::kUnavailable;
  if (status == 401 || status == 403) return ErrorCode::kPermissionDenied;
  return status == 404 ? ErrorCode::kNotFound : ErrorCode::kInvalidArgument;
}

Result<http::HttpResponse> Refusal(const http::HttpResponse& answer, const std::string& what) {
  constexpr std::size_t kShown = 200;
  return Fail(CodeOf(answer.status),
              what + ": " + std::to_string(answer.status) + " " + answer.body.substr(0, kShown));
}

Duration RetryAfterOf(const http::HttpResponse& answer) {
  const std::string_view text = http::HeaderOf(answer.headers, "Retry-After");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr std::int64_t kLongest = 3600;
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) return {};
  return std::chrono::seconds(std::min(seconds, kLongest));
}

// A broken answer to a call that was done: as if it had never come.
template <class Value>
Result<Value> Understood(Result<Value> value, const std::string& what) {
  if (value) return value;
  return Fail(ErrorCode::kUnavailable, what + ": " + value.error().message);
}

}  // namespace

Result<http::HttpResponse> SimulatedProvider::Ask(std::string method, const std::string& path,
                                                  std::string body) {
  http::HttpRequest request{.method = std::move(method), .url = base_url_ + path};
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(body);
  return transport_.Send(request, kCallDeadline);
}

Result<std::vector<CapacityOffer>> SimulatedProvider::Offers() {
  LC_TRY(http::HttpResponse answer, Ask("GET", "/v1/offers", ""));
  if (answer.status != 200) {
    LC_TRY(answer, Refusal(answer, "asking for offers"));
  }
  return Understood(OffersOf(answer.body), "offers");
}

Result<OrderOutcome> SimulatedProvider::Launch(const CapacityOrder& order) {
  const std::string what = "ordering " + std::to_string(order.nodes) + " of " + order.pool;
  LC_TRY(http::HttpResponse answer, Ask("POST", "/v1/orders", TextOf(order)));
  if (answer.status == 429)
    return OrderOutcome{.missing = order.nodes,
                        .why_missing = what + ": 429, too many calls",
                        .shortfall = Shortfall::kThrottled,
                        .retry_after = RetryAfterOf(answer)};
  if (answer.status != 200) {
    LC_TRY(answer, Refusal(answer, what));
  }
  return Understood(OutcomeOf(answer.body), what);
}

Result<std::optional<OrderOutcome>> SimulatedProvider::Find(const CapacityOrder& order) {
  const std::string what = "looking for order " + order.token;
  LC_TRY(http::HttpResponse answer, Ask("GET", "/v1/orders/" + order.token, ""));
  if (answer.status == 404) return std::nullopt;
  if (answer.status != 200) {
    LC_TRY(answer, Refusal(answer, what));
  }
  LC_TRY(OrderOutcome outcome, Understood(OutcomeOf(answer.body), what));
  return outcome;
}

Result<void> SimulatedProvider::Retire(const std::vector<std::string>& node_ids) {
  LC_TRY(http::HttpResponse answer, Ask("POST", "/v1/retirements", TextOfIds(node_ids)));
  if (answer.status != 200) {
    LC_TRY(answer, Refusal(answer, "giving nodes back"));
  }
  return {};
}

Result<std::vector<ProvidedNode>> SimulatedProvider::Nodes() {
  LC_TRY(http::HttpResponse answer, Ask("GET", "/v1/nodes", ""));
  if (answer.status != 200) {
    LC_TRY(answer, Refusal(answer, "listing nodes"));
  }
  return Understood(NodesOf(answer.body), "nodes");
}

}  // namespace loadcurve::simulated_cloud
