#include "cmd/kube_connection.h"

#include <CLI/CLI.hpp>

namespace loadcurve {

http::CurlOptions TransportOptionsOf(const kube::KubeConfig& config) {
  http::CurlOptions options;
  if (!config.certificate_authorities_file.empty()) {
    options.ca_file = config.certificate_authorities_file;
  } else {
    options.ca_pem = config.certificate_authorities_pem;
  }
  if (!config.client_certificate_file.empty() && !config.client_key_file.empty()) {
    options.certificate_file = config.client_certificate_file;
    options.key_file = config.client_key_file;
  } else {
    options.certificate_pem = config.client_certificate_pem;
    options.key_pem = config.client_key_pem;
  }
  return options;
}

void ClusterChoice::AddTo(CLI::App& command) {
  command
      .add_option("--kubeconfig", kubeconfig,
                  "How to reach the cluster (default: this pod's own, KUBECONFIG, ~/.kube/config)")
      ->option_text("FILE");
  command.add_option("--context", context, "Of the kubeconfig (default: its current one)")
      ->option_text("NAME");
}

Result<kube::KubeConfig> ConfigOf(const ClusterChoice& choice) {
  if (!choice.kubeconfig.empty()) return kube::ReadKubeConfig(choice.kubeconfig, choice.context);
  if (choice.context.empty()) {
    auto in_cluster = kube::ReadInClusterConfig(kube::InClusterPlacesOfEnvironment());
    if (in_cluster || in_cluster.error().code != ErrorCode::kNotFound) return in_cluster;
  }
  LC_TRY(const std::string path, kube::DefaultKubeConfigPath());
  return kube::ReadKubeConfig(path, choice.context);
}

}  // namespace loadcurve
