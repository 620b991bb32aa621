#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "scaler/capacity/capacity_provider.h"
#include "scaler/capacity/orders/forwarding_provider.h"
#include "scaler/capacity/orders/order_journal.h"

namespace loadcurve::capacity {

// Names of pools that somebody else buys of, by the same provider and in the same journal.
using PoolsOfOthers = std::set<std::string>;

// Who wants to buy of which pools.
struct PoolClaim {
  std::string name;
  std::vector<std::string> pools;
};

// What one of them may buy of.
struct PoolShare {
  PoolsOfOthers others;                      // all pools that are of somebody else
  std::map<std::string, std::string> taken;  // of its own claim: of whom they are
};

// One share a claim: a pool is of the first that claims it.
std::vector<PoolShare> SharesOf(const std::vector<PoolClaim>& claims);

// What is not theirs.
inline std::vector<ProvidedNode> Without(const PoolsOfOthers& others,
                                         std::vector<ProvidedNode> nodes) {
  std::erase_if(nodes, [&](const ProvidedNode& node) { return others.contains(node.pool); });
  return nodes;
}

// A provider without the pools of others: their nodes are neither counted nor given back.
class ShareOfProvider final : public ForwardingProvider {
 public:
  // Both outlive it; `others` may change between two calls.
  ShareOfProvider(CapacityProvider& inner, const PoolsOfOthers& others)
      : ForwardingProvider(inner), others_(others) {}

  [[nodiscard]] Result<std::vector<CapacityOffer>> Offers() override {
    LC_TRY(std::vector<CapacityOffer> offers, inner().Offers());
    std::erase_if(offers, [&](const CapacityOffer& offer) { return others_.contains(offer.pool); });
    return offers;
  }
  [[nodiscard]] Result<std::vector<ProvidedNode>> Nodes() override {
    LC_TRY(std::vector<ProvidedNode> nodes, inner().Nodes());
    return Without(others_, std::move(nodes));
  }

 private:
  const PoolsOfOthers& others_;
};

// A journal without the orders of others.
class ShareOfJournal final : public OrderJournal {
 public:
  // Both outlive it; `others` may change between two calls.
  ShareOfJournal(OrderJournal& inner, const PoolsOfOthers& others)
      : inner_(inner), others_(others) {}

  [[nodiscard]] Result<std::vector<RecordedOrder>> Read() override {
    LC_TRY(std::vector<RecordedOrder> orders, inner_.Read());
    std::erase_if(orders,
                  [&](const RecordedOrder& each) { return others_.contains(each.order.pool); });
    return orders;
  }
  [[nodiscard]] Result<RecordedOrder> Intend(const OrderIntent& intent) override {
    return inner_.Intend(intent);
  }
  [[nodiscard]] Result<RecordedOrder> Record(const RecordedOrder& order) override {
    return inner_.Record(order);
  }
  [[nodiscard]] Result<void> Forget(const RecordedOrder& order) override {
    return inner_.Forget(order);
  }
  [[nodiscard]] Result<void> MayAct() override { return inner_.MayAct(); }

 private:
  OrderJournal& inner_;
  const PoolsOfOthers& others_;
};

}  // namespace loadcurve::capacity
