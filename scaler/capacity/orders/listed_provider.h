#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "scaler/capacity/capacity_provider.h"

namespace loadcurve::capacity {

// A provider whose list of nodes is looked at by two: who hears notices lists, and who orders is
// then given what was listed, for one call, without asking again.
class ListedProvider final : public CapacityProvider {
 public:
  // `inner` outlives it.
  explicit ListedProvider(CapacityProvider& inner) : inner_(inner) {}

  // Asks now; the next Nodes() gives the same.
  [[nodiscard]] Result<void> List() {
    fresh_ = Ask();
    if (!*fresh_) return tl::unexpected<Error>(fresh_->error());
    return {};
  }
  // As of the last list that came; empty before the first.
  const std::vector<ProvidedNode>& last() const { return last_; }
  bool was_listed() const { return lists_ > 0; }
  // How many lists came.
  std::uint64_t lists() const { return lists_; }

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
    if (!fresh_) return Ask();
    return *std::exchange(fresh_, std::nullopt);
  }
  bool KnowsTokens() const override { return inner_.KnowsTokens(); }

 private:
  [[nodiscard]] Result<std::vector<ProvidedNode>> Ask() {
    auto nodes = inner_.Nodes();
    if (nodes) {
      last_ = *nodes;
      ++lists_;
    }
    return nodes;
  }

  CapacityProvider& inner_;
  std::optional<Result<std::vector<ProvidedNode>>> fresh_;
  std::vector<ProvidedNode> last_;
  std::uint64_t lists_ = 0;
};

}  // namespace loadcurve::capacity
