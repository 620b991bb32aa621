#pragma once

#include <deque>
#include <optional>
#include <string>

#include "base/units.h"

namespace loadcurve {

// What is parked, and since when nothing shrinks; a status keeps it over restarts.
struct ParkedState {
  // The highest count within the observation window. What of it is not there now is parked: it
  // returns at once, until it is given up for good.
  Replicas replicas{};
  TimePoint until{};
  // Nothing shrinks below this count for the window after the last anomaly; absent where there was
  // none within it.
  std::optional<Replicas> floor{};
  TimePoint anomaly_at{};
  std::string anomaly{};  // with its numbers

  bool operator==(const ParkedState&) const = default;
};

// Scale-in that is watched: what was given up stays parked for an observation window, and returns
// at once where an anomaly is seen; then nothing shrinks until the window has passed without one.
// Not thread-safe.
class ParkedCapacity {
 public:
  // `window` > 0.
  explicit ParkedCapacity(Duration window) : window_(window) {}

  // Goes on where another process ended.
  void Resume(const ParkedState& state);

  // The count there is. `now` never goes back by much.
  void NoteCount(TimePoint now, Replicas count);
  // Errors or load rose while there were, or were asked for, so many.
  void NoteAnomaly(TimePoint now, Replicas count, std::string why);

  // Below this nothing shrinks at the moment; absent where nothing is held.
  std::optional<Replicas> Floor(TimePoint now) const;
  // Why; where something is held.
  std::string Why() const;

  ParkedState state(TimePoint now) const;

 private:
  struct Level {
    TimePoint at;  // when it was last there
    Replicas replicas;
  };

  Duration window_;
  std::deque<Level> levels_;  // falling: what is lower than a later one is dropped
  std::optional<Replicas> floor_;
  TimePoint anomaly_at_{};
  std::string anomaly_;
};

}  // namespace loadcurve
