#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scaler/capacity/orders/listed_provider.h"
#include "scaler/capacity/orders/node_groups.h"
#include "tests/support/fake_cloud.h"
#include "tests/support/memory_order_journal.h"

namespace loadcurve::capacity {

// Node groups on a cloud and a disk; turns of ten seconds. Pools "a" of three nodes in us-1a and
// "b" of a hundred in us-1b.
class NodeGroupRig {
 public:
  explicit NodeGroupRig(const FakeCloud::Rules& rules = {}) : cloud(rules) {
    cloud.AddPool("a", "us-1a", 0.30, 3);
    cloud.AddPool("b", "us-1b", 0.35, 100).most_nodes = 50;
    Restart();
    // An empty journal holds purchases back for a minute.
    for (int i = 0; i < 8; ++i) (void)Turn();
  }

  // Another process takes over; what the one before knew is lost.
  void Restart() {
    journal_ = std::make_unique<MemoryOrderJournal>(disk);
    provider_ = std::make_unique<ListedProvider>(cloud);
    runner_ = std::make_unique<OrderRunner>(*journal_, *provider_, OrderPolicy());
    groups = std::make_unique<NodeGroups>(*cloud.Offers(), std::to_string(++runs_));
  }

  OrderReport Turn() {
    cloud.Advance(std::chrono::seconds(10));
    GroupTurn turn{.tick = groups->Next(cloud.now())};
    const std::uint64_t lists = provider_->lists();
    turn.report = runner_->Run(turn.tick);
    if (provider_->lists() != lists) turn.nodes = provider_->last();
    groups->Learn(turn);
    return turn.report;
  }

  std::int64_t Target(const std::string& group) const { return groups->TargetOf(group).value(); }
  // Ids of those that are there, and of those that are not to be had.
  std::vector<std::string> Ids(const std::string& group, bool is_missing = false) const {
    std::vector<std::string> ids;
    const auto instances = groups->InstancesOf(group).value();
    for (const GroupInstance& instance : instances)
      if ((instance.shortfall != Shortfall::kNone) == is_missing) ids.push_back(instance.id);
    return ids;
  }

  FakeCloud cloud;
  JournalDisk disk;
  std::unique_ptr<NodeGroups> groups;

 private:
  int runs_ = 0;
  std::unique_ptr<MemoryOrderJournal> journal_;
  std::unique_ptr<ListedProvider> provider_;
  std::unique_ptr<OrderRunner> runner_;
};

}  // namespace loadcurve::capacity
