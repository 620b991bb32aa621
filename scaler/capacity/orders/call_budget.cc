#include "scaler/capacity/orders/call_budget.h"

#include <algorithm>

namespace loadcurve::capacity {
namespace {

constexpr double kFirstPauseSeconds = 1;
constexpr double kLongestPauseSeconds = 60;

}  // namespace

bool CallBudget::Take(Duration now, OrderUrgency urgency) {
  calls_ = calls_ < 0
               ? rate_.burst
               : std::min(rate_.burst, calls_ + rate_.per_second * Seconds(now - filled_at_));
  filled_at_ = now;
  const double left_to_others = urgency == OrderUrgency::kSavings ? rate_.burst / 2 : 0;
  if (now < paused_until_ || calls_ < 1 + left_to_others) return false;
  calls_ -= 1;
  return true;
}

void CallBudget::OnRefused(Duration now, Duration retry_after) {
  double pause = kFirstPauseSeconds;
  for (int i = 0; i < refusals_ && pause < kLongestPauseSeconds; ++i) pause *= 2;
  ++refusals_;
  const double chance = static_cast<double>(random_() >> 11U) * 0x1.0p-53;
  const double seconds = std::min(pause, kLongestPauseSeconds) * (0.5 + 0.5 * chance);
  const Duration drawn(static_cast<Duration::rep>(seconds * 1e6));
  paused_until_ = std::max(paused_until_, now + std::max(drawn, retry_after));
}

}  // namespace loadcurve::capacity
