#pragma once

#include "adapters/http/certificates.h"
#include "adapters/http/openssl_handles.h"

namespace loadcurve::http {

// What a TLS server of ours does, for what serves by Boost.Asio: TLS 1.2 or newer, ALPN
// "http/1.1", and a client certificate that is asked for, not required, and left unverified in
// the handshake (which authorities count is decided by request and may change meanwhile).
// Sessions are not resumed: a resumed one would lack the client's chain.
[[nodiscard]] Result<SslContextHandle> MakeServerContext(const CertificatePair& pair);

}  // namespace loadcurve::http
