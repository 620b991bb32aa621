#pragma once

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

#include "adapters/http/curl_transport.h"
#include "base/clock.h"
#include "base/result.h"
#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/order_runner.h"

namespace loadcurve {

// Who sells nodes: exactly one is named.
struct CloudFlags {
  std::string simulated;  // the URL of a simulate-cloud
  std::string simulated_authority;
  bool simulated_without_tokens = false;
  std::string ec2;  // a file: region, cluster, launch templates
};

void AddCloudOptions(CLI::App& command, CloudFlags& flags);

// A seller of nodes, ready to be asked.
struct CloudSource {
  std::unique_ptr<http::CurlTransport> transport;
  std::unique_ptr<capacity::CapacityProvider> provider;
  std::string scheme;  // of Node.spec.providerID
  capacity::BookPatience patience{};
};

// kInvalidArgument where none is named, a file is wrong, or credentials are missing. `clock`
// outlives it.
[[nodiscard]] Result<CloudSource> OpenCloud(const CloudFlags& flags,
                                            const std::vector<capacity::CapacityOffer>& pools,
                                            const Clock& clock);

}  // namespace loadcurve
