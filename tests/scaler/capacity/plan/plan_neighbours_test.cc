// Pods that keep apart from others, or must stand beside them, packed and planned for.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "tests/scaler/capacity/plan/plan_world.h"

namespace loadcurve::capacity {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr auto kOnDemand = CapacityClass::kOnDemand;

std::vector<CapacityOffer> TwoZones() {
  return {TenCores("a", "za", kOnDemand, 1), TenCores("b", "zb", kOnDemand, 1)};
}

PodPacking Pack(const NodeDemand& demand, std::vector<std::int64_t> nodes) {
  return PackPods(demand, 0.5, TwoZones(), nodes);
}

// Pods of each group on each node that has any, "5+0".
std::vector<std::string> Mixes(const PodPacking& packing, std::size_t groups) {
  std::vector<std::string> mixes;
  for (const PackedNode& node : packing.nodes) {
    std::vector<std::int64_t> counts(groups, 0);
    for (const PackedPods& pods : node.pods) counts[pods.group] += pods.count;
    std::string mix;
    for (const std::int64_t count : counts) mix += (mix.empty() ? "" : "+") + std::to_string(count);
    if (!node.pods.empty()) mixes.push_back(mix);
  }
  return mixes;
}

std::set<std::string> ZonesWith(const PodPacking& packing, std::size_t group,
                                const std::vector<CapacityOffer>& offers) {
  std::set<std::string> zones;
  for (const PackedNode& node : packing.nodes)
    for (const PackedPods& pods : node.pods)
      if (pods.group == group) zones.insert(offers[node.offer].zone);
  return zones;
}

TEST(PackPods, PutsPodsThatKeepApartOnDifferentNodesWhicheverOfThemSaysSo) {
  for (const auto& demand :
       {DemandFor({Asks(App("web"), 5), Asks(Apart(App("batch"), OnNodeWith("web")), 5)}),
        DemandFor({Asks(Apart(App("web"), OnNodeWith("batch")), 5), Asks(App("batch"), 5)})}) {
    const auto apart = Pack(demand, {2, 0});
    EXPECT_THAT(apart.unplaced, IsEmpty());
    EXPECT_THAT(Mixes(apart, 2), testing::UnorderedElementsAre("5+0", "0+5"));
    const auto one = Pack(demand, {1, 0});
    ASSERT_THAT(one.unplaced, SizeIs(1));
    EXPECT_EQ(one.unplaced[0].count, 5);
    EXPECT_EQ(one.unplaced[0].why,
              "where there is room stand pods of web, which keep apart from it");
  }
}

TEST(PackPods, FillsUpWithPodsThatNobodyKeepsApartFrom) {
  // 5 web and 5 of the 10 others, 5 batch and the other 5.
  const auto packing =
      Pack(DemandFor({Asks(App("web"), 5), Asks(Apart(App("batch"), OnNodeWith("web")), 5),
                      Asks(App("other"), 10)}),
           {2, 0});
  EXPECT_THAT(Mixes(packing, 3), testing::UnorderedElementsAre("5+0+5", "0+5+5"));
}

TEST(PackPods, LeavesRoomBesideThePodsThatOthersMustStandWith) {
  // A cache each, and nine of the 27 on each of three nodes.
  const auto demand =
      DemandFor({Asks(Beside(App("web"), OnNodeWith("cache")), 27), Asks(App("cache"), 3)});
  EXPECT_THAT(Mixes(Pack(demand, {2, 1}), 2), testing::ElementsAre("9+1", "9+1", "9+1"));
  // Five caches leave room for five on each of two.
  const auto even =
      DemandFor({Asks(Beside(App("web"), OnNodeWith("cache")), 10), Asks(App("cache"), 10)});
  EXPECT_THAT(Mixes(Pack(even, {2, 0}), 2), testing::ElementsAre("5+5", "5+5"));
}

TEST(PackPods, PlacesThePodsThatOthersNeedBeforeLargerOnesThatKeepThemAway) {
  // The batch would fill both nodes, and neither of the others would have a place.
  PodGroupFields batch = Apart(App("batch"), OnNodeWith("cache"));
  batch.request.cpu = CpuCores(2);
  const auto packing = Pack(DemandFor({Asks(Beside(App("web"), OnNodeWith("cache")), 9),
                                       Asks(App("cache"), 1), Asks(batch, 10)}),
                            {2, 0});
  EXPECT_THAT(Mixes(packing, 3), testing::ElementsAre("9+1+0", "0+0+5"));
}

TEST(PackPods, SaysThatNoNodeHasWhatAPodMustStandBeside) {
  const auto one =
      Pack(DemandFor({Asks(Beside(App("web"), OnNodeWith("cache")), 27), Asks(App("cache"), 1)}),
           {3, 0});
  ASSERT_THAT(one.unplaced, SizeIs(1));
  EXPECT_EQ(one.unplaced[0].count, 18);
  EXPECT_EQ(one.unplaced[0].why, "no node with room has pods of cache, beside which it must stand");
  const auto full =
      Pack(DemandFor({Asks(Beside(App("web"), OnNodeWith("cache")), 27), Asks(App("cache"), 1)}),
           {1, 0});
  EXPECT_EQ(full.unplaced.at(0).why,
            "the nodes with pods of cache, beside which it must stand, are full");
}

TEST(PackPods, PutsPodsIntoTheZoneOfThoseTheyMustStandBeside) {
  PodGroupFields cache = App("cache");
  cache.zones = {"zb"};
  const auto packing =
      Pack(DemandFor({Asks(Beside(App("web"), InZoneWith("cache")), 15), Asks(cache, 2)}), {2, 2});
  EXPECT_THAT(packing.unplaced, IsEmpty());
  EXPECT_EQ(ZonesWith(packing, 0, TwoZones()), std::set<std::string>{"zb"});
}

TEST(PackPods, PutsOneIntoEachZoneInWhichOthersMustStandBesideIt) {
  const auto packing =
      Pack(DemandFor({Asks(Beside(App("web"), InZoneWith("cache")), 18), Asks(App("cache"), 2)}),
           {1, 1});
  EXPECT_THAT(Mixes(packing, 2), testing::ElementsAre("9+1", "9+1"));
}

TEST(PackPods, PutsPodsThatMustStandWithTheirLikeWhereMostHaveRoom) {
  const auto zone = Pack(DemandFor({Asks(Beside(App("web"), InZoneWith("web")), 15)}), {1, 2});
  EXPECT_THAT(zone.unplaced, IsEmpty());
  EXPECT_EQ(ZonesWith(zone, 0, TwoZones()), std::set<std::string>{"zb"});
  const auto node = Pack(DemandFor({Asks(Beside(App("web"), OnNodeWith("web")), 15)}), {1, 2});
  EXPECT_THAT(Mixes(node, 1), testing::ElementsAre("10"));
  EXPECT_EQ(node.UnplacedCount(), 5);
}

TEST(PackPods, PlacesNoneOfTwoOfWhichEachWaitsForTheOther) {
  const auto packing = Pack(DemandFor({Asks(Beside(App("a"), OnNodeWith("b")), 2),
                                       Asks(Beside(App("b"), OnNodeWith("a")), 3)}),
                            {1, 1});
  EXPECT_EQ(packing.PlacedCount(), 0);
  EXPECT_EQ(packing.UnplacedCount(), 5);
}

// ---- plans

TEST(PlanCapacity, BuysANodeMoreForPodsThatKeepApart) {
  // Ten cores together fit on one node; apart they take two, and no plan is cheaper.
  PlanWorld world{TwoZones(), DemandFor({Asks(App("web"), 5), Asks(App("batch"), 5)})};
  EXPECT_DOUBLE_EQ(world.Plan().value().cost.value(), 1);
  world.demand = DemandFor({Asks(App("web"), 5), Asks(Apart(App("batch"), OnNodeWith("web")), 5)});
  const auto plan = world.Plan().value();
  EXPECT_DOUBLE_EQ(plan.cost.value(), 2);
  EXPECT_THAT(plan.notes, IsEmpty());
  EXPECT_EQ(plan.packing.UnplacedCount(), 0);
  EXPECT_NEAR(plan.above_bound, 0, 1e-9);
}

TEST(PlanCapacity, BuysANodeForEachOfThreeThatAllKeepApart) {
  const auto third = Apart(Apart(App("c"), OnNodeWith("a")), OnNodeWith("b"));
  const PlanWorld world{
      TwoZones(),
      DemandFor({Asks(App("a"), 1), Asks(Apart(App("b"), OnNodeWith("a")), 1), Asks(third, 1)})};
  const auto plan = world.Plan().value();
  EXPECT_DOUBLE_EQ(plan.cost.value(), 3);
  EXPECT_NEAR(plan.above_bound, 0, 1e-9);
}

TEST(PlanCapacity, CountsWhatOthersUseOfNodesThatStandApart) {
  // Four nodes with one of the databases each and 36 of the others, two with the batch.
  PodGroupFields database = Apart(App("db"), OnNodeWith("db"));
  const PlanWorld world{
      TwoZones(), DemandFor({Asks(database, 4), Asks(Apart(App("batch"), OnNodeWith("db")), 20),
                             Asks(App("other"), 36)})};
  const auto plan = world.Plan().value();
  EXPECT_DOUBLE_EQ(plan.cost.value(), 6);
  EXPECT_EQ(plan.packing.UnplacedCount(), 0);
  EXPECT_NEAR(plan.above_bound, 0, 1e-9);
}

TEST(PlanCapacity, BuysAsManyNodesAsHaveWhomPodsMustStandBeside) {
  const PlanWorld world{TwoZones(), DemandFor({Asks(Beside(App("web"), OnNodeWith("cache")), 27),
                                               Asks(App("cache"), 3)})};
  const auto plan = world.Plan().value();
  EXPECT_DOUBLE_EQ(plan.cost.value(), 3);
  EXPECT_EQ(plan.packing.UnplacedCount(), 0);
}

TEST(PlanCapacity, BuysNothingForPodsThatHaveNobodyToStandBeside) {
  // One cache is on one node, on which nine have room; what is over is told.
  const PlanWorld world{TwoZones(), DemandFor({Asks(Beside(App("web"), OnNodeWith("cache")), 27),
                                               Asks(App("cache"), 1)})};
  const auto plan = world.Plan().value();
  EXPECT_DOUBLE_EQ(plan.cost.value(), 1);
  EXPECT_EQ(plan.packing.UnplacedCount(), 18);
  EXPECT_THAT(plan.notes, testing::Contains(HasSubstr("no room for all of web: 18 cores")));
}

TEST(PlanCapacity, SharesZonesAmongPodsThatKeepApartWhereThatIsCheapest) {
  // Ten of web and 20 of batch: 2 x 1 + 1 x 1.5, where the other way would be 1 + 2 x 1.5.
  auto offers = TwoZones();
  offers[1].price = UsdPerHour(1.5);
  const PlanWorld world{
      offers, DemandFor({Asks(App("web"), 10), Asks(Apart(App("batch"), InZoneWith("web")), 20)})};
  const auto plan = world.Plan().value();
  EXPECT_DOUBLE_EQ(plan.cost.value(), 3.5);
  EXPECT_EQ(plan.packing.UnplacedCount(), 0);
  EXPECT_EQ(ZonesWith(plan.packing, 0, offers), std::set<std::string>{"zb"});
  EXPECT_EQ(ZonesWith(plan.packing, 1, offers), std::set<std::string>{"za"});
  // Three nodes of the cheap zone would do if they did not keep apart.
  EXPECT_NEAR(plan.above_bound, 0.5 / 3, 1e-9);
}

TEST(PlanCapacity, FollowsVolumesOfOthersIntoTheDearZone) {
  auto offers = TwoZones();
  offers[1].price = UsdPerHour(1.5);
  PodGroupFields cache = App("cache");
  cache.zones = {"zb"};
  const PlanWorld world{
      offers, DemandFor({Asks(Beside(App("web"), InZoneWith("cache")), 18), Asks(cache, 2)})};
  const auto plan = world.Plan().value();
  EXPECT_EQ(NodesIn(plan, "a"), 0);
  EXPECT_EQ(NodesIn(plan, "b"), 2);
  EXPECT_EQ(plan.packing.UnplacedCount(), 0);
}

TEST(PlanCapacity, LeavesNoZoneToPodsThatKeepApartFromThoseInAllOfThem) {
  PodGroupFields web = App("web");
  web.spread.zone_skew = 1;
  const PlanWorld world{
      TwoZones(), DemandFor({Asks(web, 20), Asks(Apart(App("batch"), InZoneWith("web")), 5)})};
  const auto plan = world.Plan().value();
  EXPECT_DOUBLE_EQ(plan.cost.value(), 2) << "nothing is bought for them";
  ASSERT_THAT(plan.packing.unplaced, SizeIs(1));
  EXPECT_EQ(plan.packing.unplaced[0].group, 1U);
  EXPECT_EQ(plan.packing.unplaced[0].count, 5);
  EXPECT_THAT(plan.packing.unplaced[0].why, HasSubstr("leave it no zone"));
}

TEST(PlanCapacity, KeepsPodsThatMustStandWithTheirLikeInOneZone) {
  // 30 cores: three nodes in one zone, though each zone has two.
  auto offers = TwoZones();
  offers[0].most_nodes = 2;
  offers[1].most_nodes = 3;
  offers[1].price = UsdPerHour(1.2);
  const PlanWorld world{offers, DemandFor({Asks(Beside(App("web"), InZoneWith("web")), 30)})};
  const auto plan = world.Plan().value();
  EXPECT_EQ(NodesIn(plan, "a"), 0);
  EXPECT_EQ(NodesIn(plan, "b"), 3);
  EXPECT_EQ(plan.packing.UnplacedCount(), 0);
}

TEST(PlanCapacity, PutsPodsThatOthersNeedInTheZoneAloneWhereTheyFit) {
  // 6 + 2 + 2 x 3 cores on four nodes of four: 3 web and a cache, 3 web, 2 batch, a batch and a
  // cache. Both caches on one node would take its 16 GiB and leave two of its cores to nobody.
  const auto web = Apart(Beside(Sized(App("web"), 1, 1), InZoneWith("cache")), OnNodeWith("batch"));
  const PlanWorld world{{FourCores("a", "za", 1), FourCores("b", "zb", 1.1)},
                        DemandFor({Asks(web, 6), Asks(Sized(App("cache"), 1, 8), 2),
                                   Asks(Sized(App("batch"), 2, 4), 3)})};
  const auto packing = PackPods(world.demand, 0.5, world.offers, std::vector<std::int64_t>{4, 0});
  EXPECT_THAT(packing.unplaced, IsEmpty());
  const auto plan = world.Plan().value();
  EXPECT_EQ(NodesIn(plan, "a"), 4);
  EXPECT_EQ(NodesIn(plan, "b"), 0);
  EXPECT_EQ(plan.packing.UnplacedCount(), 0);
}

}  // namespace
}  // namespace loadcurve::capacity
