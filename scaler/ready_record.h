#pragma once

#include <deque>
#include <optional>

#include "base/units.h"

namespace loadcurve {

// How many replicas were ready, as far as somebody looked.
class ReadyRecord {
 public:
  // Keeps what is younger than `span`.
  explicit ReadyRecord(Duration span) : span_(span) {}

  // `now` never goes back.
  void Note(TimePoint now, Replicas ready);

  // The count all through [from, to]; absent where it changed, or nobody looked for two minutes.
  std::optional<Replicas> Through(TimePoint from, TimePoint to) const;

 private:
  struct Stretch {
    TimePoint from;
    TimePoint to;
    Replicas ready;
  };

  Duration span_;
  std::deque<Stretch> stretches_;
};

}  // namespace loadcurve
