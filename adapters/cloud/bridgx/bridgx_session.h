#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/http/http_transport.h"
#include "base/result.h"

namespace loadcurve::bridgx {

struct Account {
  std::string url;  // of the API server: "https://bridgx.internal:9090"
  std::string username;
  std::string password;
};

// Asked before each login, since passwords change. Thread-safe.
using AccountSource = std::function<Result<Account>()>;

using Query = std::vector<std::pair<std::string, std::string>>;

// What stood in an answer {code, msg, data}, whatever its status.
struct Reply {
  int status = 0;  // of HTTP; where that is 200, the code of the envelope
  std::string message{};
  nlohmann::json data{};

  bool is_success() const { return status == 200; }
};

// What a caller does about a reply that is no success. kUnavailable also where it is not known
// whether the call was done.
ErrorCode CodeOf(const Reply& reply);

// Speaks to BridgX's API: logs in when it is first asked, and again when its token is refused.
// https://github.com/galaxy-future/BridgX, cmd/api
//
// For one thread.
class Session {
 public:
  // `transport` outlives it.
  Session(http::HttpTransport& transport, AccountSource account)
      : transport_(transport), account_(std::move(account)) {}

  // An error where no answer came or none that can be read: whether it was done is not known then,
  // unless it is kPermissionDenied.
  [[nodiscard]] Result<Reply> Post(std::string_view path, const nlohmann::json& body);
  // The data of a success; else the code of the reply.
  [[nodiscard]] Result<nlohmann::json> Get(std::string_view path, const Query& query);

 private:
  [[nodiscard]] Result<void> LogIn();
  // With the token; what is refused for it was not done.
  [[nodiscard]] Result<Reply> Ask(const std::string& method, const std::string& path,
                                  const std::string& body);

  http::HttpTransport& transport_;
  AccountSource account_;
  std::string url_;
  std::string token_;  // "" = none
};

}  // namespace loadcurve::bridgx
