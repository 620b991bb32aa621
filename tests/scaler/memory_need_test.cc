#include "scaler/memory_need.h"

#include <gtest/gtest.h>

namespace loadcurve {
namespace {

constexpr ReplicaMemory kMemory{Bytes(1000), Bytes(200)};
constexpr Ratio kTarget(0.7);

Replicas NeedAt(std::int64_t highest, std::int64_t replicas) {
  return MemoryNeedOf({{}, Bytes(highest), Replicas(replicas)}, kMemory, kTarget);
}

TEST(MemoryNeedOf, SharesWhatIsUsedAboveIdle) {
  EXPECT_EQ(NeedAt(900, 4), Replicas(6));  // 4 * 700 / 500 = 5.6
  EXPECT_EQ(NeedAt(700, 4), Replicas(4));  // as full as it is planned for
  EXPECT_EQ(NeedAt(450, 4), Replicas(2));  // 4 * 250 / 500
  EXPECT_EQ(NeedAt(200, 4), Replicas(0));  // idle
  EXPECT_EQ(NeedAt(100, 4), Replicas(0));  // less than that
}

TEST(MemoryNeedOf, CountsAllMemoryWhereNothingIsUsedWithoutLoad) {
  EXPECT_EQ(MemoryNeedOf({{}, Bytes(900), Replicas(4)}, {Bytes(1000), Bytes(0)}, kTarget),
            Replicas(6));  // 4 * 900 / 700 = 5.14
}

TEST(MemoryNeedOf, NeverNeedsFewerForMore) {
  Replicas before(0);
  for (std::int64_t highest = 0; highest <= 1000; highest += 7) {
    const Replicas needed = NeedAt(highest, 9);
    EXPECT_GE(needed, before) << highest;
    before = needed;
  }
}

}  // namespace
}  // namespace loadcurve
