#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "scaler/capacity/fleet/fleet.h"
#include "tests/scaler/capacity/plan/plan_world.h"
#include "tests/support/fake_cloud.h"
#include "tests/support/memory_order_journal.h"
#include "tests/support/recording_node_actor.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::capacity {

using namespace std::chrono_literals;

// A cloud with spot in zones a and b and on-demand nodes in c, each of two cores; a cluster whose
// nodes are those of the cloud that booted; pods of one core. Steps of a second.
//
// Of every story: each node that is paid for stands in one order, each order with what it costs,
// what is risked and why, and a cap on spending that comes first is kept at every moment.
class FleetWorld : public testing::Test {
 protected:
  FleetWorld() {
    cloud_.AddPool("spot-a", "us-1a", 0.03, 1000);
    cloud_.AddPool("spot-b", "us-1b", 0.04, 1000);
    cloud_.AddPool("on-demand", "us-1c", 0.1, 1000).capacity_class = CapacityClass::kOnDemand;
    Restart();
  }

  void TearDown() override {
    if (!acts_) return;
    // What is on its way comes to its end.
    cloud_.Script(nullptr);
    cloud_.SetDown({});
    Run(100s);
    std::multiset<std::string> recorded;
    for (const auto& [key, order] : disk_.orders)
      recorded.insert(order.node_ids.begin(), order.node_ids.end());
    std::multiset<std::string> charged;
    for (const Purchase& node : cloud_.ledger())
      if (node.is_paid) charged.insert(node.node_id);
    EXPECT_EQ(recorded, charged) << "orders, and the ledger of the cloud";
  }

  // Another process takes over; what the one before knew is lost.
  void Restart() {
    was_restarted_ = fleet_ != nullptr;
    journal_ = std::make_unique<MemoryOrderJournal>(disk_);
    // Its list is complete at once.
    fleet_ = std::make_unique<Fleet>(cloud_, *journal_, cluster_, clock_,
                                     FleetPolicy{.orders = {.patience = {.listing_lag = 1s}}});
  }

  void Want(double pods) {
    demand_ = DemandFor({Asks(OneCore("web"), pods)});
    ++version_;
  }

  FleetNews Step(Duration span = 1s) {
    cloud_.Advance(span);
    clock_.Advance(span);
    for (const Purchase& node : cloud_.ledger()) {
      const bool is_there = cluster_.nodes.contains(node.node_id);
      if (!node.is_paid) cluster_.nodes.erase(node.node_id);
      if (node.is_paid && node.state == NodeState::kReady && !is_there)
        cluster_.Add(node.node_id, {node.node_id + "/x", node.node_id + "/y"});
    }
    FleetNews news = fleet_->Step({.now = clock_.MonotonicNow(),
                                   .wall = clock_.Now(),
                                   .pools = *cloud_.Offers(),
                                   .demand = demand_,
                                   .version = version_,
                                   .terms = terms_,
                                   .acts = acts_,
                                   .may_shrink = true,
                                   .nodes = cluster_.All()});
    ExpectReasons(news);
    if (terms_.spend_cap && terms_.when_cap_is_hit == SpendPolicy::kCapFirst) {
      EXPECT_LE(Spend(), terms_.spend_cap->value() + 1e-9);
    }
    return news;
  }

  void Run(Duration span) {
    for (Duration passed{0}; passed < span; passed += 1s) (void)Step();
  }

  std::vector<std::string> NodesIn(const std::string& pool) const {
    std::vector<std::string> ids;
    for (const Purchase& node : cloud_.ledger())
      if (node.is_paid && node.pool == pool) ids.push_back(node.node_id);
    return ids;
  }

  // USD an hour for all nodes but those that are being taken away.
  double Spend() {
    double spend = 0;
    for (const Purchase& node : cloud_.ledger())
      if (node.is_paid && node.state != NodeState::kInterrupted)
        spend += cloud_.OfferOf(node.pool).price.value();
    return spend;
  }

  // Nodes that pods may stand on.
  std::int64_t Ready() const {
    std::int64_t count = 0;
    for (const auto& [id, node] : cluster_.nodes) count += node.is_ready && !node.is_taken ? 1 : 0;
    return count;
  }

  SimulatedClock clock_;
  FakeCloud cloud_{{.boot = 60s}};
  JournalDisk disk_;
  RecordingNodeActor cluster_;
  std::unique_ptr<MemoryOrderJournal> journal_;
  std::unique_ptr<Fleet> fleet_;
  std::optional<NodeDemand> demand_;
  PlanTerms terms_;
  std::uint64_t version_ = 0;
  bool acts_ = true;

 private:
  void ExpectReasons(const FleetNews& news) const {
    for (const RecordedOrder& order : news.orders) {
      const auto reason = news.reasons.find(order.order.token);
      // An order that another process began was explained by it.
      if (reason == news.reasons.end() && was_restarted_) continue;
      ASSERT_NE(reason, news.reasons.end()) << order.order.token;
      EXPECT_FALSE(reason->second.why.empty()) << order.order.token;
      EXPECT_GT(reason->second.cost, UsdPerHour(0)) << order.order.token;
      EXPECT_GE(reason->second.tail_shortfall, 0) << order.order.token;
      EXPECT_LE(reason->second.tail_shortfall, 1) << order.order.token;
    }
  }

  bool was_restarted_ = false;
};

}  // namespace loadcurve::capacity
