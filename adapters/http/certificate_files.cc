#include "adapters/http/certificate_files.h"

#include <utility>

#include "adapters/files/whole_file.h"

namespace loadcurve::http {

CertificateFiles::CertificateFiles(std::string certificate_path, std::string key_path)
    : certificate_path_(std::move(certificate_path)), key_path_(std::move(key_path)) {}

Result<std::optional<CertificatePair>> CertificateFiles::ReadIfChanged() {
  CertificatePair pair;
  LC_TRY(pair.certificate_pem, files::ReadWholeFile(certificate_path_));
  LC_TRY(pair.key_pem, files::ReadWholeFile(key_path_));
  if (pair == last_) return std::nullopt;
  if (const auto checked = CheckPair(pair); !checked)
    return Within(certificate_path_ + " with " + key_path_, checked.error());
  last_ = pair;
  return pair;
}

}  // namespace loadcurve::http
