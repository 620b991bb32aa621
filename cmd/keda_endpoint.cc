#include "cmd/keda_endpoint.h"

#include "adapters/external_metrics/published_status.h"
#include "adapters/files/whole_file.h"

namespace loadcurve {

Result<std::unique_ptr<keda::ScalerServer>> StartKeda(const KedaEndpoint& endpoint,
                                                      const http::CertificatePair& certificate,
                                                      const external_metrics::MetricBoard& board) {
  keda::ScalerServerOptions options{.address = endpoint.server.address,
                                    .port = endpoint.server.port,
                                    .metrics = external_metrics::PublishedMetrics(),
                                    .certificate = certificate};
  if (!endpoint.client_ca_file.empty()) {
    auto text = files::ReadWholeFile(endpoint.client_ca_file);
    if (!text) return Within("--keda-client-ca", text.error());
    options.client_ca_pem = *std::move(text);
  }
  return keda::ScalerServer::Start(
      std::move(options), [&board](const keda::MetricRequest& request) -> Result<double> {
        LC_TRY(auto selector,
               kube::LabelSelector::Parse(std::string(external_metrics::kProfileLabel) + "=" +
                                          request.profile));
        LC_TRY(const auto item,
               board.Read({request.namespace_name, request.metric, std::move(selector)}));
        return item.value;
      });
}

}  // namespace loadcurve
