#include "metrics/capacity/replica_use.h"

#include <gtest/gtest.h>

namespace loadcurve {
namespace {

using std::chrono::seconds;

TEST(UseBetween, DividesSumsByTheTimeBetween) {
  const ReplicaObservation before{.at = TimePoint(seconds(100)),
                                  .cpu_seconds = 5,
                                  .throttled_seconds = 1,
                                  .voluntary_switches = 1000};
  const ReplicaObservation after{.at = TimePoint(seconds(102)),
                                 .cpu_seconds = 6.5,
                                 .throttled_seconds = 1.2,
                                 .memory_bytes = 7,
                                 .voluntary_switches = 1100};
  const ReplicaUse use = UseBetween(before, after);
  EXPECT_DOUBLE_EQ(use.cpu_cores.value(), 0.75);
  EXPECT_NEAR(use.throttled_share.value(), 0.1, 1e-12);
  EXPECT_DOUBLE_EQ(use.switches_a_second.value(), 50);
  EXPECT_EQ(use.memory_bytes, 7);
  EXPECT_FALSE(use.busy_slots);
}

TEST(UseBetween, TellsNoSumsAcrossARestart) {
  const ReplicaObservation before{.at = TimePoint(seconds(1)), .cpu_seconds = 5, .start_id = 1};
  const ReplicaObservation after{.at = TimePoint(seconds(2)), .cpu_seconds = 9, .start_id = 2};
  const ReplicaUse use = UseBetween(before, after);
  EXPECT_TRUE(use.has_restarted);
  EXPECT_FALSE(use.cpu_cores);
}

TEST(UseBetween, TellsNothingOfAReadingThatIsTheSameOne) {
  const ReplicaObservation same{.at = TimePoint(seconds(1)), .cpu_seconds = 5};
  EXPECT_FALSE(UseBetween(same, same).cpu_cores);
}

TEST(CpuCeiling, IsTheLowerOfLimitAndMachine) {
  EXPECT_EQ(ReplicaUse{}.CpuCeiling(), std::nullopt);
  EXPECT_EQ((ReplicaUse{.machine_cores = 2}).CpuCeiling(), 2);
  EXPECT_EQ((ReplicaUse{.cpu_limit_cores = 0.5, .machine_cores = 2}).CpuCeiling(), 0.5);
  EXPECT_EQ((ReplicaUse{.cpu_limit_cores = 8, .machine_cores = 2}).CpuCeiling(), 2);
}

}  // namespace
}  // namespace loadcurve
