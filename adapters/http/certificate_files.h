#pragma once

#include <optional>
#include <string>

#include "adapters/http/certificates.h"
#include "base/result.h"

namespace loadcurve::http {

// A certificate to serve with, and who vouches for it.
struct GivenCertificate {
  CertificatePair pair;
  std::string authorities_pem;

  bool operator==(const GivenCertificate&) const = default;
};

// One that is given in three files, which someone else replaces (cert-manager, a mounted Secret).
// Compared by content, since a mounted Secret changes by moving a link. Not thread-safe.
class CertificateFiles {
 public:
  struct Paths {
    std::string certificate;  // PEM, the leaf first
    std::string key;
    std::string authorities;
  };

  // `host` is whom the certificate must name.
  CertificateFiles(Paths paths, std::string host);

  // Nothing where the files hold what was returned last. An error (an absent file; a key that
  // does not belong, since files may be caught between two writes; another name) leaves what
  // was returned last in force; ask again later.
  [[nodiscard]] Result<std::optional<GivenCertificate>> ReadIfChanged();

 private:
  [[nodiscard]] Result<void> Check(const GivenCertificate& given) const;

  const Paths paths_;
  const std::string host_;
  GivenCertificate last_;
};

}  // namespace loadcurve::http
