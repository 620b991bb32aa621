#include "metrics/capacity/slot_queue.h"

#include <cmath>

namespace loadcurve {

double ErlangC(double slots, double busy) {
  if (busy >= slots) return 1;
  // Erlang B by its recursion, which stays within [0, 1].
  double blocked = 1;
  for (double servers = 1; servers <= std::floor(slots); ++servers)
    blocked = busy * blocked / (servers + busy * blocked);
  const double load = busy / std::floor(slots);
  return load >= 1 ? 1 : blocked / (1 - load * (1 - blocked));
}

double RateWithin(const SlotQueue& queue, double target_seconds, Ratio allowed_late) {
  const double patience = target_seconds - queue.held_seconds;
  if (patience <= 0) return 0;
  const double slots = std::floor(queue.slots);
  const double most = slots / queue.held_seconds;
  const auto late_share = [&](double rate) {
    return ErlangC(slots, rate * queue.held_seconds) * std::exp(-(most - rate) * patience);
  };
  double low = 0;
  double high = most;
  constexpr int kHalvings = 50;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (late_share(middle) <= allowed_late.value() ? low : high) = middle;
  }
  return low;
}

}  // namespace loadcurve
