#include "adapters/sample_service/cpu_allowance.h"

#include <gtest/gtest.h>

namespace loadcurve::sample {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A quarter of a core: 25 ms of CPU every 100 ms, and 25 ms saved at most.
constexpr CpuCores kQuarter{0.25};

TEST(CpuAllowance, LetsWhatWasSavedBeUsedAtOnce) {
  CpuAllowance allowance(kQuarter, seconds(7), milliseconds(3));
  EXPECT_EQ(allowance.WaitAt(seconds(7), milliseconds(28)), Duration(0));
}

TEST(CpuAllowance, MakesWhoUsedTooMuchWaitUntilItIsPaidBack) {
  CpuAllowance allowance(kQuarter, Duration(0), Duration(0));
  // 40 ms are used within 40 ms, and no more than 25 were saved: 15 ms too much, which a quarter of
  // a core earns in 60 ms.
  EXPECT_EQ(allowance.WaitAt(milliseconds(40), milliseconds(40)), milliseconds(60));
  EXPECT_EQ(allowance.WaitAt(milliseconds(100), milliseconds(40)), Duration(0));
  EXPECT_EQ(allowance.WaitAt(milliseconds(100), milliseconds(41)), milliseconds(4));
}

TEST(CpuAllowance, SavesNoMoreThanATenthOfASecondsWorth) {
  CpuAllowance allowance(kQuarter, Duration(0), Duration(0));
  EXPECT_EQ(allowance.WaitAt(seconds(3600), Duration(0)), Duration(0));
  EXPECT_EQ(allowance.WaitAt(seconds(3600), milliseconds(26)), milliseconds(4));
}

TEST(CpuAllowance, AddsUpToTheLimitOverTime) {
  CpuAllowance allowance(kQuarter, Duration(0), Duration(0));
  // Burns 1 ms, waits as it is told, and so on for 100 ms of CPU: all but the 25 ms saved at the
  // start take four times as long.
  Duration now{0};
  Duration used{0};
  while (used < milliseconds(100)) {
    used += milliseconds(1);
    now += milliseconds(1);
    now += allowance.WaitAt(now, used);
  }
  EXPECT_NEAR(Seconds(now), 0.3, 0.01);
}

}  // namespace
}  // namespace loadcurve::sample
