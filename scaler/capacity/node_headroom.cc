#include "scaler/capacity/node_headroom.h"

#include <algorithm>

namespace loadcurve::capacity {
namespace {

Replicas Less(Replicas count, Replicas other) {
  return std::max(count - other, Replicas(0));
}

}  // namespace

void NodeHeadroom::Resume(TimePoint now, Replicas ahead) {
  ahead_ = ahead;
  changed_at_ = now;
  Note(now, ahead);
}

void NodeHeadroom::TakeOut(Replicas came) {
  for (Gap& gap : gaps_) gap.replicas = Less(gap.replicas, came);
  ahead_ = Less(ahead_, came);
}

void NodeHeadroom::Note(TimePoint now, Replicas gap) {
  while (!gaps_.empty() && gaps_.front().at < now - keep_) gaps_.pop_front();
  while (!gaps_.empty() && gaps_.back().replicas <= gap) gaps_.pop_back();
  gaps_.push_back({now, gap});
}

Replicas NodeHeadroom::Next(const HeadroomLook& look) {
  if (present_ && look.present > *present_) TakeOut(look.present - *present_);
  present_ = look.present;
  const Replicas gap = Less(look.need, look.present);
  Note(look.now, gap);
  const Replicas largest = gaps_.front().replicas;
  const bool gives_back = look.may_shrink && largest < ahead_ && look.now - changed_at_ >= keep_;
  if (gap > ahead_ || gives_back) {
    ahead_ = gap > ahead_ ? gap : largest;
    changed_at_ = look.now;
  }
  return ahead_;
}

}  // namespace loadcurve::capacity
