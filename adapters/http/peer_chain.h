#pragma once

#include <vector>

#include "adapters/http/openssl_handles.h"
#include "adapters/http/peer_certificate.h"

namespace loadcurve::http {

// Only for sources of this folder, as openssl_handles.h.
struct PeerCertificate::Chain {
  std::vector<CertificateHandle> certificates;  // the leaf first; at least one
};

// What the client of this connection has shown; null where nothing.
std::unique_ptr<const PeerCertificate> PeerOf(SSL* connection);

}  // namespace loadcurve::http
