#include "adapters/http/certificates.h"

#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <limits>

#include "adapters/http/openssl_handles.h"

namespace loadcurve::http {
namespace {

constexpr std::string_view kLetters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

// Extensions are written in OpenSSL's configuration language, where a comma begins the next
// value; names hold only what names may hold.
[[nodiscard]] Result<void> CheckName(const std::string& name, std::string_view also) {
  const std::string allowed = std::string(kLetters) + std::string(also);
  if (!name.empty() && name.find_first_not_of(allowed) == std::string::npos) return {};
  return Fail(
      ErrorCode::kInvalidArgument,
      "certificate name '" + name + "'; expected letters, digits and '" + std::string(also) + "'");
}

std::string TextOf(BIO* memory) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory, &text);
  return {text, static_cast<std::size_t>(std::max(size, 0L))};
}

[[nodiscard]] Result<CertificatePair> ToPem(X509* certificate, EVP_PKEY* key) {
  const BioHandle certificate_text(BIO_new(BIO_s_mem()));
  const BioHandle key_text(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(certificate_text.get(), certificate) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(key_text.get(), key, nullptr, nullptr, 0, nullptr, nullptr) !=
          1)
    return OpensslFail("writing a certificate");
  return CertificatePair{TextOf(certificate_text.get()), TextOf(key_text.get())};
}

bool AddToSubject(X509* certificate, const char* field, const std::string& value) {
  return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), field, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(value.data()),
                                    static_cast<int>(value.size()), -1, 0) == 1;
}

// A positive number of 127 random bits (RFC 5280 4.1.2.2: at most 20 octets).
bool SetSerial(X509* certificate) {
  const std::unique_ptr<BIGNUM, FreedBy<BN_free>> number(BN_new());
  return BN_rand(number.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool SetValidity(X509* certificate, TimePoint from, TimePoint until) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), ToSeconds(from)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), ToSeconds(until)) != nullptr;
}

bool AddExtension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, FreedBy<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

struct Draft {
  CertificateHandle certificate{X509_new()};
  KeyHandle key{EVP_EC_gen("P-256")};
};

// A certificate of version 3 with its own key, no subject and no extensions yet.
[[nodiscard]] Result<Draft> Begin(TimePoint from, TimePoint until) {
  if (until <= from)
    return Fail(ErrorCode::kInvalidArgument,
                "a certificate that would end before it begins; expected a positive length");
  Draft draft;
  if (!draft.certificate || !draft.key ||
      X509_set_version(draft.certificate.get(), X509_VERSION_3) != 1 ||
      !SetSerial(draft.certificate.get()) || !SetValidity(draft.certificate.get(), from, until) ||
      X509_set_pubkey(draft.certificate.get(), draft.key.get()) != 1)
    return OpensslFail("beginning a certificate");
  return draft;
}

std::string AlternativeNames(const LeafRequest& request) {
  std::string names;
  for (const std::string& name : request.dns_names) names += ",DNS:" + name;
  for (const std::string& address : request.addresses) names += ",IP:" + address;
  return names.empty() ? names : names.substr(1);
}

[[nodiscard]] Result<void> CheckNames(const LeafRequest& request) {
  for (const std::string& name : request.dns_names) LC_TRY_VOID(CheckName(name, "-.*"));
  for (const std::string& address : request.addresses) LC_TRY_VOID(CheckName(address, ".:"));
  if (request.common_name.empty())
    return Fail(ErrorCode::kInvalidArgument, "a certificate without a common name");
  return {};
}

std::string AddressText(const ASN1_OCTET_STRING* address) {
  const unsigned char* bytes = ASN1_STRING_get0_data(address);
  const int size = ASN1_STRING_length(address);
  std::string text;
  std::array<char, 8> part{};
  if (size == 4) {
    for (int i = 0; i < size; ++i) text += (i == 0 ? "" : ".") + std::to_string(bytes[i]);
  } else {
    for (int i = 0; i + 1 < size; i += 2) {
      std::snprintf(part.data(), part.size(), "%s%x", i == 0 ? "" : ":",
                    static_cast<unsigned>(bytes[i]) * 256U + bytes[i + 1]);
      text += part.data();
    }
  }
  return text;
}

void ReadAlternativeNames(X509* certificate, CertificateFacts& facts) {
  const std::unique_ptr<GENERAL_NAMES, FreedBy<GENERAL_NAMES_free>> names(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS)
      facts.dns_names.emplace_back(
          reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
          static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    if (name->type == GEN_IPADD) facts.addresses.push_back(AddressText(name->d.iPAddress));
  }
}

}  // namespace

Result<CertificatePair> MakeAuthority(std::string_view common_name, const Validity& validity) {
  if (common_name.empty())
    return Fail(ErrorCode::kInvalidArgument, "an authority without a common name");
  LC_TRY(Draft draft, Begin(validity.from, validity.from + validity.length));
  X509* certificate = draft.certificate.get();
  if (!AddToSubject(certificate, "CN", std::string(common_name)) ||
      X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) != 1 ||
      !AddExtension(certificate, certificate, NID_basic_constraints,
                    "critical,CA:TRUE,pathlen:0") ||
      !AddExtension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !AddExtension(certificate, certificate, NID_subject_key_identifier, "hash") ||
      X509_sign(certificate, draft.key.get(), EVP_sha256()) == 0)
    return OpensslFail("making an authority");
  return ToPem(certificate, draft.key.get());
}

Result<CertificatePair> IssueLeaf(const CertificatePair& authority, const LeafRequest& request,
                                  const Validity& validity) {
  LC_TRY_VOID(CheckNames(request));
  LC_TRY(const std::vector<CertificateHandle> issuers,
         ParseCertificates(authority.certificate_pem));
  LC_TRY(const KeyHandle issuer_key, ParseKey(authority.key_pem));
  X509* issuer = issuers.front().get();
  const TimePoint until =
      std::min(validity.from + validity.length, ToTimePoint(X509_get0_notAfter(issuer)));
  LC_TRY(Draft draft, Begin(validity.from, until));
  X509* certificate = draft.certificate.get();

  bool is_done = true;
  for (const std::string& organization : request.organizations)
    is_done = is_done && AddToSubject(certificate, "O", organization);
  is_done = is_done && AddToSubject(certificate, "CN", request.common_name) &&
            X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
            AddExtension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
            AddExtension(certificate, issuer, NID_key_usage, "critical,digitalSignature") &&
            AddExtension(certificate, issuer, NID_ext_key_usage,
                         request.use == CertificateUse::kServer ? "serverAuth" : "clientAuth") &&
            AddExtension(certificate, issuer, NID_authority_key_identifier, "keyid");
  if (const std::string names = AlternativeNames(request); !names.empty())
    is_done = is_done && AddExtension(certificate, issuer, NID_subject_alt_name, names);
  if (!is_done || X509_sign(certificate, issuer_key.get(), EVP_sha256()) == 0)
    return OpensslFail("issuing a certificate for " + request.common_name);
  return ToPem(certificate, draft.key.get());
}

Result<CertificateFacts> FactsOf(std::string_view certificate_pem) {
  LC_TRY(const std::vector<CertificateHandle> certificates, ParseCertificates(certificate_pem));
  X509* leaf = certificates.front().get();
  CertificateFacts facts;
  const std::vector<std::string> names = SubjectValues(leaf, NID_commonName);
  if (!names.empty()) facts.common_name = names.back();
  facts.organizations = SubjectValues(leaf, NID_organizationName);
  facts.not_before = ToTimePoint(X509_get0_notBefore(leaf));
  facts.not_after = ToTimePoint(X509_get0_notAfter(leaf));
  ReadAlternativeNames(leaf, facts);
  return facts;
}

bool IsFor(std::string_view certificate_pem, const std::string& host) {
  const auto certificates = ParseCertificates(certificate_pem);
  return certificates && X509_check_host(certificates->front().get(), host.data(), host.size(),
                                         X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1;
}

Result<double> DaysLeft(std::string_view certificate_pem, TimePoint now) {
  LC_TRY(const CertificateFacts facts, FactsOf(certificate_pem));
  return Seconds(facts.not_after - now) / 86400;
}

Result<void> CheckPair(const CertificatePair& pair) {
  LC_TRY(const std::vector<CertificateHandle> certificates,
         ParseCertificates(pair.certificate_pem));
  LC_TRY(const KeyHandle key, ParseKey(pair.key_pem));
  if (X509_check_private_key(certificates.front().get(), key.get()) == 1) return {};
  return Fail(ErrorCode::kInvalidArgument,
              "the private key does not belong to the first certificate: " + OpensslFailure());
}

}  // namespace loadcurve::http
