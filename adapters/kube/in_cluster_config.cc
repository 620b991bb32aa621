#include <cstdlib>

#include "adapters/files/whole_file.h"
#include "adapters/kube/kube_config.h"

namespace loadcurve::kube {
namespace {

std::string FromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string WithoutSpaceAround(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

Result<std::string> ReadMounted(const std::string& path, std::string_view what) {
  auto text = files::ReadWholeFile(path);
  if (text) return *std::move(text);
  return Within("this seems to be no pod with a service account: " + std::string(what),
                text.error());
}

}  // namespace

InClusterPlaces InClusterPlacesOfEnvironment() {
  InClusterPlaces places;
  places.host = FromEnvironment("KUBERNETES_SERVICE_HOST");
  places.port = FromEnvironment("KUBERNETES_SERVICE_PORT");
  return places;
}

Result<KubeConfig> ReadInClusterConfig(const InClusterPlaces& places) {
  if (places.host.empty() || places.port.empty())
    return Fail(ErrorCode::kNotFound,
                "this is no pod: KUBERNETES_SERVICE_HOST or KUBERNETES_SERVICE_PORT is not set; "
                "outside a cluster name a kubeconfig");
  KubeConfig config;
  const bool is_ipv6 = places.host.find(':') != std::string::npos;
  config.server =
      "https://" + (is_ipv6 ? "[" + places.host + "]" : places.host) + ":" + places.port;

  const std::string authorities = config.certificate_authorities_file = places.folder + "/ca.crt";
  LC_TRY(config.certificate_authorities_pem, ReadMounted(authorities, "the cluster's CA"));
  if (config.certificate_authorities_pem.find("-----BEGIN CERTIFICATE-----") == std::string::npos)
    return Fail(ErrorCode::kInvalidArgument,
                authorities + ":1: there is no certificate; expected PEM");
  config.token_file = places.folder + "/token";
  LC_TRY(const std::string token, ReadMounted(config.token_file, "its token"));
  if (WithoutSpaceAround(token).empty())
    return Fail(ErrorCode::kInvalidArgument, config.token_file + ":1: empty; expected a token");
  if (const auto name = files::ReadWholeFile(places.folder + "/namespace");
      name && !WithoutSpaceAround(*name).empty())
    config.namespace_name = WithoutSpaceAround(*name);
  return config;
}

Result<std::string> DefaultKubeConfigPath() {
  const std::string chosen = FromEnvironment("KUBECONFIG");
  if (chosen.find(':') != std::string::npos)
    return Fail(
        ErrorCode::kInvalidArgument,
        "KUBECONFIG is '" + chosen + "'; expected one file, since they are not merged here");
  if (!chosen.empty()) return chosen;
  const std::string home = FromEnvironment("HOME");
  if (home.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "neither KUBECONFIG nor HOME is set; expected the path of a kubeconfig");
  return home + "/.kube/config";
}

}  // namespace loadcurve::kube
