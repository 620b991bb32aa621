#pragma once

#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "adapters/http/http_transport.h"

namespace loadcurve::external_metrics {

// A kube-apiserver that knows only reviews: what `allows` says of a SubjectAccessReview's spec,
// and the users of `tokens`. It can be told to fail next. Thread-safe but for its settings.
class ReviewPeer final : public http::HttpTransport {
 public:
  std::function<bool(const nlohmann::json& spec)> allows = [](const nlohmann::json&) {
    return false;
  };
  nlohmann::json tokens = nlohmann::json::object();  // token -> user

  // The next calls are answered so, one each, before the reviews are.
  void FailNext(std::vector<Result<http::HttpResponse>> answers) {
    const std::lock_guard lock(mutex_);
    failures_ = std::move(answers);
  }

  [[nodiscard]] Result<http::HttpResponse> Send(const http::HttpRequest& request,
                                                Duration deadline) override {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    deadlines_.push_back(deadline);
    if (!failures_.empty()) {
      Result<http::HttpResponse> failure = failures_.front();
      failures_.erase(failures_.begin());
      return failure;
    }
    const auto review = nlohmann::json::parse(request.body);
    nlohmann::json answer = review;
    if (review["kind"] == "TokenReview") {
      const std::string token = review["spec"]["token"];
      answer["status"]["authenticated"] = tokens.contains(token);
      if (tokens.contains(token)) answer["status"]["user"] = tokens[token];
    } else {
      const bool is_allowed = allows(review["spec"]);
      answer["status"]["allowed"] = is_allowed;
      if (!is_allowed) answer["status"]["reason"] = "no RBAC policy matched";
    }
    return http::HttpResponse{.status = 201, .body = answer.dump()};
  }

  [[nodiscard]] Result<http::HttpResponse> Stream(const http::HttpRequest&, Duration,
                                                  const std::stop_token&, const OnChunk&) override {
    return Fail(ErrorCode::kInternal, "nothing to stream");
  }

  std::vector<http::HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::vector<Duration> deadlines() const {
    const std::lock_guard lock(mutex_);
    return deadlines_;
  }
  // The spec of the latest review.
  nlohmann::json spec() const { return nlohmann::json::parse(requests().back().body)["spec"]; }

 private:
  mutable std::mutex mutex_;
  std::vector<http::HttpRequest> requests_;
  std::vector<Duration> deadlines_;
  std::vector<Result<http::HttpResponse>> failures_;
};

}  // namespace loadcurve::external_metrics
