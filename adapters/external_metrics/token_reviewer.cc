#include "adapters/external_metrics/token_reviewer.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/http/digest.h"

namespace loadcurve::external_metrics {
namespace {

using Json = nlohmann::json;

constexpr Duration kKept = std::chrono::seconds(10);

std::string TextOf(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> TextsOf(const Json& list) {
  std::vector<std::string> texts;
  if (!list.is_array()) return texts;
  for (const Json& text : list) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

Caller CallerOf(const Json& user) {
  Caller caller{.name = TextOf(user, "username"), .uid = TextOf(user, "uid")};
  if (user.contains("groups")) caller.groups = TextsOf(user["groups"]);
  if (user.contains("extra") && user["extra"].is_object()) {
    for (const auto& [key, values] : user["extra"].items())
      caller.extra.emplace_back(key, TextsOf(values));
  }
  return caller;
}

Result<Caller> ToResult(const std::optional<Caller>& verdict) {
  if (verdict) return *verdict;
  return Fail(ErrorCode::kPermissionDenied, "the bearer token is not valid");
}

}  // namespace

TokenReviewer::TokenReviewer(const ReviewClient& reviews, const Clock& clock)
    : reviews_(reviews), clock_(clock) {}

std::optional<Result<Caller>> TokenReviewer::Known(std::string_view token) {
  const Result<std::string> key = http::Sha256Hex(token);
  if (!key) return tl::unexpected<Error>(key.error());
  const std::optional<Verdict> verdict = verdicts_.Find(*key, clock_.MonotonicNow());
  if (!verdict) return std::nullopt;
  return ToResult(*verdict);
}

Result<Caller> TokenReviewer::Review(std::string_view token) {
  LC_TRY(const std::string key, http::Sha256Hex(token));
  LC_TRY(const Verdict verdict, flights_.Do(key, [&]() -> Result<Verdict> {
    if (std::optional<Verdict> known = verdicts_.Find(key, clock_.MonotonicNow())) return *known;
    const Result<Verdict> fresh = Ask(token);
    if (!fresh) return Fail(ErrorCode::kUnavailable, "reviewing a token: " + fresh.error().message);
    verdicts_.Insert(key, *fresh, clock_.MonotonicNow() + kKept);
    return *fresh;
  }));
  return ToResult(verdict);
}

Result<TokenReviewer::Verdict> TokenReviewer::Ask(std::string_view token) const {
  const Json review = {{"apiVersion", "authentication.k8s.io/v1"},
                       {"kind", "TokenReview"},
                       {"spec", {{"token", token}}}};
  LC_TRY(const std::string body,
         reviews_.Post("/apis/authentication.k8s.io/v1/tokenreviews",
                       review.dump(-1, ' ', false, Json::error_handler_t::replace)));
  const Json answer = Json::parse(body, nullptr, false);
  if (!answer.is_object() || !answer.contains("status") || !answer["status"].is_object())
    return Fail(ErrorCode::kInternal, "kube-apiserver answered a TokenReview without a status");
  const Json& status = answer["status"];
  const auto authenticated = status.find("authenticated");
  if (authenticated == status.end() || *authenticated != true || !status.contains("user") ||
      !status["user"].is_object())
    return Verdict();
  Caller caller = CallerOf(status["user"]);
  return caller.name.empty() ? Verdict() : Verdict(std::move(caller));
}

}  // namespace loadcurve::external_metrics
