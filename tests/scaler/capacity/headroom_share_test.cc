#include "scaler/capacity/headroom_share.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadcurve::capacity {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kGib = std::int64_t{1} << 30;

CapacityOffer Pool(double cores, std::int64_t gib, double price) {
  CapacityOffer pool;
  pool.allocatable = {CpuCores(cores), Bytes(gib * kGib), 100};
  pool.price = UsdPerHour(price);
  return pool;
}

NodeResources Replica(double cores, std::int64_t gib) {
  return {CpuCores(cores), Bytes(gib * kGib), 1};
}

TEST(ReplicaHourOn, IsTheLargestShareOfTheCheapestNode) {
  const std::vector<CapacityOffer> pools = {Pool(8, 16, 0.40), Pool(16, 64, 0.80)};
  // A quarter of the small node's cores; an eighth of the large one's.
  EXPECT_DOUBLE_EQ(ReplicaHourOn(pools, Replica(2, 1))->value(), 0.10);
  // 4 GiB are a quarter of 16 and a sixteenth of 64; a core is a sixteenth.
  EXPECT_DOUBLE_EQ(ReplicaHourOn(pools, Replica(1, 4))->value(), 0.05);
  EXPECT_DOUBLE_EQ(ReplicaHourOn(pools, Replica(12, 1))->value(), 0.60);
  EXPECT_FALSE(ReplicaHourOn(pools, Replica(17, 1)));
  EXPECT_FALSE(ReplicaHourOn({}, Replica(1, 1)));
}

TEST(WithinLimits, SharesMoneyThatIsShortEvenly) {
  const std::vector<HeadroomAsk> asks = {
      {Replicas(10), UsdPerHour(0.1)}, {Replicas(5), UsdPerHour(0.2)}, {Replicas(7), std::nullopt}};
  EXPECT_DOUBLE_EQ(CostOf(asks).value(), 2);
  EXPECT_THAT(WithinLimits(asks, {}), ElementsAre(Replicas(10), Replicas(5), Replicas(7)));
  EXPECT_THAT(WithinLimits(asks, {.cost = UsdPerHour(2)}),
              ElementsAre(Replicas(10), Replicas(5), Replicas(7)));
  // Half of each, and no half replica; what has no price costs nothing that is known.
  EXPECT_THAT(WithinLimits(asks, {.cost = UsdPerHour(1)}),
              ElementsAre(Replicas(5), Replicas(2), Replicas(7)));
  // The limit of one workload first: 4 and 4 cost 1.2.
  EXPECT_THAT(WithinLimits(asks, {.replicas = Replicas(4), .cost = UsdPerHour(1.2)}),
              ElementsAre(Replicas(4), Replicas(4), Replicas(4)));
}

}  // namespace
}  // namespace loadcurve::capacity
