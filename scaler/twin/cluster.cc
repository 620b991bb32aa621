#include "scaler/twin/cluster.h"

#include <algorithm>

namespace loadcurve::twin {

Cluster::Cluster(Replicas initial, const Provisioning& provisioning, TimePoint start)
    : startup_(provisioning.startup),
      seed_(provisioning.seed),
      ready_(initial),
      now_(start),
      least_(initial) {
  if (!provisioning.nodes) return;
  nodes_.emplace(*provisioning.nodes, initial.value());
  ready_ = least_ = Replicas(nodes_->placed());
  waiting_ = initial - ready_;
}

void Cluster::Trace(std::vector<ReadyChange>& path) {
  path_ = &path;
  Note(now_);
}

void Cluster::Note(TimePoint at) const {
  if (path_ != nullptr) path_->push_back({at, ready_});
}

void Cluster::Elapse(TimePoint now) {
  paid_seconds_ += static_cast<double>(total().value()) * Seconds(now - now_);
  waiting_seconds_ += static_cast<double>(waiting_.value()) * Seconds(now - now_);
  now_ = now;
}

void Cluster::Advance(TimePoint now) {
  if (nodes_) MeetNodes(now);
  Elapse(now);
  Finish(now);
}

void Cluster::MeetNodes(TimePoint now) {
  for (auto at = nodes_->NextArrival(); at && *at <= now; at = nodes_->NextArrival()) {
    Elapse(*at);
    nodes_->Arrive();
    const Replicas placed = std::min(waiting_, Replicas(nodes_->Free()));
    nodes_->Place(placed.value());
    waiting_ = waiting_ - placed;
    Start(placed, *at);
  }
  nodes_->Retire(now);
}

void Cluster::Finish(TimePoint now) {
  while (true) {
    const auto next = startup_.has_one_time()
                          ? batches_.begin()
                          : std::ranges::min_element(batches_, {}, &Batch::ready_at);
    if (next == batches_.end() || next->ready_at > now) return;
    ready_ = ready_ + next->count;
    starting_ = starting_ - next->count;
    Note(next->ready_at);
    batches_.erase(next);
  }
}

// Each replica has a time of its own where they differ.
void Cluster::Start(Replicas more, TimePoint now) {
  if (more == Replicas(0)) return;
  starting_ = starting_ + more;
  const Replicas together = startup_.has_one_time() ? more : Replicas(1);
  for (Replicas left = more; left > Replicas(0); left = left - together)
    batches_.push_back({now + startup_.Of(started_++, seed_), together});
}

void Cluster::Add(Replicas more, TimePoint now) {
  if (!nodes_) {
    Start(more, now);
  } else {
    const Replicas placed = std::min(more, Replicas(nodes_->Free()));
    nodes_->Place(placed.value());
    Start(placed, now);
    waiting_ = waiting_ + (more - placed);
    nodes_->Order(waiting_.value(), now);
  }
  Finish(now);  // those that take no time
}

void Cluster::Drop(Replicas fewer, TimePoint now) {
  const Replicas unplaced = std::min(fewer, waiting_);
  waiting_ = waiting_ - unplaced;
  Replicas left = fewer - unplaced;
  if (nodes_) nodes_->Release(left.value());
  while (left > Replicas(0) && !batches_.empty()) {
    const Replicas gone = std::min(left, batches_.back().count);
    batches_.back().count = batches_.back().count - gone;
    starting_ = starting_ - gone;
    left = left - gone;
    if (batches_.back().count == Replicas(0)) batches_.pop_back();
  }
  if (left == Replicas(0)) return;
  ready_ = ready_ - left;
  least_ = std::min(least_, ready_);
  Note(now);
}

void Cluster::Ask(Replicas wanted, TimePoint now) {
  Advance(now);
  const Replicas asked = std::max(wanted, Replicas(0));
  if (asked > total())
    Add(asked - total(), now);
  else
    Drop(total() - asked, now);
}

void Cluster::BeginSpan(TimePoint now) {
  Advance(now);
  least_ = ready_;
  paid_seconds_ = 0;
  waiting_seconds_ = 0;
}

void Cluster::EndSpan(TimePoint now) {
  Advance(now);
}

}  // namespace loadcurve::twin
