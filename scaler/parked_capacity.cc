#include "scaler/parked_capacity.h"

#include <algorithm>
#include <utility>

#include "base/time_text.h"
#include "scaler/reason_words.h"

namespace loadcurve {

void ParkedCapacity::Resume(const ParkedState& state) {
  if (state.replicas > Replicas(0)) levels_.push_back({state.until - window_, state.replicas});
  floor_ = state.floor;
  anomaly_at_ = state.anomaly_at;
  anomaly_ = state.anomaly;
}

void ParkedCapacity::NoteCount(TimePoint now, Replicas count) {
  while (!levels_.empty() && levels_.back().replicas <= count) levels_.pop_back();
  levels_.push_back({now, count});
  while (levels_.front().at < now - window_) levels_.pop_front();
  if (floor_ && now >= anomaly_at_ + window_) floor_.reset();
}

void ParkedCapacity::NoteAnomaly(TimePoint now, Replicas count, std::string why) {
  Replicas floor = std::max(count, floor_.value_or(count));
  if (!levels_.empty()) floor = std::max(floor, levels_.front().replicas);
  floor_ = floor;
  anomaly_at_ = now;
  anomaly_ = std::move(why);
}

std::optional<Replicas> ParkedCapacity::Floor(TimePoint now) const {
  return now < anomaly_at_ + window_ ? floor_ : std::nullopt;
}

std::string ParkedCapacity::Why() const {
  return "at " + ToRfc3339(anomaly_at_) + " " + anomaly_ + ": of " + CountWords(*floor_) +
         " what was given up returns, and none goes before " + ToRfc3339(anomaly_at_ + window_) +
         " passes without another anomaly";
}

ParkedState ParkedCapacity::state(TimePoint now) const {
  ParkedState state;
  if (!levels_.empty()) {
    state.replicas = levels_.front().replicas;
    state.until = levels_.front().at + window_;
  }
  state.floor = Floor(now);
  if (!state.floor) return state;
  state.anomaly_at = anomaly_at_;
  state.anomaly = anomaly_;
  return state;
}

}  // namespace loadcurve
