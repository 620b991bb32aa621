#include "metrics/capacity/slot_queue.h"

#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve {
namespace {

TEST(ErlangC, OfOneServerIsItsUtilization) {
  EXPECT_NEAR(ErlangC(1, 0.6), 0.6, 1e-12);
}

TEST(ErlangC, MatchesTheTextbook) {
  // c = 2, a = 1: B = (1/2) / (1 + 1 + 1/2) = 0.2; C = 0.2 / (1 - 0.5 * 0.8) = 1/3.
  EXPECT_NEAR(ErlangC(2, 1), 1.0 / 3, 1e-12);
  // c = 10, a = 8: 0.409, a common table's value.
  EXPECT_NEAR(ErlangC(10, 8), 0.409, 5e-4);
}

TEST(ErlangC, IsCertainWhereAllSlotsAreHeld) {
  EXPECT_EQ(ErlangC(4, 4), 1);
  EXPECT_EQ(ErlangC(4, 9), 1);
}

TEST(RateWithin, SolvesTheSingleServer) {
  // P(wait > t) = rho exp(-(1/S - rate) t); S = 10 ms, t = 90 ms. At 80/s: 0.8 exp(-20 * 0.09).
  const double share = 0.8 * std::exp(-1.8);
  EXPECT_NEAR(RateWithin({1, 0.010}, 0.1, Ratio(share)), 80, 1e-6);
}

TEST(RateWithin, IsNothingWhereTheServiceAloneIsTooSlow) {
  EXPECT_EQ(RateWithin({8, 0.2}, 0.1, Ratio(0.05)), 0);
}

}  // namespace
}  // namespace loadcurve
