#include "scaler/twin/cluster.h"

#include <algorithm>

namespace loadcurve::twin {

Cluster::Cluster(Replicas initial, Duration startup, TimePoint start)
    : startup_(startup), ready_(initial), now_(start), least_(initial) {}

void Cluster::Advance(TimePoint now) {
  paid_seconds_ += static_cast<double>(total().value()) * Seconds(now - now_);
  now_ = now;
  while (!batches_.empty() && batches_.front().ready_at <= now) {
    ready_ = ready_ + batches_.front().count;
    starting_ = starting_ - batches_.front().count;
    batches_.pop_front();
  }
}

void Cluster::Ask(Replicas wanted, TimePoint now) {
  Advance(now);
  const Replicas asked = std::max(wanted, Replicas(0));
  if (asked > total()) {
    const Replicas more = asked - total();
    if (startup_ == Duration(0)) {
      ready_ = ready_ + more;
    } else {
      batches_.push_back({now + startup_, more});
      starting_ = starting_ + more;
    }
    return;
  }
  Replicas fewer = total() - asked;
  while (fewer > Replicas(0) && !batches_.empty()) {
    const Replicas gone = std::min(fewer, batches_.back().count);
    batches_.back().count = batches_.back().count - gone;
    starting_ = starting_ - gone;
    fewer = fewer - gone;
    if (batches_.back().count == Replicas(0)) batches_.pop_back();
  }
  ready_ = ready_ - fewer;
  least_ = std::min(least_, ready_);
}

void Cluster::BeginSpan(TimePoint now) {
  Advance(now);
  least_ = ready_;
  paid_seconds_ = 0;
}

void Cluster::EndSpan(TimePoint now) {
  Advance(now);
}

}  // namespace loadcurve::twin
