#include "scaler/capacity/plan/load_moves.h"

#include <gtest/gtest.h>

#include "tests/scaler/capacity/plan/plan_world.h"

namespace loadcurve::capacity {
namespace {

TEST(RankMoves, PutsEasySavingsOfWhatIsNotCoreFirst) {
  // Ten nodes each: on demand for 0.4, and of spot for 0.1.
  PodGroupFields batch = OneCore("batch");
  batch.may_be_interrupted = false;
  PodGroupFields shop = batch;
  shop.name = "shop";
  shop.is_core = true;
  PodGroupFields store = batch;
  store.name = "store";
  store.zones = {"a"};
  const PlanWorld world{
      {TenCores("od", "a", CapacityClass::kOnDemand, 0.4),
       TenCores("spot", "a", CapacityClass::kSpot, 0.1)},
      DemandFor({Asks(store, 100), Asks(shop, 100), Asks(batch, 100), Asks(OneCore("web"), 50)})};
  const auto plan = world.Plan().value();
  const auto moves = RankMoves(
      {world.offers, world.demand, world.outages, world.held, world.closed}, world.terms, plan);
  ASSERT_TRUE(moves) << moves.error().message;
  ASSERT_EQ(moves->size(), 3U);  // web is there already; its volumes cost the store nothing
  EXPECT_EQ((*moves)[0].workload, "batch");
  EXPECT_NEAR((*moves)[0].saving.value(), 3, 1e-9);
  EXPECT_NEAR((*moves)[0].effect.value(), 3 / 12.5, 1e-9);
  EXPECT_EQ((*moves)[1].workload, "shop");
  EXPECT_TRUE((*moves)[1].is_core);
  EXPECT_EQ((*moves)[2].workload, "store");
  EXPECT_EQ((*moves)[2].difficulty, Difficulty::kHigh);
}

TEST(RankMoves, TellsWhatVolumesAndSelectorsCost) {
  PodGroupFields store = OneCore("store");
  store.zones = {"a"};
  PodGroupFields picky = OneCore("picky");
  picky.node_selector = {{"topology.kubernetes.io/zone", "a"}};
  const PlanWorld world{{TenCores("a", "a", CapacityClass::kOnDemand, 0.4),
                         TenCores("b", "b", CapacityClass::kOnDemand, 0.3)},
                        DemandFor({Asks(store, 100), Asks(picky, 50)})};
  const auto plan = world.Plan().value();
  const auto moves = RankMoves(
      {world.offers, world.demand, world.outages, world.held, world.closed}, world.terms, plan);
  ASSERT_EQ(moves->size(), 2U);
  // 1.0 by a quarter, and 0.5 by half: as much, in the order of the workloads.
  EXPECT_EQ(Name((*moves)[0].kind), "with its volumes");
  EXPECT_NEAR((*moves)[0].saving.value(), 1, 1e-9);
  EXPECT_EQ(Name((*moves)[1].kind), "off its node selector");
  EXPECT_NEAR((*moves)[1].saving.value(), 0.5, 1e-9);
}

}  // namespace
}  // namespace loadcurve::capacity
