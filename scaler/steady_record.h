#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "base/units.h"

namespace loadcurve {

// What a count, or anything else that is looked at now and then, was, as far as somebody looked.
template <class Value>
class SteadyRecord {
 public:
  // Keeps what is younger than `span`.
  explicit SteadyRecord(Duration span) : span_(span) {}

  // `now` never goes back.
  void Note(TimePoint now, Value value) {
    constexpr Duration kLongestBlink = std::chrono::minutes(2);
    while (!stretches_.empty() && stretches_.front().to < now - span_) stretches_.pop_front();
    if (!stretches_.empty() && stretches_.back().value == value &&
        now - stretches_.back().to <= kLongestBlink) {
      stretches_.back().to = now;
      return;
    }
    stretches_.push_back({now, now, std::move(value)});
  }

  // The value all through [from, to]; absent where it changed, or nobody looked for two minutes.
  std::optional<Value> Through(TimePoint from, TimePoint to) const {
    for (const Stretch& stretch : stretches_) {
      if (stretch.from <= from && to <= stretch.to) return stretch.value;
    }
    return std::nullopt;
  }

 private:
  struct Stretch {
    TimePoint from;
    TimePoint to;
    Value value;
  };

  Duration span_;
  std::deque<Stretch> stretches_;
};

}  // namespace loadcurve
