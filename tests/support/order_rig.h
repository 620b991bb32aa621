#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "scaler/capacity/orders/order_runner.h"
#include "tests/support/fake_cloud.h"
#include "tests/support/memory_order_journal.h"

namespace loadcurve::capacity {

// Keeps what is there, as far as it is needed, and fills up to `demand` nodes from the cheapest
// open pools, those beside a dry one last. `offers` outlive it.
inline WishPlan CheapestFill(const std::vector<CapacityOffer>& offers, std::int64_t demand,
                             OrderUrgency urgency = OrderUrgency::kGrowth) {
  return [&offers, demand, urgency](const OrderView& view) {
    std::map<std::string, std::int64_t> wanted;
    std::int64_t total = 0;
    for (const auto& [pool, count] : view.counts) {
      wanted[pool] = count.held + count.pending;
      total += wanted[pool];
    }
    if (total < demand) {
      std::vector<const CapacityOffer*> order;
      for (const CapacityOffer& offer : offers)
        if (!view.limits.closed.contains(offer.pool)) order.push_back(&offer);
      const auto cheapest = std::ranges::min_element(order, {}, [&](const CapacityOffer* offer) {
        return std::pair(view.limits.suspects.contains(offer->pool), offer->price.value());
      });
      if (cheapest != order.end()) wanted[(*cheapest)->pool] += demand - total;
    }
    for (auto& [pool, nodes] : wanted) {
      const std::int64_t spare = std::clamp<std::int64_t>(total - demand, 0, nodes);
      nodes -= spare;
      total -= spare;
    }
    std::vector<PoolWish> wishes;
    for (const auto& [pool, nodes] : wanted) wishes.push_back({pool, nodes, urgency});
    return wishes;
  };
}

// A cloud, a disk, and whoever runs orders on them; ticks of ten seconds.
class OrderRig {
 public:
  explicit OrderRig(const FakeCloud::Rules& rules = {}, const OrderPolicy& policy = {})
      : cloud(rules), policy_(policy) {
    Restart();
  }

  // Another process takes over; what the one before knew is lost.
  void Restart() {
    journal = std::make_unique<MemoryOrderJournal>(disk);
    runner = std::make_unique<OrderRunner>(*journal, cloud, policy_);
  }

  OrderReport Tick(std::int64_t demand, OrderUrgency urgency = OrderUrgency::kGrowth) {
    cloud.Advance(std::chrono::seconds(10));
    const auto offers = *cloud.Offers();
    OrderTick tick{.now = cloud.now(),
                   .offers = offers,
                   .losing = losing,
                   .given_back = given_back,
                   .plan = CheapestFill(offers, demand, urgency)};
    return runner->Run(tick);
  }

  // An empty journal holds purchases back for a minute.
  void Settle() {
    for (int i = 0; i < 8; ++i) (void)Tick(0);
  }

  // The nodes that the journal knows.
  std::multiset<std::string> Recorded() const {
    std::multiset<std::string> ids;
    for (const auto& [key, order] : disk.orders)
      ids.insert(order.node_ids.begin(), order.node_ids.end());
    return ids;
  }
  // The nodes that the cloud charges for.
  std::multiset<std::string> Charged() const {
    std::multiset<std::string> ids;
    for (const Purchase& node : cloud.ledger())
      if (node.is_paid) ids.insert(node.node_id);
    return ids;
  }

  FakeCloud cloud;
  JournalDisk disk;
  std::unique_ptr<MemoryOrderJournal> journal;
  std::unique_ptr<OrderRunner> runner;
  std::set<std::string> losing;
  std::vector<std::string> given_back;

 private:
  OrderPolicy policy_;
};

}  // namespace loadcurve::capacity
