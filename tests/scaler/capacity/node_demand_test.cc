#include "scaler/capacity/node_demand.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scaler/capacity/plan/plan_world.h"

namespace loadcurve::capacity {
namespace {

using std::chrono::minutes;
using testing::ElementsAre;

const PodGroup& Web() {
  static const PodGroup kWeb = PodGroup::Make(OneCore("web")).value();
  return kWeb;
}

TEST(NodeDemand, LiesBetweenItsLevelsAndIsFlatBeyond) {
  const auto demand = NodeDemand::Make({0.5, 0.9}, {{Web(), {10, 30}}}).value();
  EXPECT_DOUBLE_EQ(demand.ReplicasAt(0, 0.1), 10);
  EXPECT_DOUBLE_EQ(demand.ReplicasAt(0, 0.7), 20);
  EXPECT_DOUBLE_EQ(demand.ReplicasAt(0, 0.99), 30);
}

TEST(NodeDemand, RefusesLevelsOrReplicasThatFall) {
  EXPECT_FALSE(NodeDemand::Make({0.9, 0.5}, {}));
  EXPECT_FALSE(NodeDemand::Make({}, {}));
  EXPECT_FALSE(NodeDemand::Make({0.5, 0.9}, {{Web(), {30, 10}}}));
  EXPECT_FALSE(NodeDemand::Make({0.5}, {{Web(), {10, 30}}}));
  EXPECT_FALSE(NodeDemand::Make({0.5}, {{Web(), {1}}, {Web(), {1}}}));
}

TEST(DemandWithin, IsTheMostUntilANodeThatIsOrderedNextIsThere) {
  // 10, from minute 5 on 16, from minute 10 on 40: an order now is a node within four minutes.
  const TimePoint now{std::chrono::days(20'000)};
  const std::vector<ReplicaQuantiles> paths = {
      {Web(), {now - minutes(1), now + minutes(5), now + minutes(10)}, {{10}, {16}, {40}}}};
  EXPECT_THAT(DemandWithin({0.5}, paths, now, minutes(4))->groups()[0].replicas, ElementsAre(10));
  EXPECT_THAT(DemandWithin({0.5}, paths, now, minutes(9))->groups()[0].replicas, ElementsAre(16));
  EXPECT_THAT(DemandWithin({0.5}, paths, now + minutes(11), minutes(4))->groups()[0].replicas,
              ElementsAre(40));
  EXPECT_EQ(DemandWithin({0.5}, paths, now - minutes(9), minutes(4)).error().code,
            ErrorCode::kInsufficientData);
}

}  // namespace
}  // namespace loadcurve::capacity
