#include "scaler/capacity/plan/pod_packing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/scaler/capacity/plan/plan_world.h"

namespace loadcurve::capacity {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

std::vector<CapacityOffer> TwoZones() {
  return {TenCores("a", "za", CapacityClass::kOnDemand, 1),
          TenCores("b", "zb", CapacityClass::kOnDemand, 1)};
}

std::map<std::string, std::int64_t> PodsByZone(const PodPacking& packing,
                                               const std::vector<CapacityOffer>& offers) {
  std::map<std::string, std::int64_t> pods_of;
  for (const PackedNode& node : packing.nodes)
    for (const PackedPods& pods : node.pods) pods_of[offers[node.offer].zone] += pods.count;
  return pods_of;
}

TEST(PackPods, PutsLargePodsFirstSoThatSmallOnesFillWhatTheyLeave) {
  // Two nodes of ten: 7 + 3 x 1 and 7 + 3 x 1.
  PodGroupFields large = OneCore("large");
  large.request.cpu = CpuCores(7);
  const auto demand = DemandFor({Asks(OneCore("small"), 6), Asks(large, 2)});
  const auto offers = TwoZones();
  const auto packing = PackPods(demand, 0.5, offers, std::vector<std::int64_t>{2, 0});
  EXPECT_THAT(packing.unplaced, SizeIs(0));
  EXPECT_EQ(packing.PlacedCount(), 8);
  for (const PackedNode& node : packing.nodes) EXPECT_NEAR(node.left[0], 0, 1e-9);
}

TEST(PackPods, KeepsVolumesInTheirZoneAndSaysWhatHasNoPlace) {
  PodGroupFields volume = OneCore("db");
  volume.zones = {"zb"};
  const auto demand = DemandFor({Asks(OneCore("web"), 10), Asks(volume, 12)});
  const auto packing = PackPods(demand, 0.5, TwoZones(), std::vector<std::int64_t>{1, 1});
  ASSERT_THAT(packing.unplaced, SizeIs(1));
  EXPECT_EQ(packing.unplaced[0].group, 1U);
  EXPECT_EQ(packing.unplaced[0].count, 2);
  EXPECT_THAT(packing.unplaced[0].why, HasSubstr("full"));
}

TEST(PackPods, SpreadsOverZonesWithinTheSkew) {
  PodGroupFields spread = OneCore("web");
  spread.spread.zone_skew = 1;
  const auto offers = TwoZones();
  const auto even =
      PackPods(DemandFor({Asks(spread, 9)}), 0.5, offers, std::vector<std::int64_t>{1, 1});
  EXPECT_EQ(PodsByZone(even, offers).at("za"), 5);
  EXPECT_EQ(PodsByZone(even, offers).at("zb"), 4);
  // Zone zb holds ten, so za may have eleven, of the thirty that were asked for.
  const auto full =
      PackPods(DemandFor({Asks(spread, 30)}), 0.5, offers, std::vector<std::int64_t>{3, 1});
  EXPECT_EQ(PodsByZone(full, offers).at("za"), 11);
  ASSERT_THAT(full.unplaced, SizeIs(1));
  EXPECT_EQ(full.unplaced[0].count, 9);
  EXPECT_THAT(full.unplaced[0].why, HasSubstr("zone zb is full"));
}

TEST(PackPods, PutsNoMoreOnANodeThanMayStandTogether) {
  PodGroupFields apart = OneCore("apart");
  apart.spread.most_on_node = 2;
  const auto packing =
      PackPods(DemandFor({Asks(apart, 5)}), 0.5, TwoZones(), std::vector<std::int64_t>{2, 0});
  ASSERT_THAT(packing.unplaced, SizeIs(1));
  EXPECT_EQ(packing.unplaced[0].count, 1);
}

TEST(PackPods, CountsAPodOnAFasterNodeForMore) {
  // 12 pods of speed 1 are 10 of speed 1.2.
  auto offers = TwoZones();
  offers[0].speed = 1.2;
  const auto packing =
      PackPods(DemandFor({Asks(OneCore("web"), 12)}), 0.5, offers, std::vector<std::int64_t>{1, 0});
  EXPECT_THAT(packing.unplaced, SizeIs(0));
  EXPECT_EQ(packing.PlacedCount(), 10);
}

}  // namespace
}  // namespace loadcurve::capacity
