#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "adapters/http/certificate_files.h"
#include "adapters/http/http_server.h"
#include "base/clock.h"
#include "base/result.h"
#include "cmd/keda_endpoint.h"
#include "cmd/serve_loop.h"
#include "cmd/source_factory.h"

namespace loadcurve {

struct ServeClusterOptions {
  std::string kubeconfig{};  // empty: in the cluster
  std::string context{};
  http::ServerOptions server{};
  std::optional<KedaEndpoint> keda{};
  PrometheusAddress prometheus{};
  // A certificate that callers are shown in place of a self-made one. Its authority is then for
  // who gave it to put into the APIService's caBundle.
  std::optional<http::CertificateFiles::Paths> certificate{};
  // A second server of the group, asked for metrics that are not ours; empty: there is none.
  std::string forward{};
  std::string forward_ca{};  // authorities that vouch for it, PEM; empty: the system's
  Duration interval = std::chrono::seconds(15);
  ServeLoop::Options loop{};
};

// Loadcurve as a citizen of a cluster: profiles are ScalingProfile objects, replicas are counted
// through the scale subresource, callers are known as kube-apiserver knows them, and the keys are
// a Secret. The replica that holds the Lease measures, decides, writes statuses and Events, and
// sets counts where a profile asks for that; the others fetch its board. All serve. Returns at the
// stop.
[[nodiscard]] Result<void> ServeInCluster(const ServeClusterOptions& options, const Clock& clock,
                                          const std::stop_token& stop);

}  // namespace loadcurve
