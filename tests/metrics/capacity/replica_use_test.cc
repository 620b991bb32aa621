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
  EXPECT_EQ(use.from, before.at);
  EXPECT_EQ(use.to, after.at);
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

TEST(UseBetween, TellsWhatOthersTook) {
  const ReplicaObservation before{.at = TimePoint(seconds(100)),
                                  .cpu_seconds = 5,
                                  .machine_busy_seconds = 40,
                                  .cpu_wait_seconds = 1};
  const ReplicaObservation after{.at = TimePoint(seconds(110)),
                                 .cpu_seconds = 10,
                                 .machine_busy_seconds = 58,
                                 .cpu_wait_seconds = 5};
  const ReplicaUse use = UseBetween(before, after);
  EXPECT_DOUBLE_EQ(use.others_cores.value(), 1.3);  // (18 - 5) / 10
  EXPECT_DOUBLE_EQ(use.cpu_wait_share.value(), 0.4);
}

TEST(IsStarved, IsTrueWhereOthersKeepTheCpuFromIt) {
  const ReplicaUse starved{
      .cpu_cores = 0.6, .machine_cores = 2, .others_cores = 1.3, .cpu_wait_share = 0.5};
  EXPECT_TRUE(starved.IsStarved());
  const auto but = [&](auto change) {
    ReplicaUse use = starved;
    change(use);
    return use.IsStarved();
  };
  EXPECT_FALSE(but([](ReplicaUse& use) { use.cpu_limit_cores = 0.65; })) << "it has what it may";
  EXPECT_FALSE(but([](ReplicaUse& use) { use.others_cores = 1.1; })) << "there is CPU left";
  EXPECT_FALSE(but([](ReplicaUse& use) { use.cpu_wait_share = 0.1; })) << "others give way";
  EXPECT_FALSE(but([](ReplicaUse& use) { use.cpu_wait_share = std::nullopt; })) << "unknown";
  EXPECT_FALSE(but([](ReplicaUse& use) {
    use.cpu_cores = 1.69;
    use.others_cores = 0.19;
  })) << "others do little";
}

TEST(CpuCeiling, IsTheLowerOfLimitAndMachine) {
  EXPECT_EQ(ReplicaUse{}.CpuCeiling(), std::nullopt);
  EXPECT_EQ((ReplicaUse{.machine_cores = 2}).CpuCeiling(), 2);
  EXPECT_EQ((ReplicaUse{.cpu_limit_cores = 0.5, .machine_cores = 2}).CpuCeiling(), 0.5);
  EXPECT_EQ((ReplicaUse{.cpu_limit_cores = 8, .machine_cores = 2}).CpuCeiling(), 2);
}

}  // namespace
}  // namespace loadcurve
