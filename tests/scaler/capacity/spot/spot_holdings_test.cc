#include "scaler/capacity/spot/spot_holdings.h"

#include <gmock/gmock.h>

namespace loadcurve::capacity {
namespace {

using testing::ElementsAre;

// Pools with room for all, each falling whole so often a second, alone.
HoldingsAsk AskWith(std::int64_t demand, const std::vector<double>& rates) {
  HoldingsAsk ask{.demand = demand, .lost_seconds = 72, .boot_seconds = 180};
  for (std::size_t pool = 0; pool < rates.size(); ++pool) {
    ask.pools.push_back({0.3, 2 * demand, 0,
                         std::vector<double>(static_cast<std::size_t>(2 * demand), rates[pool])});
    OutageEvent event{rates[pool], std::vector<std::int64_t>(rates.size(), 2 * demand)};
    event.left[pool] = 0;
    ask.events.push_back(event);
  }
  return ask;
}

TEST(HoldingsFor, TakesTheSafestPoolWhereServiceIsWorthLittle) {
  HoldingsAsk ask = AskWith(6, {1e-4, 1e-5, 3e-5});
  ask.value = 1;
  EXPECT_THAT(HoldingsFor(ask).spot, ElementsAre(0, 6, 0));
}

TEST(HoldingsFor, OneSpareLetsEachPoolHoldOneWithoutRisk) {
  // A spare costs 0.3. Six in a risk 6e-5 node-losses a second, worth 72 * 215 each: 0.93. With a
  // spare b and c, which have room for one each, hold one that it covers, and so does the first of
  // the five in a: four are at risk, 0.62. It saves 0.31; the next one covers one more: 0.15.
  HoldingsAsk ask = AskWith(6, {1e-5, 1.01e-5, 1.01e-5});
  ask.pools[1].most = ask.pools[2].most = 1;
  ask.value = 215;
  EXPECT_THAT(HoldingsFor(ask).spot, ElementsAre(5, 1, 1));
  ask.value = 150;
  EXPECT_THAT(HoldingsFor(ask).spot, ElementsAre(6, 0, 0));
}

TEST(HoldingsFor, TakesOnDemandWhereSpotIsDearerByItsRisk) {
  // 0.7 saved a second against 72 * 100 * 1.1e-4 = 0.79.
  HoldingsAsk ask = AskWith(3, {1.1e-4});
  ask.value = 100;
  EXPECT_EQ(HoldingsFor(ask).on_demand, 3);
  ask.value = 80;
  EXPECT_EQ(HoldingsFor(ask).on_demand, 0);
}

TEST(HoldingsFor, StaysWhereMovingCostsMoreThanItSaves) {
  HoldingsAsk ask = AskWith(2, {1e-5, 0.9e-5});
  ask.value = 10;
  ask.pools[0].held = 2;
  ask.order_share = 0.05;
  EXPECT_THAT(HoldingsFor(ask).spot, ElementsAre(2, 0));
  ask.order_share = 0;
  EXPECT_THAT(HoldingsFor(ask).spot, ElementsAre(0, 2));
}

TEST(HoldingsFor, KeepsOnDemandNodesThatBootWhileItIsShort) {
  HoldingsAsk ask = AskWith(2, {1e-6});
  ask.value = 10;
  ask.on_demand_held = 2;
  EXPECT_EQ(HoldingsFor(ask).on_demand, 0);
  ask.waiting = 10;
  EXPECT_EQ(HoldingsFor(ask).on_demand, 2);
}

TEST(HoldingsFor, KeepsSparesForADemandThatRises) {
  HoldingsAsk ask = AskWith(4, {0});
  ask.value = 10;
  // Two nodes more, once in an hour: each is worth 10 * 180 / 3600 = 0.5 a second.
  ask.rises = {{1.0 / 3600, 2}};
  EXPECT_THAT(HoldingsFor(ask).spot, ElementsAre(6));
  ask.rises = {{1.0 / 7200, 2}};
  EXPECT_THAT(HoldingsFor(ask).spot, ElementsAre(4));
}

TEST(HoldingsFor, PlacesManyNodesInBlocks) {
  HoldingsAsk ask = AskWith(1000, {1e-4, 1e-5});
  ask.value = 1;
  ask.pools[1].most = 700;
  const SpotHoldings holdings = HoldingsFor(ask);
  EXPECT_EQ(holdings.spot[1], 700);
  EXPECT_EQ(holdings.spot[0] + holdings.on_demand, 300);
}

}  // namespace
}  // namespace loadcurve::capacity
