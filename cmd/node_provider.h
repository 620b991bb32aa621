#pragma once

#include <memory>

#include "adapters/http/http_transport.h"
#include "base/clock.h"
#include "base/result.h"
#include "scaler/capacity/capacity_profile.h"
#include "scaler/capacity/capacity_provider.h"
#include "scaler/capacity/orders/order_runner.h"

namespace loadcurve {

// Who sells nodes, as a CapacityProfile names it, with the connection that it is asked over.
struct NodeProvider {
  std::unique_ptr<http::HttpTransport> transport;
  std::unique_ptr<capacity::CapacityProvider> provider;
  capacity::OrderPolicy orders;
  Duration list_every{};
};

// `profile` has a provider. `clock` outlives what is given.
NodeProvider ProviderOf(const capacity::CapacityProfile& profile, const Clock& clock);

}  // namespace loadcurve
