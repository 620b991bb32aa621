#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "scaler/capacity/orders/listed_provider.h"
#include "scaler/capacity/orders/node_groups.h"
#include "scaler/capacity/orders/order_runner.h"

namespace loadcurve::autoscaler_grpc {

// Where nodes come from, and where orders are written down. All outlive who is given them.
struct GroupSource {
  capacity::OrderJournal& journal;
  capacity::CapacityProvider& provider;
  const Clock& clock;
  capacity::OrderPolicy policy{};
};

// Node groups, and a thread that takes turns of an OrderRunner for them when it is asked to: who
// asks about groups never waits for the provider. Thread-safe.
class NodeGroupTurns {
 public:
  using OnTurn = std::function<void(const capacity::OrderReport&)>;

  // The first turn, which only looks, begins at once. `on_turn` is called on the thread.
  NodeGroupTurns(capacity::NodeGroups groups, const GroupSource& source, OnTurn on_turn);
  // Ends the turn under way, takes no other.
  ~NodeGroupTurns();
  NodeGroupTurns(const NodeGroupTurns&) = delete;
  NodeGroupTurns& operator=(const NodeGroupTurns&) = delete;

  // The groups as they are, for as long as `use` lasts.
  template <class Use>
  auto With(const Use& use) {
    const std::lock_guard lock(mutex_);
    return use(groups_);
  }

  // A turn soon.
  void Ask();
  // Returns when a turn that began after this call is over, or at the end.
  void AskAndWait();

  Duration Now() const { return clock_.MonotonicNow(); }

 private:
  void Run(const std::stop_token& stop);
  void TakeTurn();

  capacity::ListedProvider provider_;
  capacity::OrderRunner runner_;
  const Clock& clock_;
  const OnTurn on_turn_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  capacity::NodeGroups groups_;
  std::uint64_t asked_ = 1;
  std::uint64_t done_ = 0;  // the turn that answered so many
  std::jthread thread_;     // the last to be made, the first to end
};

}  // namespace loadcurve::autoscaler_grpc
