#include "scaler/capacity/replay/spot_rivals.h"

#include <gmock/gmock.h>

#include <numeric>

#include "scaler/capacity/replay/spot_policies.h"

namespace loadcurve::capacity {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

SpotPolicyTerms ThreeZones() {
  return {{{"a", "r"}, {"b", "r"}, {"c", "s"}},
          std::chrono::minutes(5),
          std::chrono::minutes(3),
          std::chrono::minutes(2)};
}

SpotTarget Asked(SpotPolicy& policy, const std::vector<PoolMoment>& pools, std::int64_t demand,
                 std::size_t tick = 0) {
  return policy.Wanted(
      {.now = std::chrono::minutes(5) * tick, .tick = tick, .demand = demand, .pools = pools});
}

constexpr PoolMoment Free(std::int64_t stock) {
  return {.in_stock = stock, .stock = stock, .price = 0.3};
}
constexpr PoolMoment Held(std::int64_t stock, std::int64_t held) {
  return {.in_stock = stock, .stock = stock, .held = held, .ready = held, .price = 0.3};
}

TEST(SpotRivals, GreedyStaysAndFillsWhereMostIsHeld) {
  const auto greedy = MakeGreedy(ThreeZones());
  const SpotTarget target = Asked(*greedy, {Held(5, 1), Held(6, 4), Free(9)}, 12);
  // Five are held; b bears two more, then a four, then c the last.
  EXPECT_THAT(target.spot, ElementsAre(5, 6, 1));
  EXPECT_EQ(target.on_demand, 0);
}

TEST(SpotRivals, GreedyBuysWhereItIsCheapestNowAndLeavesNothingForIt) {
  const auto greedy = MakeGreedy(ThreeZones());
  std::vector<PoolMoment> pools = {Held(9, 4), Free(9), Free(9)};
  pools[0].price = 0.5;
  pools[2].price = 0.2;
  EXPECT_THAT(Asked(*greedy, pools, 6).spot, ElementsAre(4, 0, 2));
}

TEST(SpotRivals, GreedyTakesTheRestOnDemand) {
  const auto greedy = MakeGreedy(ThreeZones());
  const SpotTarget target = Asked(*greedy, {Free(1), Free(0), Free(2)}, 5);
  EXPECT_THAT(target.spot, ElementsAre(1, 0, 2));
  EXPECT_EQ(target.on_demand, 2);
}

TEST(SpotRivals, HalfSpareHoldsHalfMoreOfSpotAndNoneOnDemandForIt) {
  const auto half = MakeHalfSpare(ThreeZones());
  EXPECT_THAT(Asked(*half, {Free(4), Free(4), Free(4)}, 6).spot, ElementsAre(4, 4, 1));
  const SpotTarget scarce = Asked(*half, {Free(4), Free(1), Free(0)}, 6);
  EXPECT_THAT(scarce.spot, ElementsAre(4, 1, 0));
  EXPECT_EQ(scarce.on_demand, 1);
}

TEST(SpotRivals, SingleZoneNeverLeaves) {
  const auto single = MakeSingleZone(ThreeZones());
  EXPECT_THAT(Asked(*single, {Free(2), Free(8), Free(4)}, 6).spot, ElementsAre(0, 6, 0));
  const SpotTarget gone = Asked(*single, {Free(8), Free(0), Free(8)}, 6, 1);
  EXPECT_THAT(gone.spot, ElementsAre(0, 0, 0));
  EXPECT_EQ(gone.on_demand, 6);
}

TEST(SpotRivals, EvenSpreadHoldsAsManyInEachPool) {
  const auto even = MakeEvenSpread(ThreeZones());
  EXPECT_THAT(Asked(*even, {Free(9), Free(9), Free(9)}, 6).spot, ElementsAre(2, 2, 2));
  EXPECT_THAT(Asked(*even, {Free(9), Free(1), Free(9)}, 7).spot, ElementsAre(3, 1, 3));
}

TEST(SpotRivals, KarpenterLeavesAPoolThatHadNothingAloneForThreeMinutes) {
  const auto karpenter = MakeKarpenterLike(ThreeZones());
  // a refuses the second node.
  EXPECT_THAT(Asked(*karpenter, {Free(1), Free(0), Free(0)}, 2).spot, ElementsAre(1, 0, 0));
  const std::vector<PoolMoment> back = {Held(2, 1), Free(0), Free(0)};
  const auto at = [&](Duration now) {
    return karpenter->Wanted({.now = now, .tick = 0, .demand = 2, .pools = back}).spot;
  };
  EXPECT_THAT(at(std::chrono::seconds(179)), ElementsAre(1, 0, 0));
  EXPECT_THAT(at(std::chrono::seconds(180)), ElementsAre(2, 0, 0));
}

TEST(SpotRivals, KarpenterLaunchesInTheDeepestPool) {
  const auto karpenter = MakeKarpenterLike(ThreeZones());
  EXPECT_THAT(Asked(*karpenter, {Free(4), Free(9), Free(6)}, 3).spot, ElementsAre(0, 3, 0));
}

TEST(SpotRivals, SpotHedgeKeepsAnEighthMoreAndStandsInOnDemand) {
  const auto hedge = MakeSpotHedge(ThreeZones());
  const SpotTarget first = Asked(*hedge, {Free(16), Free(16), Free(16)}, 16);
  EXPECT_THAT(first.spot, ElementsAre(6, 6, 6));
  EXPECT_EQ(first.on_demand, 16);  // nothing is ready yet
  const SpotTarget ready = Asked(*hedge, {Held(16, 6), Held(16, 6), Held(16, 6)}, 16, 1);
  EXPECT_EQ(ready.on_demand, 0);
  // b falls: it is preemptive, and its six go to the others.
  const SpotTarget after = Asked(*hedge, {Held(16, 6), Free(0), Held(16, 6)}, 16, 2);
  EXPECT_THAT(after.spot, ElementsAre(9, 0, 9));
  EXPECT_EQ(after.on_demand, 6);
  // Though it is back.
  const SpotTarget back = Asked(*hedge, {Held(16, 5), Free(16), Held(16, 9)}, 16, 3);
  EXPECT_EQ(back.spot[1], 0);
}

TEST(SpotRivals, SpotWebPutsNoMoreThanHalfIntoAPool) {
  const auto web = MakeSpotWeb(ThreeZones());
  const SpotTarget target = Asked(*web, {Free(8), Free(8), Free(0)}, 8);
  EXPECT_THAT(target.spot, ElementsAre(4, 4, 0));
}

TEST(SpotRivals, ExoSphereLeavesPoolsThatComeAndGo) {
  const auto exosphere = MakeExoSphere(ThreeZones());
  std::vector<std::int64_t> last;
  // a comes and goes each half an hour; b and c stay.
  for (std::size_t tick = 0; tick < 600; ++tick)
    last = Asked(*exosphere, {Free(tick / 6 % 2 == 0 ? 8 : 0), Free(8), Free(8)}, 8, tick).spot;
  EXPECT_EQ(last[0], 0);
  EXPECT_EQ(last[1] + last[2], 8);
}

TEST(SpotPolicies, AreMadeByName) {
  std::vector<SpotTrace> traces = {{"a", "r", {1}, 0.3}};
  const auto market = SpotMarket::Make(std::move(traces), {1}, {});
  ASSERT_TRUE(market);
  EXPECT_EQ(MakeSpotPolicies("all", *market)->size(), SpotPolicyNames().size());
  const auto two = MakeSpotPolicies("greedy,loadcurve", *market);
  ASSERT_TRUE(two);
  EXPECT_EQ(two->at(1)->name(), "loadcurve");
  EXPECT_THAT(MakeSpotPolicies("greed", *market).error().message,
              HasSubstr("'greed' is not a policy; expected all, loadcurve, greedy"));
}

}  // namespace
}  // namespace loadcurve::capacity
