#pragma once

#include <memory>
#include <optional>

#include "adapters/external_metrics/authentication_config.h"
#include "adapters/external_metrics/caller.h"
#include "adapters/http/peer_certificate.h"
#include "adapters/http/request_handler.h"
#include "base/result.h"
#include "base/units.h"

namespace loadcurve::external_metrics {

// An AuthenticationConfig with its authorities parsed. Immutable, so thread-safe.
struct PeerTrust {
  AuthenticationConfig config{};
  std::optional<http::TrustBundle> proxies{};
  std::optional<http::TrustBundle> clients{};
};

// What was found about the certificate of a connection under one PeerTrust, so that the next
// requests need not verify again. A certificate may end meanwhile, so a finding counts for a
// minute.
class VerifiedPeer final : public http::ConnectionNote {
 public:
  // The finding about `peer` under `trust`: kept in `note` (null: not kept).
  static VerifiedPeer& Of(const std::shared_ptr<const PeerTrust>& trust, TimePoint now,
                          std::unique_ptr<http::ConnectionNote>* note,
                          std::unique_ptr<VerifiedPeer>& unkept);

  // May say on whose behalf it asks: kPermissionDenied where it may not.
  [[nodiscard]] const Result<void>& AsProxy(const http::PeerCertificate& peer);
  // May ask for itself.
  [[nodiscard]] const Result<void>& AsClient(const http::PeerCertificate& peer);

 private:
  VerifiedPeer(std::shared_ptr<const PeerTrust> trust, TimePoint now);

  std::shared_ptr<const PeerTrust> trust_;
  TimePoint found_at_;
  std::optional<Result<void>> as_proxy_;
  std::optional<Result<void>> as_client_;
};

// Who a trusted front proxy says is asking; nothing where no header names a user.
std::optional<Caller> CallerByHeaders(const AuthenticationConfig& config,
                                      http::HeaderViews headers);

}  // namespace loadcurve::external_metrics
