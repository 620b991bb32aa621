#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace loadcurve::http {

// The certificates a client showed in the handshake: proof that it holds the key, and no more
// until a TrustBundle has verified them. Immutable, so thread-safe; copies share.
class PeerCertificate {
 public:
  struct Chain;  // OpenSSL's objects

  explicit PeerCertificate(std::shared_ptr<const Chain> chain);

  // As Kubernetes reads a subject: CN is the user, every O a group. "" where there is no CN.
  const std::string& common_name() const { return common_name_; }
  const std::vector<std::string>& organizations() const { return organizations_; }

  const Chain& chain() const { return *chain_; }

 private:
  std::shared_ptr<const Chain> chain_;
  std::string common_name_;
  std::vector<std::string> organizations_;
};

// One from PEM, the leaf first: for tests, and for what came another way than by TLS.
[[nodiscard]] Result<PeerCertificate> ParsePeerCertificate(std::string_view pem);

// Authorities that are trusted to vouch for clients. Immutable, so thread-safe; copies share.
class TrustBundle {
 public:
  // Every certificate of the PEM text is an anchor, self-signed or not, as in Go's pools.
  [[nodiscard]] static Result<TrustBundle> Parse(std::string_view pem);

  // kPermissionDenied, with the cause, unless at `now` a chain leads from the leaf to an anchor
  // and every certificate in it may vouch for clients (extended key usage clientAuth or none at
  // all, as Go's x509 has it). Some 100 us; keep the answer by connection and bundle.
  [[nodiscard]] Result<void> VerifyClient(const PeerCertificate& peer, TimePoint now) const;

 private:
  struct Anchors;
  explicit TrustBundle(std::shared_ptr<const Anchors> anchors);

  std::shared_ptr<const Anchors> anchors_;
};

}  // namespace loadcurve::http
