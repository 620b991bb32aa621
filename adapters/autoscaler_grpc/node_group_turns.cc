#include "adapters/autoscaler_grpc/node_group_turns.h"

namespace loadcurve::autoscaler_grpc {

NodeGroupTurns::NodeGroupTurns(capacity::NodeGroups groups, const GroupSource& source,
                               OnTurn on_turn)
    : provider_(source.provider),
      runner_(source.journal, provider_, source.policy),
      clock_(source.clock),
      on_turn_(std::move(on_turn)),
      groups_(std::move(groups)),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

NodeGroupTurns::~NodeGroupTurns() {
  thread_.request_stop();
  thread_.join();
}

void NodeGroupTurns::Ask() {
  const std::lock_guard lock(mutex_);
  ++asked_;
  changed_.notify_all();
}

void NodeGroupTurns::AskAndWait() {
  std::unique_lock lock(mutex_);
  const std::uint64_t mine = ++asked_;
  changed_.notify_all();
  changed_.wait(lock, thread_.get_stop_token(), [&] { return done_ >= mine; });
}

void NodeGroupTurns::Run(const std::stop_token& stop) {
  while (true) {
    std::uint64_t answers = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [&] { return asked_ > done_; });
      if (stop.stop_requested()) return;
      answers = asked_;
    }
    TakeTurn();
    const std::lock_guard lock(mutex_);
    done_ = answers;
    changed_.notify_all();
  }
}

void NodeGroupTurns::TakeTurn() {
  capacity::GroupTurn turn;
  turn.tick = With([this](const auto& groups) { return groups.Next(clock_.MonotonicNow()); });
  const std::uint64_t lists = provider_.lists();
  turn.report = runner_.Run(turn.tick);
  if (provider_.lists() != lists) turn.nodes = provider_.last();
  With([&](auto& groups) { groups.Learn(turn); });
  if (on_turn_) on_turn_(turn.report);
}

}  // namespace loadcurve::autoscaler_grpc
