#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scaler/capacity/capacity_provider.h"

namespace loadcurve::capacity {

// Whatever is asked of it is asked of another one; for those that change a part of that.
class ForwardingProvider : public CapacityProvider {
 public:
  // `inner` outlives it.
  explicit ForwardingProvider(CapacityProvider& inner) : inner_(inner) {}

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
  [[nodiscard]] Result<std::vector<ProvidedNode>> Nodes() override { return inner_.Nodes(); }
  bool KnowsTokens() const override { return inner_.KnowsTokens(); }

 protected:
  CapacityProvider& inner() { return inner_; }

 private:
  CapacityProvider& inner_;
};

}  // namespace loadcurve::capacity
