#pragma once

#include <cstdint>
#include <random>

#include "base/units.h"

namespace loadcurve::capacity {

// What a call is for, the most urgent first.
enum class OrderUrgency {
  kReplacement,  // of nodes that are being lost
  kGrowth,       // more load
  kSavings,      // the same for less money
};

// How many calls an account takes: a bucket that fills at a steady rate.
struct CallRate {
  double per_second = 5;  // > 0
  double burst = 20;      // >= 1
};

// All calls to one account pass through here. Times are monotonic.
//
// A refusal (429, 5xx, no answer) pauses all of them: for as long as the provider asks, and at
// least for a time that doubles with each refusal in a row, from 1 s to a minute, of which a
// seeded half is chance, so that many do not come back together.
class CallBudget {
 public:
  CallBudget(const CallRate& rate, std::uint64_t seed) : rate_(rate), random_(seed) {}

  // Takes one call out, where it may be made now. Savings leave half of the bucket to others.
  [[nodiscard]] bool Take(Duration now, OrderUrgency urgency);

  void OnAnswered() { refusals_ = 0; }
  // `retry_after` of 0: the provider did not say.
  void OnRefused(Duration now, Duration retry_after);

  Duration paused_until() const { return paused_until_; }

 private:
  CallRate rate_;
  std::mt19937_64 random_;
  double calls_ = -1;  // in the bucket; below 0: never filled
  Duration filled_at_{};
  Duration paused_until_{};
  int refusals_ = 0;  // in a row
};

}  // namespace loadcurve::capacity
