#pragma once

#include <memory>
#include <string>

#include "adapters/external_metrics/metric_board.h"
#include "adapters/http/certificates.h"
#include "adapters/http/http_server.h"
#include "adapters/keda/scaler_server.h"
#include "base/result.h"

namespace loadcurve {

// Where `serve` answers KEDA, and whom.
struct KedaEndpoint {
  http::ServerOptions server{};
  std::string client_ca_file{};  // empty: no certificate is asked for
};

// Answers KEDA from the board, which outlives it. Errors as ScalerServer::Start; kInvalidArgument
// where the file cannot be read.
[[nodiscard]] Result<std::unique_ptr<keda::ScalerServer>> StartKeda(
    const KedaEndpoint& endpoint, const http::CertificatePair& certificate,
    const external_metrics::MetricBoard& board);

}  // namespace loadcurve
