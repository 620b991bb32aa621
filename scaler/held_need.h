#pragma once

#include <optional>

#include "base/units.h"

namespace loadcurve {

// What was needed before the costs of requests became others, held for a while: decisions that were
// made before are given up no faster than after any other decision, and the change takes nothing
// back at once.
class HeldNeed {
 public:
  // For the profile's scale-down window, and five minutes at least.
  void Hold(Replicas need, TimePoint now, Duration window);
  // Longer, where there was a forecast: until a `window` after there is one in the new scale again.
  // While there is none nobody knows what is to come; it is waited for for half an hour.
  void AwaitForecast(TimePoint now);

  std::optional<Replicas> At(TimePoint now, Duration window, bool has_forecast);

 private:
  struct Held {
    Replicas replicas;
    TimePoint until;
    TimePoint forecast_until;
  };
  std::optional<Held> held_;
};

}  // namespace loadcurve
