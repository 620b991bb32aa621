#pragma once

#include "adapters/http/curl_transport.h"
#include "adapters/kube/kube_config.h"

namespace loadcurve {

// TLS as the kubeconfig says. Files are read again as they rotate; text stands as it is.
http::CurlOptions TransportOptionsOf(const kube::KubeConfig& config);

}  // namespace loadcurve
