#include "adapters/http/peer_certificate.h"

#include <utility>

#include "adapters/http/peer_chain.h"

namespace loadcurve::http {

struct TrustBundle::Anchors {
  StoreHandle store;
};

PeerCertificate::PeerCertificate(std::shared_ptr<const Chain> chain) : chain_(std::move(chain)) {
  const X509* leaf = chain_->certificates.front().get();
  std::vector<std::string> names = SubjectValues(leaf, NID_commonName);
  if (!names.empty()) common_name_ = std::move(names.back());
  organizations_ = SubjectValues(leaf, NID_organizationName);
}

Result<PeerCertificate> ParsePeerCertificate(std::string_view pem) {
  auto chain = std::make_shared<PeerCertificate::Chain>();
  LC_TRY(chain->certificates, ParseCertificates(pem));
  return PeerCertificate(std::move(chain));
}

std::unique_ptr<const PeerCertificate> PeerOf(SSL* connection) {
  X509* leaf = SSL_get0_peer_certificate(connection);
  if (leaf == nullptr) return nullptr;
  auto chain = std::make_shared<PeerCertificate::Chain>();
  const auto add = [&](X509* certificate) {
    X509_up_ref(certificate);
    chain->certificates.emplace_back(certificate);
  };
  add(leaf);
  // Of a client, OpenSSL's server lists the rest without the leaf.
  const STACK_OF(X509)* rest = SSL_get_peer_cert_chain(connection);
  for (int i = 0; rest != nullptr && i < sk_X509_num(rest); ++i) add(sk_X509_value(rest, i));
  return std::make_unique<const PeerCertificate>(std::move(chain));
}

TrustBundle::TrustBundle(std::shared_ptr<const Anchors> anchors) : anchors_(std::move(anchors)) {}

Result<TrustBundle> TrustBundle::Parse(std::string_view pem) {
  LC_TRY(const std::vector<CertificateHandle> certificates, ParseCertificates(pem));
  auto anchors = std::make_shared<Anchors>();
  anchors->store.reset(X509_STORE_new());
  if (!anchors->store) return OpensslFail("making a store of authorities");
  for (const CertificateHandle& certificate : certificates) {
    if (X509_STORE_add_cert(anchors->store.get(), certificate.get()) != 1)
      return OpensslFail("adding an authority");
  }
  return TrustBundle(std::move(anchors));
}

Result<void> TrustBundle::VerifyClient(const PeerCertificate& peer, TimePoint now) const {
  const auto& certificates = peer.chain().certificates;
  const std::unique_ptr<STACK_OF(X509), FreedBy<[](STACK_OF(X509) * stack) {
                          sk_X509_free(stack);  // lends, does not own
                        }>>
      others(sk_X509_new_null());
  for (std::size_t i = 1; i < certificates.size(); ++i)
    sk_X509_push(others.get(), certificates[i].get());

  const StoreContextHandle context(X509_STORE_CTX_new());
  if (!context || X509_STORE_CTX_init(context.get(), anchors_->store.get(),
                                      certificates.front().get(), others.get()) != 1)
    return OpensslFail("preparing to verify a client certificate");
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, ToSeconds(now));
  X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_CLIENT);
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  if (X509_verify_cert(context.get()) == 1) return {};
  return Fail(ErrorCode::kPermissionDenied,
              "client certificate of '" + peer.common_name() +
                  "': " + X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
}

}  // namespace loadcurve::http
