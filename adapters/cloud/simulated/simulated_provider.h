#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/http/http_transport.h"
#include "base/result.h"
#include "scaler/capacity/capacity_provider.h"

namespace loadcurve::simulated_cloud {

// Buys from a `loadcurve simulate-cloud`.
class SimulatedProvider final : public capacity::CapacityProvider {
 public:
  // `base_url` as "https://127.0.0.1:8443". `transport` outlives it. Whether the cloud knows
  // tokens its plan says; a provider must be told the same.
  SimulatedProvider(http::HttpTransport& transport, std::string base_url, bool knows_tokens = true)
      : transport_(transport), base_url_(std::move(base_url)), knows_tokens_(knows_tokens) {}

  [[nodiscard]] Result<std::vector<capacity::CapacityOffer>> Offers() override;
  [[nodiscard]] Result<capacity::OrderOutcome> Launch(
      const capacity::CapacityOrder& order) override;
  [[nodiscard]] Result<std::optional<capacity::OrderOutcome>> Find(
      const capacity::CapacityOrder& order) override;
  [[nodiscard]] Result<void> Retire(const std::vector<std::string>& node_ids) override;
  [[nodiscard]] Result<std::vector<capacity::ProvidedNode>> Nodes() override;
  bool KnowsTokens() const override { return knows_tokens_; }

 private:
  [[nodiscard]] Result<http::HttpResponse> Ask(std::string method, const std::string& path,
                                               std::string body);

  http::HttpTransport& transport_;
  std::string base_url_;
  bool knows_tokens_;
};

}  // namespace loadcurve::simulated_cloud
