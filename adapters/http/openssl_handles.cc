#include "adapters/http/openssl_handles.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <ctime>

namespace loadcurve::http {
namespace {

BioHandle Over(std::string_view text) {
  return BioHandle(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Keys of ours have no password; asking the terminal for one would hang a server.
int NoPassword(char*, int, int, void*) {
  return 0;
}

}  // namespace

std::string OpensslFailure() {
  const unsigned long code = ERR_peek_last_error();
  std::array<char, 256> text{};
  ERR_error_string_n(code, text.data(), text.size());
  ERR_clear_error();
  return code == 0 ? "no reason given" : std::string(text.data());
}

tl::unexpected<Error> OpensslFail(std::string_view what) {
  return Fail(ErrorCode::kInternal, std::string(what) + ": " + OpensslFailure());
}

Result<std::vector<CertificateHandle>> ParseCertificates(std::string_view pem) {
  const BioHandle source = Over(pem);
  std::vector<CertificateHandle> certificates;
  for (;;) {
    CertificateHandle certificate(PEM_read_bio_X509(source.get(), nullptr, NoPassword, nullptr));
    if (!certificate) break;
    certificates.push_back(std::move(certificate));
  }
  const bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string reason = OpensslFailure();
  if (!is_end)
    return Fail(ErrorCode::kInvalidArgument, "certificate " +
                                                 std::to_string(certificates.size() + 1) +
                                                 " of the PEM text is broken: " + reason);
  if (certificates.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "no certificate found; expected PEM with -----BEGIN CERTIFICATE-----");
  return certificates;
}

Result<KeyHandle> ParseKey(std::string_view pem) {
  KeyHandle key(PEM_read_bio_PrivateKey(Over(pem).get(), nullptr, NoPassword, nullptr));
  if (!key)
    return Fail(ErrorCode::kInvalidArgument,
                "no usable private key found; expected unencrypted PEM: " + OpensslFailure());
  return key;
}

std::vector<std::string> SubjectValues(const X509* certificate, int field) {
  std::vector<std::string> values;
  const X509_NAME* name = X509_get_subject_name(certificate);
  for (int at = X509_NAME_get_index_by_NID(name, field, -1); at >= 0;
       at = X509_NAME_get_index_by_NID(name, field, at)) {
    unsigned char* text = nullptr;
    const int size =
        ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (size < 0) continue;
    values.emplace_back(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
    OPENSSL_free(text);
  }
  return values;
}

TimePoint ToTimePoint(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  const std::chrono::year_month_day day(std::chrono::year(parts.tm_year + 1900),
                                        std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
                                        std::chrono::day(static_cast<unsigned>(parts.tm_mday)));
  return TimePoint(std::chrono::sys_days(day)) + std::chrono::hours(parts.tm_hour) +
         std::chrono::minutes(parts.tm_min) + std::chrono::seconds(parts.tm_sec);
}

std::time_t ToSeconds(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace loadcurve::http
