#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scaler/capacity/capacity_provider.h"

namespace loadcurve::capacity {

// A provider that remembers the nodes it listed last.
class ListedProvider final : public CapacityProvider {
 public:
  // `inner` outlives it.
  explicit ListedProvider(CapacityProvider& inner) : inner_(inner) {}

  // The last list since this was asked before; absent: none came.
  std::optional<std::vector<ProvidedNode>> TakeList() {
    return std::exchange(listed_, std::nullopt);
  }

  [[nodiscard]] Result<std::vector<CapacityOffer>> Offers() override { return inner_.Offers(); }
  [[nodiscard]] Result<OrderOutcome> Launch(const CapacityOrder& order) override {
    return inner_.Launch(order);
  }
  [[nodiscard]] Result<std::optional<OrderOutcome>> Find(const CapacityOrder& order) override {
    return inner_.Find(order);
  }
  [[nodiscard]] Result<void> Retire(const std::vector<std::string>& node_ids) override {
    return inner_.Retire(node_ids);
  }
  [[nodiscard]] Result<std::vector<ProvidedNode>> Nodes() override {
    auto nodes = inner_.Nodes();
    if (nodes) listed_ = *nodes;
    return nodes;
  }
  bool KnowsTokens() const override { return inner_.KnowsTokens(); }

 private:
  CapacityProvider& inner_;
  std::optional<std::vector<ProvidedNode>> listed_;
};

}  // namespace loadcurve::capacity
