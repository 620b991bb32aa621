#include "adapters/http/certificate_files.h"

#include <utility>

#include "adapters/files/whole_file.h"

namespace loadcurve::http {
namespace {

// "a.svc, b.svc".
std::string NamesIn(const std::string& certificate_pem) {
  std::string names;
  const auto facts = FactsOf(certificate_pem);
  if (!facts) return names;
  for (const std::string& name : facts->dns_names) names += (names.empty() ? "" : ", ") + name;
  return names;
}

}  // namespace

CertificateFiles::CertificateFiles(Paths paths, std::string host)
    : paths_(std::move(paths)), host_(std::move(host)) {}

Result<std::optional<GivenCertificate>> CertificateFiles::ReadIfChanged() {
  GivenCertificate given;
  LC_TRY(given.pair.certificate_pem, files::ReadWholeFile(paths_.certificate));
  LC_TRY(given.pair.key_pem, files::ReadWholeFile(paths_.key));
  LC_TRY(given.authorities_pem, files::ReadWholeFile(paths_.authorities));
  if (given == last_) return std::nullopt;
  LC_TRY_VOID(Check(given));
  last_ = given;
  return given;
}

Result<void> CertificateFiles::Check(const GivenCertificate& given) const {
  if (const auto checked = CheckPair(given.pair); !checked)
    return Within(paths_.certificate + " with " + paths_.key, checked.error());
  if (const auto authorities = FactsOf(given.authorities_pem); !authorities)
    return Within(paths_.authorities, authorities.error());
  if (IsFor(given.pair.certificate_pem, host_)) return {};
  const std::string names = NamesIn(given.pair.certificate_pem);
  return Fail(ErrorCode::kInvalidArgument, paths_.certificate + " names " +
                                               (names.empty() ? "no host" : names) +
                                               "; expected a certificate for " + host_);
}

}  // namespace loadcurve::http
