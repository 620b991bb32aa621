#include "scaler/held_need.h"

#include <algorithm>

namespace loadcurve {

void HeldNeed::Hold(Replicas need, TimePoint now, Duration window) {
  constexpr Duration kLeastHold = std::chrono::minutes(5);
  held_ = Held{need, now + std::max(kLeastHold, window), now};
}

void HeldNeed::AwaitForecast(TimePoint now) {
  constexpr Duration kForecastWait = std::chrono::minutes(30);
  if (held_) held_->forecast_until = now + kForecastWait;
}

std::optional<Replicas> HeldNeed::At(TimePoint now, Duration window, bool has_forecast) {
  if (!held_) return std::nullopt;
  if (!has_forecast && now < held_->forecast_until)
    held_->until = std::max(held_->until, now + window);
  if (now >= held_->until) held_.reset();
  return held_ ? std::optional(held_->replicas) : std::nullopt;
}

}  // namespace loadcurve
