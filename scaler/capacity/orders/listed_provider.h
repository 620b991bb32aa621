#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "scaler/capacity/capacity_provider.h"
#include "scaler/capacity/orders/forwarding_provider.h"

namespace loadcurve::capacity {

// A provider whose list of nodes is looked at by two: who hears notices lists, and who orders is
// then given what was listed, for one call, without asking again.
class ListedProvider final : public ForwardingProvider {
 public:
  // `inner` outlives it.
  explicit ListedProvider(CapacityProvider& inner) : ForwardingProvider(inner) {}

  // Asks now; the next Nodes() gives the same.
  [[nodiscard]] Result<void> List() { return Take(inner().Nodes()); }
  // The same with a list that somebody else asked for just now.
  [[nodiscard]] Result<void> Take(Result<std::vector<ProvidedNode>> nodes) {
    fresh_ = Noted(std::move(nodes));
    if (!*fresh_) return tl::unexpected<Error>(fresh_->error());
    return {};
  }
  // As of the last list that came; empty before the first.
  const std::vector<ProvidedNode>& last() const { return last_; }
  bool was_listed() const { return lists_ > 0; }
  // How many lists came.
  std::uint64_t lists() const { return lists_; }

  [[nodiscard]] Result<std::vector<ProvidedNode>> Nodes() override {
    if (!fresh_) return Noted(inner().Nodes());
    return *std::exchange(fresh_, std::nullopt);
  }

 private:
  [[nodiscard]] Result<std::vector<ProvidedNode>> Noted(Result<std::vector<ProvidedNode>> nodes) {
    if (nodes) {
      last_ = *nodes;
      ++lists_;
    }
    return nodes;
  }

  std::optional<Result<std::vector<ProvidedNode>>> fresh_;
  std::vector<ProvidedNode> last_;
  std::uint64_t lists_ = 0;
};

}  // namespace loadcurve::capacity
