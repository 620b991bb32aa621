#include "adapters/external_metrics/board_handler.h"

#include <utility>

#include "adapters/external_metrics/request_target.h"
#include "adapters/external_metrics/status.h"

namespace loadcurve::external_metrics {
namespace {

bool IsBoard(std::string_view target) {
  return target.substr(0, target.find('?')) == kBoardPath;
}

}  // namespace

BoardHandler::BoardHandler(http::RequestHandler& api, const BoardFeed& feed, const Clock& clock,
                           std::function<bool()> is_leading)
    : api_(api), feed_(feed), clock_(clock), is_leading_(std::move(is_leading)) {}

Result<void> BoardHandler::Trust(const std::string& authorities_pem) {
  LC_TRY(http::TrustBundle bundle, http::TrustBundle::Parse(authorities_pem));
  const std::lock_guard lock(mutex_);
  trusted_ = std::move(bundle);
  return {};
}

// Ten thousand profiles are some megabytes: never on a thread that others depend on.
std::optional<http::ServerResponse> BoardHandler::AnswerAtOnce(const http::ServerRequest& request) {
  if (IsBoard(request.target)) return std::nullopt;
  return api_.AnswerAtOnce(request);
}

http::ServerResponse BoardHandler::Answer(const http::ServerRequest& request) {
  if (!IsBoard(request.target)) return api_.Answer(request);
  if (const auto checked = CheckPeer(request); !checked)
    return ToResponse({.code = 403, .message = checked.error().message});
  if (request.method != "GET") return Refuse(405, "the board is only to be read");
  const auto target = RequestTarget::Parse(request.target);
  if (!target) return Refuse(400, target.error().message);
  if (!is_leading_()) return Refuse(503, "this replica does not lead");
  auto body = feed_.Answer(target->Parameter("after"));
  if (!body) return Refuse(503, "this replica leads and has not made its first step yet");
  return {.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          .body = *std::move(body)};
}

http::ServerResponse BoardHandler::Refuse(int status, std::string_view why) {
  return ToResponse({.code = status, .message = std::string(why)});
}

Result<void> BoardHandler::CheckPeer(const http::ServerRequest& request) const {
  std::optional<http::TrustBundle> trusted;
  {
    const std::lock_guard lock(mutex_);
    trusted = trusted_;
  }
  if (request.peer == nullptr || !trusted)
    return Fail(ErrorCode::kPermissionDenied, "the board is for replicas of this server only");
  LC_TRY_VOID(trusted->VerifyClient(*request.peer, clock_.Now()));
  if (request.peer->common_name() == kReplicaName) return {};
  return Fail(ErrorCode::kPermissionDenied,
              "'" + request.peer->common_name() + "' is no replica of this server");
}

}  // namespace loadcurve::external_metrics
