#include "scaler/capacity/pool_speeds.h"

#include <gtest/gtest.h>

namespace loadcurve::capacity {
namespace {

TEST(PoolSpeeds, AFamilyIsAsFastAsTheCoresThatItSaves) {
  // 30 cores become 30 / 1.5 = 20 and 10 stay 10: 40 on 30. Who does not know m7i has no say.
  const std::vector<WorkloadSpeeds> workloads = {{CpuCores(30), {{"m5", 1}, {"m7i", 1.5}}},
                                                 {CpuCores(10), {{"m5", 1}, {"m7i", 1}}},
                                                 {CpuCores(90), {{"m5", 1}}}};
  const InstanceSpeeds speeds = SpeedsTogether(workloads);
  EXPECT_EQ(speeds.size(), 2U);
  EXPECT_DOUBLE_EQ(speeds.at("m5"), 1);
  EXPECT_DOUBLE_EQ(speeds.at("m7i"), 40.0 / 30);
  EXPECT_TRUE(SpeedsTogether({}).empty());
}

TEST(PoolSpeeds, WhatMovesALittleStays) {
  const InstanceSpeeds before = {{"m5", 1}, {"m7i", 1.3}, {"m6i", 1.1}};
  EXPECT_EQ(Settled(before, {{"m5", 1}, {"m7i", 1.33}, {"m6i", 1.2}, {"c7g", 1.4}}),
            (InstanceSpeeds{{"m5", 1}, {"m7i", 1.3}, {"m6i", 1.2}, {"c7g", 1.4}}));
}

TEST(PoolSpeeds, PoolsHaveTheSpeedOfTheirTypeUnlessTheyStateTheirOwn) {
  std::vector<CapacityOffer> pools(5);
  pools[0].instance_type = "m7i.large";
  pools[1].instance_type = "m7i-flex.large";
  pools[2].instance_type = "m7i.xlarge";
  pools[2].speed = 1.2;
  pools[3].instance_type = "cut-8";
  pools[3].family = "m7i";
  pools[4].instance_type = "c5.large";
  const auto priced = WithSpeeds(pools, {{"m5", 1}, {"m7i", 1.3}, {"m7i-flex", 1.1}});
  EXPECT_DOUBLE_EQ(priced[0].speed, 1.3);
  EXPECT_DOUBLE_EQ(priced[1].speed, 1.1);
  EXPECT_DOUBLE_EQ(priced[2].speed, 1.2);
  EXPECT_DOUBLE_EQ(priced[3].speed, 1.3);
  EXPECT_DOUBLE_EQ(priced[4].speed, 1) << "nothing is known of it";
}

}  // namespace
}  // namespace loadcurve::capacity
