#include "scaler/capacity/spot/demand_rises.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace loadcurve::capacity {
namespace {

TEST(DemandRises, AFlatDemandNeverRises) {
  DemandRises rises(std::chrono::minutes(3));
  for (int i = 0; i < 100; ++i) rises.Observe(i * std::chrono::minutes(5), 16);
  EXPECT_TRUE(rises.Expected().empty());
}

TEST(DemandRises, CountsHowOftenItRoseByHowMuchWhileANodeBooted) {
  DemandRises rises(std::chrono::minutes(3));
  // By two in every tenth step, of five minutes.
  for (int i = 0; i < 1000; ++i) rises.Observe(i * std::chrono::minutes(5), i % 10 == 9 ? 6 : 4);
  const auto expected = rises.Expected();
  ASSERT_EQ(expected.size(), 1U);
  EXPECT_EQ(expected[0].nodes, 2);
  EXPECT_NEAR(expected[0].per_second, 1.0 / 3000, 1e-5);
}

TEST(DemandRises, LooksOverTheWholeBoot) {
  DemandRises rises(std::chrono::minutes(3));
  // One more each minute, for three minutes, each hour.
  for (int i = 0; i < 3000; ++i)
    rises.Observe(i * std::chrono::minutes(1), i % 60 < 3 ? i % 60 : 3);
  std::int64_t most = 0;
  for (const DemandRise& rise : rises.Expected()) most = std::max(most, rise.nodes);
  EXPECT_EQ(most, 3);
}

}  // namespace
}  // namespace loadcurve::capacity
