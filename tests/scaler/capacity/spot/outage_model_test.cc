#include "scaler/capacity/spot/outage_model.h"

#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve::capacity {
namespace {

constexpr Duration kStep = std::chrono::minutes(5);
constexpr Duration kOutlook = std::chrono::minutes(30);
constexpr Duration kBoot = std::chrono::minutes(3);

// Two pools of one region, one of another, of four nodes each.
OutageModel ThreePools() {
  return OutageModel({{"a", "r", 4}, {"b", "r", 4}, {"c", "s", 4}}, kBoot);
}

TEST(OutageModel, FearsThePoolThatFallsOften) {
  OutageModel model = ThreePools();
  for (int i = 0; i < 2000; ++i)
    model.Observe(i * kStep, std::vector<std::int64_t>{i % 20 == 19 ? 0 : 4, 4, 4});
  // a is up for a while again, and still it is feared most.
  for (int i = 2000; i < 2012; ++i) model.Observe(i * kStep, std::vector<std::int64_t>{4, 4, 4});
  const double a = model.LossRates(0, 1, kOutlook)[0];
  EXPECT_GT(a, 10 * model.LossRates(1, 1, kOutlook)[0]);
  EXPECT_GT(a, 10 * model.LossRates(2, 1, kOutlook)[0]);
}

TEST(OutageModel, TrustsWhatWasThereForLong) {
  OutageModel model = ThreePools();
  for (int i = 0; i < 100; ++i)
    model.Observe(i * kStep, std::vector<std::int64_t>{4, i == 97 ? 0 : 4, 4});
  EXPECT_GT(model.LossRates(1, 1, kOutlook)[0], 2 * model.LossRates(0, 1, kOutlook)[0]);
}

TEST(OutageModel, FearsTheUpperNodesOfAPoolWhoseStockSways) {
  OutageModel model({{"a", "r", 4}}, kBoot);
  for (int i = 0; i < 400; ++i)
    model.Observe(i * kStep, std::vector<std::int64_t>{i % 10 < 8 ? 4 : 2});
  const auto rates = model.LossRates(0, 4, kOutlook);
  // The third and fourth are away now.
  EXPECT_GT(rates[0], 0);
  EXPECT_EQ(rates[2], 0);
  for (int i = 400; i < 405; ++i) model.Observe(i * kStep, std::vector<std::int64_t>{4});
  EXPECT_GT(model.LossRates(0, 4, kOutlook)[3], 3 * model.LossRates(0, 4, kOutlook)[0]);
}

TEST(OutageModel, LearnsWhichFallTogether) {
  OutageModel model = ThreePools();
  EXPECT_DOUBLE_EQ(model.TogetherChance(0, 1), 0.2);
  EXPECT_DOUBLE_EQ(model.TogetherChance(0, 2), 0.025);
  // Each 20 steps a and b fall in one step, and c ten steps later.
  for (int i = 0; i < 2000; ++i) {
    const std::int64_t pair = i % 20 == 5 ? 0 : 4;
    model.Observe(i * kStep, std::vector<std::int64_t>{pair, pair, i % 20 == 15 ? 0 : 4});
  }
  EXPECT_GT(model.TogetherChance(0, 1), 0.9);
  EXPECT_LT(model.TogetherChance(0, 2), 0.01);
  EXPECT_LT(model.TogetherChance(2, 0), 0.01);
}

TEST(OutageModel, AfterANoticeItFearsTheRegionAndBelievesItsEyes) {
  OutageModel model = ThreePools();
  for (int i = 0; i < 50; ++i) model.Observe(i * kStep, std::vector<std::int64_t>{4, 4, 4});
  const auto blind = model.EventsAfter({true, false, false}, {false, false, false}, Ratio(0.1));
  ASSERT_EQ(blind.size(), 2U);  // b and c
  EXPECT_GT(blind[0].per_second, 5 * blind[1].per_second);
  // Nodes of b would have been announced too, nine times in ten.
  const auto seen = model.EventsAfter({true, false, false}, {false, true, false}, Ratio(0.1));
  EXPECT_NEAR(seen[0].per_second, blind[0].per_second / 10, 1e-12);
  EXPECT_EQ(seen[0].left, (std::vector<std::int64_t>{4, 0, 4}));
}

TEST(OutageModel, EventsOfAPoolAddUpToItsRate) {
  OutageModel model({{"a", "r", 4}, {"b", "r", 4}}, kBoot);
  for (int i = 0; i < 50; ++i) model.Observe(i * kStep, std::vector<std::int64_t>{4, 4});
  // The two are alike, so what either brings to the pair is half of it.
  double rate = 0;
  for (const OutageEvent& event : model.Events(kOutlook))
    if (event.left[0] < 4) rate += event.per_second;
  EXPECT_NEAR(rate, model.LossRates(0, 1, kOutlook)[0], 1e-3 * rate);
}

}  // namespace
}  // namespace loadcurve::capacity
