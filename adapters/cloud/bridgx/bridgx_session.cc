#include "adapters/cloud/bridgx/bridgx_session.h"

#include "adapters/http/percent_code.h"
#include "adapters/kube/json_fields.h"

namespace loadcurve::bridgx {
namespace {

using nlohmann::json;

constexpr Duration kCallDeadline = std::chrono::seconds(30);
constexpr int kTokenRefused = 401;

// Lists of instances have passwords in them: no part of a body stands in an error.
Result<Reply> ReplyOf(const http::HttpResponse& answer, const std::string& what) {
  json body = json::parse(answer.body, nullptr, false);
  const auto code = kube::WholeAt(body, {"code"});
  Reply reply{.status = answer.status, .message = kube::TextAt(body, {"msg"})};
  if (answer.status != 200) return reply;
  if (!code)
    return Fail(ErrorCode::kUnavailable,
                what + ": the answer is not {code, msg, data}; whether it was done is not known");
  reply.status = static_cast<int>(*code);
  if (const auto data = body.find("data"); data != body.end()) reply.data = std::move(*data);
  return reply;
}

std::string TextOf(const Reply& reply) {
  return "BridgX answers " + std::to_string(reply.status) + " '" + reply.message + "'";
}

}  // namespace

// BridgX itself answers 400, 401 and 500; the rest is of what stands in front of it.
ErrorCode CodeOf(const Reply& reply) {
  const int status = reply.status;
  const bool is_denied =
      status == kTokenRefused || status == 403 || reply.message == "permission_denied";
  if (is_denied) return ErrorCode::kPermissionDenied;
  if (status == 404) return ErrorCode::kNotFound;
  const bool may_pass = status == 408 || status == 429 || status < 400 || status >= 500;
  return may_pass ? ErrorCode::kUnavailable : ErrorCode::kInvalidArgument;
}

Result<void> Session::LogIn() {
  LC_TRY(Account account, account_());
  while (account.url.ends_with('/')) account.url.pop_back();
  const json body = {{"username", account.username}, {"password", account.password}};
  const std::string what = "logging in to " + account.url + " as '" + account.username + "'";
  LC_TRY(const http::HttpResponse answer,
         transport_.Send({.method = "POST",
                          .url = account.url + "/user/login",
                          .headers = {{"Content-Type", "application/json"}},
                          .body = kube::TextOf(body)},
                         kCallDeadline));
  LC_TRY(const Reply reply, ReplyOf(answer, what));
  if (!reply.is_success()) {
    const ErrorCode code = CodeOf(reply);
    // A wrong password is a 400.
    return Fail(code == ErrorCode::kInvalidArgument ? ErrorCode::kPermissionDenied : code,
                what + ": " + TextOf(reply));
  }
  const auto* const token = reply.data.get_ptr<const std::string*>();
  if (token == nullptr || token->empty())
    return Fail(ErrorCode::kUnavailable, what + ": there is no token in the answer");
  url_ = std::move(account.url);
  token_ = *token;
  return {};
}

Result<Reply> Session::Ask(const std::string& method, const std::string& path,
                           const std::string& body) {
  const std::string what = method + " " + path.substr(0, path.find('?'));
  constexpr int kTries = 2;
  for (int i = 0; i < kTries; ++i) {
    if (token_.empty()) LC_TRY_VOID(LogIn());
    http::HttpRequest request{.method = method,
                              .url = url_ + path,
                              .headers = {{"Authorization", "Bearer " + token_}},
                              .body = body};
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    LC_TRY(const http::HttpResponse answer, transport_.Send(request, kCallDeadline));
    LC_TRY(Reply reply, ReplyOf(answer, what));
    if (reply.status != kTokenRefused) return reply;
    token_.clear();
  }
  return Fail(ErrorCode::kPermissionDenied, what + ": BridgX refuses the token it has just given");
}

Result<Reply> Session::Post(std::string_view path, const json& body) {
  return Ask("POST", std::string(path), kube::TextOf(body));
}

Result<json> Session::Get(std::string_view path, const Query& query) {
  std::string target(path);
  for (const auto& [name, value] : query)
    target += (target.size() == path.size() ? "?" : "&") + name + "=" + http::PercentEncoded(value);
  LC_TRY(Reply reply, Ask("GET", target, ""));
  if (!reply.is_success())
    return Fail(CodeOf(reply), "GET " + std::string(path) + ": " + TextOf(reply));
  return std::move(reply.data);
}

}  // namespace loadcurve::bridgx
