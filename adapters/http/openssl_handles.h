#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"

// OpenSSL's objects with owners, for the sources of this folder only: no other header
// includes this one, so that nothing else is built against OpenSSL.
namespace loadcurve::http {

template <auto Free>
struct FreedBy {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using BioHandle = std::unique_ptr<BIO, FreedBy<BIO_free_all>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;
using CertificateHandle = std::unique_ptr<X509, FreedBy<X509_free>>;
using StoreHandle = std::unique_ptr<X509_STORE, FreedBy<X509_STORE_free>>;
using StoreContextHandle = std::unique_ptr<X509_STORE_CTX, FreedBy<X509_STORE_CTX_free>>;
using SslContextHandle = std::unique_ptr<SSL_CTX, FreedBy<SSL_CTX_free>>;

// What OpenSSL says of its latest failure on this thread; empties its list of them.
std::string OpensslFailure();

// kInternal: "<what>: <OpensslFailure()>".
tl::unexpected<Error> OpensslFail(std::string_view what);

// All certificates of a PEM text, in its order; none at all, or one that is broken, is
// kInvalidArgument.
[[nodiscard]] Result<std::vector<CertificateHandle>> ParseCertificates(std::string_view pem);

// The first private key of a PEM text. One that is encrypted is kInvalidArgument.
[[nodiscard]] Result<KeyHandle> ParseKey(std::string_view pem);

// Every value of a subject's field (NID_commonName ...), as UTF-8, in order.
std::vector<std::string> SubjectValues(const X509* certificate, int field);

// An OpenSSL time as ours, and back. Years beyond 9999 do not occur in certificates.
TimePoint ToTimePoint(const ASN1_TIME* time);
std::time_t ToSeconds(TimePoint time);

}  // namespace loadcurve::http
