#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace loadcurve::kube {

// Where the API server is and who we are. TLS is for the transport: whoever makes it takes
// the authorities, the certificate and the server name from here. There is no way to skip the
// verification of the server.
struct KubeConfig {
  std::string server{};  // "https://10.96.0.1:443", perhaps with a path, no '/' at its end
  std::string certificate_authorities_pem{};  // empty: those of the system
  // Where they, and the pair below, were read; empty where they stand in the kubeconfig. A
  // transport that reads files again follows their rotation.
  std::string certificate_authorities_file{};
  std::string tls_server_name{};         // empty: the host of `server`
  std::string client_certificate_pem{};  // both of these or neither
  std::string client_key_pem{};
  std::string client_certificate_file{};
  std::string client_key_file{};
  std::string token{};  // fixed; empty where `token_file` is set, or none is needed
  // Read again and again, since the kubelet renews it (every hour where it is projected).
  std::string token_file{};
  std::string namespace_name = "default";  // where unqualified names are

  bool operator==(const KubeConfig&) const = default;
};

// What Kubernetes puts into every pod.
struct InClusterPlaces {
  std::string host{};  // KUBERNETES_SERVICE_HOST; an IPv6 address is given bare
  std::string port{};  // KUBERNETES_SERVICE_PORT
  std::string folder = "/var/run/secrets/kubernetes.io/serviceaccount";  // ca.crt token namespace
};

// From the environment of the process.
InClusterPlaces InClusterPlacesOfEnvironment();

// kNotFound where this is no pod (no host, no port, no token or CA file), and the message says
// which; kInvalidArgument where the CA file holds no certificate.
[[nodiscard]] Result<KubeConfig> ReadInClusterConfig(const InClusterPlaces& places);

// KUBECONFIG where it is set, else ~/.kube/config. kInvalidArgument where KUBECONFIG lists
// several files, which kubectl would merge, or neither it nor HOME is set.
[[nodiscard]] Result<std::string> DefaultKubeConfigPath();

// A kubeconfig as kubectl writes it. `context` empty: its current-context. kNotFound where
// there is no such file; else kInvalidArgument, "FILE:LINE: clusters[0].cluster.server is
// absent; expected ...". What we cannot do as asked is refused rather than passed over: exec and
// auth-provider plugins, passwords, impersonation, proxies, insecure-skip-tls-verify.
[[nodiscard]] Result<KubeConfig> ReadKubeConfig(const std::string& path,
                                                std::string_view context = "");

// The same from text; relative paths in it start at the folder of `file_name`.
[[nodiscard]] Result<KubeConfig> ParseKubeConfig(std::string_view text,
                                                 const std::string& file_name,
                                                 std::string_view context = "");

}  // namespace loadcurve::kube
