#include "scaler/capacity/plan/subscription_advice.h"

#include <gtest/gtest.h>

#include <vector>

namespace loadcurve::capacity {
namespace {

// Ten hours: 2 nodes always, 5 in six of them, 9 in two.
const std::vector<double> kUsed = {2, 9, 5, 5, 2, 2, 5, 9, 2, 5};

TEST(SubscriptionAdvice, HoldsWhatIsUsedInMoreThanTheBreakEvenShareOfTheHours) {
  // At 0.5 of the price on demand a node pays that is used in more than half of the hours: five.
  const auto advice = AdviseSubscription(kUsed, {UsdPerHour(0.5), UsdPerHour(1)}, 2).value();
  EXPECT_DOUBLE_EQ(advice.break_even_share, 0.5);
  EXPECT_DOUBLE_EQ(advice.nodes, 5);
  // 5 x 0.5, and 2 hours of 4 nodes in ten.
  EXPECT_NEAR(advice.cost_advised.value(), 2.5 + 0.8, 1e-9);
  // 2 x 0.5; 4 hours of 3 nodes and 2 of 7.
  EXPECT_NEAR(advice.cost_now.value(), 1 + 1.2 + 1.4, 1e-9);
  EXPECT_NEAR(advice.cost_on_demand.value(), 4.6, 1e-9);
}

TEST(SubscriptionAdvice, CostsLeastOfAllCounts) {
  for (const double price : {0.1, 0.3, 0.55, 0.7, 0.95, 1.2}) {
    const SubscriptionPrices prices{UsdPerHour(price), UsdPerHour(1)};
    const auto advice = AdviseSubscription(kUsed, prices).value();
    for (double nodes = 0; nodes < 12; ++nodes)
      EXPECT_LE(advice.cost_advised.value(),
                AdviseSubscription(kUsed, prices, nodes)->cost_now.value() + 1e-9)
          << nodes << " nodes at " << price;
  }
}

TEST(SubscriptionAdvice, TellsTheCurveFromTheBusiestTenthOfTheHoursOn) {
  const auto advice = AdviseSubscription(kUsed, {UsdPerHour(0.5), UsdPerHour(1)}).value();
  ASSERT_EQ(advice.curve.size(), 10U);
  EXPECT_EQ(advice.curve[0].nodes, 9);
  EXPECT_NEAR(advice.curve[0].share, 0.2, 1e-9);
  EXPECT_EQ(advice.curve[5].nodes, 5);
  EXPECT_NEAR(advice.curve[5].share, 0.6, 1e-9);
  EXPECT_EQ(advice.curve[9].nodes, 2);
}

TEST(SubscriptionAdvice, RefusesWhatIsNoUseAndNoPrice) {
  EXPECT_FALSE(AdviseSubscription({}, {UsdPerHour(1), UsdPerHour(1)}));
  EXPECT_FALSE(AdviseSubscription(std::vector<double>{-1}, {UsdPerHour(1), UsdPerHour(1)}));
  EXPECT_FALSE(AdviseSubscription(kUsed, {UsdPerHour(0), UsdPerHour(1)}));
  EXPECT_FALSE(AdviseSubscription(kUsed, {UsdPerHour(1), UsdPerHour(1)}, -1));
}

}  // namespace
}  // namespace loadcurve::capacity
