#include "adapters/external_metrics/review_client.h"

#include <fmt/format.h>

#include <utility>

namespace loadcurve::external_metrics {
namespace {

constexpr Duration kPatience = std::chrono::seconds(10);
constexpr Duration kFirstPause = std::chrono::milliseconds(500);
constexpr int kAttempts = 5;

[[nodiscard]] Result<std::string> BodyOf(const http::HttpResponse& response,
                                         std::string_view path) {
  if (response.status >= 200 && response.status < 300) return response.body;
  const std::string answer =
      fmt::format("kube-apiserver answered {} to POST {}", response.status, path);
  if (response.status == 401 || response.status == 403)
    return Fail(ErrorCode::kPermissionDenied,
                answer +
                    "; allow it: kubectl create clusterrolebinding loadcurve:auth-delegator "
                    "--clusterrole=system:auth-delegator --serviceaccount=NAMESPACE:loadcurve");
  const bool is_passing = response.status == 429 || response.status >= 500;
  return Fail(is_passing ? ErrorCode::kUnavailable : ErrorCode::kInternal,
              fmt::format("{}: {}", answer, response.body.substr(0, 200)));
}

}  // namespace

ReviewClient::ReviewClient(http::HttpTransport& transport, std::string base_url, const Clock& clock)
    : transport_(transport), base_url_(std::move(base_url)), clock_(clock) {}

Result<std::string> ReviewClient::Post(std::string_view path, const std::string& body) const {
  const http::HttpRequest request{
      .method = "POST",
      .url = base_url_ + std::string(path),
      .headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}},
      .body = body};
  const Duration end = clock_.MonotonicNow() + kPatience;
  Duration pause = kFirstPause;
  for (int attempt = 1;; ++attempt) {
    Result<std::string> outcome =
        transport_.Send(request, end - clock_.MonotonicNow())
            .and_then([&](const http::HttpResponse& response) { return BodyOf(response, path); });
    const Duration next = clock_.MonotonicNow() + pause;
    if (outcome || !IsRetryable(outcome.error().code) || attempt == kAttempts || next >= end)
      return outcome;
    clock_.SleepUntil(next, {});
    pause += pause / 2;
  }
}

}  // namespace loadcurve::external_metrics
