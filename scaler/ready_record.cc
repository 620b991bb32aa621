#include "scaler/ready_record.h"

namespace loadcurve {

void ReadyRecord::Note(TimePoint now, Replicas ready) {
  constexpr Duration kLongestBlink = std::chrono::minutes(2);
  while (!stretches_.empty() && stretches_.front().to < now - span_) stretches_.pop_front();
  if (!stretches_.empty() && stretches_.back().ready == ready &&
      now - stretches_.back().to <= kLongestBlink) {
    stretches_.back().to = now;
    return;
  }
  stretches_.push_back({now, now, ready});
}

std::optional<Replicas> ReadyRecord::Through(TimePoint from, TimePoint to) const {
  for (const Stretch& stretch : stretches_) {
    if (stretch.from <= from && to <= stretch.to) return stretch.ready;
  }
  return std::nullopt;
}

}  // namespace loadcurve
