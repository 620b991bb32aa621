#pragma once

#include <string>

#include "adapters/http/curl_transport.h"
#include "adapters/kube/kube_client.h"
#include "adapters/kube/kube_config.h"
#include "base/clock.h"
#include "base/result.h"
#include "cmd/command_line.h"

namespace loadcurve {

// TLS as the kubeconfig says. Files are read again as they rotate; text stands as it is.
http::CurlOptions TransportOptionsOf(const kube::KubeConfig& config);

// A cluster as a user names it.
struct ClusterChoice {
  std::string kubeconfig{};
  std::string context{};

  // --kubeconfig and --context.
  void AddTo(CLI::App& command);
  bool is_made() const { return !kubeconfig.empty() || !context.empty(); }
};

// The cluster that is named; else that of this pod, and where this is none what KUBECONFIG or
// ~/.kube/config says. Errors as of kube::ReadKubeConfig.
[[nodiscard]] Result<kube::KubeConfig> ConfigOf(const ClusterChoice& choice);

// The API server, by a transport of its own.
struct KubeConnection {
  // `clock` outlives it.
  KubeConnection(const kube::KubeConfig& config, const Clock& clock)
      : transport(TransportOptionsOf(config), clock), client(transport, config, clock) {}

  http::CurlTransport transport;
  kube::KubeClient client;
};

}  // namespace loadcurve
