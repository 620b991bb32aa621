#include "scaler/capacity/plan/capacity_planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scaler/capacity/plan/plan_world.h"

namespace loadcurve::capacity {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kReserved = CapacityClass::kReserved;
constexpr auto kOnDemand = CapacityClass::kOnDemand;
constexpr auto kSpot = CapacityClass::kSpot;

// 100 pods of one core: ten nodes.
PlanWorld HundredCores(std::vector<CapacityOffer> offers) {
  return {std::move(offers), DemandFor({Asks(OneCore("web"), 100)})};
}

// Ten equally likely cases; pool i of the list is lost in case i.
JointOutages EachLostOnce(std::vector<std::string> pools) {
  JointOutages outages{std::move(pools), {}};
  for (std::size_t s = 0; s < 10; ++s) {
    outages.alive.emplace_back(outages.pools.size(), 1.0);
    if (s < outages.pools.size()) outages.alive[s][s] = 0;
  }
  return outages;
}

TEST(CapacityPlanner, UsesWhatIsReservedBeforeItBuysAnything) {
  CapacityOffer reserved = TenCores("reserved", "a", kReserved, 0.6);
  reserved.most_nodes = 20;
  PlanWorld world = HundredCores(
      {reserved, TenCores("od", "a", kOnDemand, 1), TenCores("spot", "a", kSpot, 0.1)});
  const auto inside = world.Plan().value();
  EXPECT_EQ(NodesIn(inside, "reserved"), 10);
  EXPECT_EQ(NodesIn(inside, "od") + NodesIn(inside, "spot"), 0);
  EXPECT_NEAR(inside.cost.value(), 20 * 0.6, 1e-9);  // paid, used or not
  world.demand = DemandFor({Asks(OneCore("web"), 250)});
  const auto beyond = world.Plan().value();
  EXPECT_EQ(NodesIn(beyond, "reserved"), 20);
  EXPECT_EQ(NodesIn(beyond, "spot"), 5);
}

TEST(CapacityPlanner, PlansForNoPodsAtAll) {
  PlanWorld world =
      HundredCores({TenCores("od", "a", kOnDemand, 1), TenCores("spot", "a", kSpot, 0.1)});
  world.demand = DemandFor({Asks(OneCore("web"), 0)});
  EXPECT_EQ(NodesIn(world.Plan().value(), "od"), 0);
  world.demand = NodeDemand::Make({0.5, 0.95}, {}).value();
  const auto plan = world.Plan().value();
  EXPECT_EQ(NodesIn(plan, "od") + NodesIn(plan, "spot"), 0);
}

TEST(CapacityPlanner, TellsPodsThatNoPoolIsThereFor) {
  const auto plan = HundredCores({}).Plan();
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->packing.UnplacedCount(), 100);
}

TEST(CapacityPlanner, HoldsAsMuchOnDemandAsTheWorstCasesAskFor) {
  // The only spot pool is lost in one case of ten. In that worst tenth a fifth of the pods may
  // lack room: eight nodes on demand, and two of spot.
  PlanWorld world =
      HundredCores({TenCores("od", "a", kOnDemand, 0.3), TenCores("spot", "a", kSpot, 0.1)});
  world.outages = EachLostOnce({"spot"});
  world.terms.tail = 0.9;
  world.terms.most_shortfall = Ratio(0.2);
  const auto plan = world.Plan().value();
  EXPECT_EQ(NodesIn(plan, "od"), 8);
  EXPECT_EQ(NodesIn(plan, "spot"), 2);
  EXPECT_NEAR(plan.risk.tail_shortfall, 0.2, 1e-6);
  EXPECT_NEAR(plan.risk.mean_shortfall, 0.02, 1e-6);
  EXPECT_NEAR(plan.risk.worst_shortfall, 0.2, 1e-6);
  EXPECT_THAT(plan.notes, IsEmpty());
}

TEST(CapacityPlanner, BuysSpotTwiceWherePoolsDoNotFallTogether) {
  // Either may be lost, never both: eight and eight for 1.6, where on demand costs 2.6.
  PlanWorld world =
      HundredCores({TenCores("od", "a", kOnDemand, 0.3), TenCores("east", "a", kSpot, 0.1),
                    TenCores("west", "b", kSpot, 0.1)});
  world.outages = EachLostOnce({"east", "west"});
  world.terms.tail = 0.9;
  world.terms.most_shortfall = Ratio(0.2);
  const auto plan = world.Plan().value();
  EXPECT_EQ(NodesIn(plan, "east"), 8);
  EXPECT_EQ(NodesIn(plan, "west"), 8);
  EXPECT_EQ(NodesIn(plan, "od"), 0);
  // Where they fall together they are one pool.
  for (auto& alive : world.outages.alive) alive[0] = alive[1] = std::min(alive[0], alive[1]);
  const auto together = world.Plan().value();
  EXPECT_EQ(NodesIn(together, "od"), 8);
}

TEST(CapacityPlanner, CountsWhatALossCosts) {
  // Spot for 0.28 with one loss in ten hours that costs 0.5 is 0.33 an hour.
  CapacityOffer spot = TenCores("spot", "a", kSpot, 0.28);
  spot.losses_per_hour = 0.1;
  PlanWorld world = HundredCores({TenCores("od", "a", kOnDemand, 0.3), spot});
  EXPECT_EQ(NodesIn(world.Plan().value(), "spot"), 10);
  world.terms.loss_cost = 0.5;
  EXPECT_EQ(NodesIn(world.Plan().value(), "od"), 10);
}

TEST(CapacityPlanner, BuysByLoadNotByCores) {
  // 1.25 of speed for 1.1 of the price: a hundred pods' load on eight nodes.
  CapacityOffer fast = TenCores("fast", "a", kOnDemand, 0.33);
  fast.speed = 1.25;
  const auto plan = HundredCores({TenCores("plain", "a", kOnDemand, 0.3), fast}).Plan().value();
  EXPECT_EQ(NodesIn(plan, "fast"), 8);
  EXPECT_EQ(NodesIn(plan, "plain"), 0);
  EXPECT_EQ(plan.packing.UnplacedCount(), 0);
}

TEST(CapacityPlanner, KeepsQuotasAndStock) {
  CapacityOffer cheap = TenCores("cheap", "a", kOnDemand, 0.2);
  cheap.most_nodes = 3;
  PlanWorld world = HundredCores(
      {cheap, TenCores("spot", "a", kSpot, 0.25), TenCores("dear", "a", kOnDemand, 0.5)});
  world.terms.quotas = {{"r", kSpot, CpuCores(45)}};
  const auto plan = world.Plan().value();
  EXPECT_EQ(NodesIn(plan, "cheap"), 3);
  EXPECT_EQ(NodesIn(plan, "spot"), 4);  // 45 cores are four nodes
  EXPECT_EQ(NodesIn(plan, "dear"), 3);
}

TEST(CapacityPlanner, KeepsTheSharesOfZonesFamiliesAndSpot) {
  PlanWorld world =
      HundredCores({TenCores("a", "a", kOnDemand, 0.2), TenCores("b", "b", kOnDemand, 0.3),
                    TenCores("c", "c", kOnDemand, 0.4)});
  world.terms.most_in_zone = Ratio(0.5);
  const auto zones = world.Plan().value();
  EXPECT_EQ(NodesIn(zones, "a"), 5);
  EXPECT_EQ(NodesIn(zones, "b"), 5);
  world = HundredCores({TenCores("od", "a", kOnDemand, 0.3), TenCores("spot", "a", kSpot, 0.1)});
  world.terms.most_spot = Ratio(0.6);
  const auto spot = world.Plan().value();
  EXPECT_EQ(NodesIn(spot, "spot"), 6);
  EXPECT_EQ(NodesIn(spot, "od"), 4);
}

TEST(CapacityPlanner, SaysWhatGivesWayWhereTheCapOnSpendingIsHit) {
  // Ten nodes cost 3 an hour, and 2.4 may be spent.
  PlanWorld world = HundredCores({TenCores("od", "a", kOnDemand, 0.3)});
  world.terms.spend_cap = UsdPerHour(2.4);
  const auto served = world.Plan().value();
  EXPECT_EQ(NodesIn(served, "od"), 10);
  EXPECT_THAT(served.notes, Contains(HasSubstr("spending is exceeded: 0.6 USD/h more")));
  world.terms.when_cap_is_hit = SpendPolicy::kCapFirst;
  const auto capped = world.Plan().value();
  EXPECT_EQ(NodesIn(capped, "od"), 8);
  EXPECT_THAT(capped.notes, Contains(HasSubstr("no room for all of web: 20 cores")));
  EXPECT_EQ(capped.packing.UnplacedCount(), 20);
}

TEST(CapacityPlanner, BuysPiecesOfAMachineTogether) {
  CapacityOffer cut = TenCores("cut", "a", kOnDemand, 0.2);
  cut.pieces = 4;
  const auto plan = HundredCores({cut}).Plan().value();
  EXPECT_EQ(NodesIn(plan, "cut"), 12);  // three machines
}

TEST(CapacityPlanner, AddsANodeWherePodsDoNotFitTogetherAsTheirSumsDo) {
  // Pods of six cores: one a node of ten, though ten of them are 60 cores.
  PodGroupFields six = OneCore("six");
  six.request.cpu = CpuCores(6);
  PlanWorld world{{TenCores("od", "a", kOnDemand, 0.3)}, DemandFor({Asks(six, 10)})};
  const auto plan = world.Plan().value();
  EXPECT_EQ(NodesIn(plan, "od"), 10);
  EXPECT_EQ(plan.packing.UnplacedCount(), 0);
}

TEST(CapacityPlanner, ListsPodsThatMayStandNowhere) {
  PodGroupFields picky = OneCore("picky");
  picky.node_selector = {{"disk", "ssd"}};
  PlanWorld world{{TenCores("od", "a", kOnDemand, 0.3)},
                  DemandFor({Asks(OneCore("web"), 10), Asks(picky, 3)})};
  const auto plan = world.Plan().value();
  EXPECT_EQ(NodesIn(plan, "od"), 1);
  ASSERT_EQ(plan.packing.unplaced.size(), 1U);
  EXPECT_EQ(plan.packing.unplaced[0].count, 3);
  EXPECT_THAT(plan.packing.unplaced[0].why, HasSubstr("disk=ssd"));
}

TEST(CapacityPlanner, PlansANodeForEachPodThatKeepsApartFromItsLike) {
  PodGroupFields apart = OneCore("db");
  apart.spread.most_on_node = 1;
  const PlanWorld world{{TenCores("a", "a", CapacityClass::kOnDemand, 1)},
                        DemandFor({Asks(apart, 7)})};
  const auto plan = world.Plan().value();
  EXPECT_EQ(NodesIn(plan, "a"), 7);
  EXPECT_EQ(plan.packing.UnplacedCount(), 0);
}

TEST(CapacityPlanner, PlacesOnePodInEachZoneWhereMoreMayNotStand) {
  PodGroupFields apart = OneCore("db");
  apart.spread.most_in_zone = 1;
  const PlanWorld world{{TenCores("a", "a", CapacityClass::kOnDemand, 1),
                         TenCores("b", "b", CapacityClass::kOnDemand, 2),
                         TenCores("c", "c", CapacityClass::kOnDemand, 3)},
                        DemandFor({Asks(apart, 5), Asks(OneCore("web"), 9)})};
  const auto plan = world.Plan().value();
  for (const char* pool : {"a", "b", "c"}) EXPECT_EQ(NodesIn(plan, pool), 1) << pool;
  EXPECT_EQ(plan.packing.PlacedCount(), 3 + 9);
  ASSERT_EQ(plan.packing.unplaced.size(), 1U);
  EXPECT_EQ(plan.packing.unplaced[0].count, 2);
  EXPECT_EQ(plan.packing.unplaced[0].why,
            "each of the 3 zones with nodes for it has as many as it may, 1");
}

TEST(CapacityPlanner, GivesBackWhatIsNotNeeded) {
  PlanWorld world = HundredCores({TenCores("od", "a", kOnDemand, 0.3)});
  world.held = {{"od", 14, 14}};
  EXPECT_EQ(NodesIn(world.Plan().value(), "od"), 10);
}

TEST(CapacityPlanner, TellsThePriceBelowWhichAPoolWouldBeTaken) {
  const auto plan =
      HundredCores({TenCores("cheap", "a", kOnDemand, 0.3), TenCores("dear", "a", kOnDemand, 0.4)})
          .Plan()
          .value();
  EXPECT_THAT(plan.pools[1].why, HasSubstr("would be taken below 0.3 USD/h"));
}

TEST(CapacityPlanner, FindsBySearchingWhatRoundingMisses) {
  // 70 cores: seven small nodes for 2.1, or one large and one small for 1.9 + 0.3.
  CapacityOffer large = TenCores("large", "a", kOnDemand, 1.75);
  large.allocatable = {CpuCores(60), Bytes(240 * kGib), 110};
  PlanWorld world{{TenCores("small", "a", kOnDemand, 0.3), large},
                  DemandFor({Asks(OneCore("web"), 70)})};
  const auto rounded = world.Plan().value();
  const auto searched = world.Plan({std::chrono::seconds(5)}).value();
  EXPECT_LE(searched.cost.value(), rounded.cost.value() + 1e-9);
  EXPECT_NEAR(searched.cost.value(), 2.05, 1e-9);  // 1.75 + 0.3
  EXPECT_EQ(searched.packing.UnplacedCount(), 0);
}

TEST(CapacityPlanner, RefusesInputsThatContradictThemselves) {
  PlanWorld world = HundredCores({TenCores("od", "a", kOnDemand, 0.3)});
  world.held = {{"gone", 1, 0}};
  EXPECT_EQ(world.Plan().error().code, ErrorCode::kInvalidArgument);
  world.held = {};
  world.offers.push_back(world.offers.front());
  EXPECT_THAT(world.Plan().error().message, HasSubstr("offered twice"));
  world.offers.pop_back();
  world.offers.front().price = UsdPerHour(0);
  EXPECT_THAT(world.Plan().error().message, HasSubstr("price 0"));
}

}  // namespace
}  // namespace loadcurve::capacity
