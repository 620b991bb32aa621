#include "scaler/capacity/spot/demand_rises.h"

#include <gtest/gtest.h>

namespace loadcurve::capacity {
namespace {

// How many rises a second, and by how many nodes in the mean.
struct Summary {
  double per_second = 0;
  double nodes = 0;
};

Summary Summarised(const DemandRises& rises) {
  Summary summary;
  for (const DemandRise& rise : rises.Expected()) {
    summary.per_second += rise.per_second;
    summary.nodes += rise.per_second * static_cast<double>(rise.nodes);
  }
  summary.nodes /= summary.per_second;
  return summary;
}

TEST(DemandRises, AFlatDemandNeverRises) {
  DemandRises rises(std::chrono::minutes(3));
  for (int i = 0; i < 100; ++i) rises.Observe(i * std::chrono::minutes(5), 16);
  EXPECT_TRUE(rises.Expected().empty());
}

TEST(DemandRises, ExpectADemandBackThatHasJustFallenAndNoneBeyondOneThatHasJustRisen) {
  DemandRises rises(std::chrono::minutes(3));
  // 4 and 6 in turns: one away from their level of 5, up and down as often.
  for (int i = 0; i < 1000; ++i) rises.Observe(i * std::chrono::minutes(5), i % 2 == 0 ? 4 : 6);
  EXPECT_LT(Summarised(rises).per_second, 1e-3 / 300);
  rises.Observe(1000 * std::chrono::minutes(5), 4);
  EXPECT_NEAR(Summarised(rises).per_second, 0.5 / 300, 1e-5);
  EXPECT_NEAR(Summarised(rises).nodes, 2, 1e-3);
}

// Of a demand that has grown by one each minute for ten hours.
double RiseWithin(Duration boot) {
  DemandRises rises(boot);
  for (int i = 0; i < 600; ++i) rises.Observe(i * std::chrono::minutes(1), 1000 + i);
  return Summarised(rises).nodes;
}

TEST(DemandRises, LookAsFarAheadAsANodeBoots) {
  EXPECT_NEAR(RiseWithin(std::chrono::minutes(10)) - RiseWithin(std::chrono::minutes(3)), 7, 1);
}

}  // namespace
}  // namespace loadcurve::capacity
