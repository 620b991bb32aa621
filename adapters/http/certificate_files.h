#pragma once

#include <optional>
#include <string>

#include "adapters/http/certificates.h"
#include "base/result.h"

namespace loadcurve::http {

// A certificate and its key in two files that someone else replaces (cert-manager, a mounted
// Secret). Compared by content, since a mounted Secret changes by moving a link. Not
// thread-safe.
class CertificateFiles {
 public:
  CertificateFiles(std::string certificate_path, std::string key_path);

  // Nothing where the files hold what was returned last. An error (an absent file, a key that
  // does not belong: the two may be caught between two writes) leaves what was returned last
  // in force; ask again later.
  [[nodiscard]] Result<std::optional<CertificatePair>> ReadIfChanged();

 private:
  std::string certificate_path_;
  std::string key_path_;
  CertificatePair last_;
};

}  // namespace loadcurve::http
