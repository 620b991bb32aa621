#include "cmd/kube_connection.h"

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

}  // namespace loadcurve
