#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "adapters/external_metrics/board_feed.h"
#include "adapters/http/peer_certificate.h"
#include "adapters/http/request_handler.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::external_metrics {

// What a replica's client certificate says it is.
inline constexpr std::string_view kReplicaName = "loadcurve-replica";

// Shows the leader's board at kBoardPath to the other replicas, who prove by a certificate of the
// serving keys' own authority that they are; headers and tokens count for nothing there. All
// other paths are those of the API behind it. Thread-safe.
class BoardHandler final : public http::RequestHandler {
 public:
  // All outlive it.
  BoardHandler(http::RequestHandler& api, const BoardFeed& feed, const Clock& clock,
               std::function<bool()> is_leading);

  // Whose certificates count from now on. kInvalidArgument leaves those before in force.
  [[nodiscard]] Result<void> Trust(const std::string& authorities_pem);

  std::optional<http::ServerResponse> AnswerAtOnce(const http::ServerRequest& request) override;
  http::ServerResponse Answer(const http::ServerRequest& request) override;
  http::ServerResponse Refuse(int status, std::string_view why) override;

 private:
  [[nodiscard]] Result<void> CheckPeer(const http::ServerRequest& request) const;

  http::RequestHandler& api_;
  const BoardFeed& feed_;
  const Clock& clock_;
  const std::function<bool()> is_leading_;
  mutable std::mutex mutex_;
  std::optional<http::TrustBundle> trusted_;
};

}  // namespace loadcurve::external_metrics
