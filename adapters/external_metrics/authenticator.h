#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "adapters/external_metrics/authentication_config.h"
#include "adapters/external_metrics/caller.h"
#include "adapters/external_metrics/peer_trust.h"
#include "adapters/external_metrics/token_reviewer.h"
#include "adapters/http/request_handler.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::external_metrics {

// Who asks, in the order of Kubernetes' own servers:
//   1. a front proxy of the cluster, whose headers name the user
//   2. a certificate of the cluster's client authority: CN is the user, every O a group
//   3. a bearer token, by TokenReview
//   4. nobody said: system:anonymous
// What fails falls through to the next; where something failed and nothing succeeded, the
// caller is refused, not anonymous. Everyone else than anonymous is system:authenticated.
// Headers that name a user count in the first way only. Thread-safe.
class Authenticator {
 public:
  // `tokens` null: tokens are not accepted. Knows no authority until Update. Both outlive it.
  Authenticator(TokenReviewer* tokens, const Clock& clock);

  // Replaces what is trusted, also for connections that stand. Authorities that are absent or
  // do not parse leave those before in force, which the error says (kInvalidArgument); the
  // rest counts.
  [[nodiscard]] Result<void> Update(const AuthenticationConfig& config);

  // kPermissionDenied is 401. Nothing where a token would have to be reviewed first.
  std::optional<Result<Caller>> IdentifyAtOnce(const http::ServerRequest& request);
  // The same, waiting.
  [[nodiscard]] Result<Caller> Identify(const http::ServerRequest& request);

 private:
  enum class Patience { kNone, kWaits };

  std::optional<Result<Caller>> IdentifyWith(const http::ServerRequest& request, Patience patience);
  std::shared_ptr<const PeerTrust> trust() const;

  TokenReviewer* tokens_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::shared_ptr<const PeerTrust> trust_ = std::make_shared<PeerTrust>();
};

}  // namespace loadcurve::external_metrics
