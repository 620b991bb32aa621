#include "adapters/kube/karpenter_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace loadcurve::kube {
namespace {

using capacity::CapacityClass;
using capacity::CapacityOffer;
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

CapacityOffer Pool(std::string name, double price, double losses, double speed) {
  CapacityOffer pool;
  pool.pool = std::move(name);
  pool.zone = "eu-1a";
  pool.instance_type = "m6i.large";
  pool.capacity_class = CapacityClass::kSpot;
  pool.price = UsdPerHour(price);
  pool.allocatable = {CpuCores(2), Bytes(8'000'000'000), 29};
  pool.most_nodes = 10;
  pool.losses_per_hour = losses;
  pool.speed = speed;
  return pool;
}

std::string AdjustmentOf(double losses, double speed) {
  const std::vector<CapacityOffer> pools = {Pool("a", 0.1, losses, speed)};
  const auto overlays = NodeOverlaysFor(pools, OverlayPrice::kAdjusted).value();
  return overlays.empty() ? "" : overlays[0]["spec"]["priceAdjustment"].get<std::string>();
}

TEST(NodeOverlaysFor, MakesLossesDearAndSpeedCheap) {
  EXPECT_EQ(AdjustmentOf(0.04, 1), "+4%");
  // 1 / 1.25 = 0.8
  EXPECT_EQ(AdjustmentOf(0, 1.25), "-20%");
  // 1.02 / 1.12 = 0.910714
  EXPECT_EQ(AdjustmentOf(0.02, 1.12), "-8.93%");
  EXPECT_EQ(AdjustmentOf(2.5, 1), "+250%");
  EXPECT_EQ(AdjustmentOf(0, 1e6), "-99.99%") << "no node is free";
  EXPECT_EQ(AdjustmentOf(0, 1), "");
  EXPECT_EQ(AdjustmentOf(0.1, 1.1), "") << "what balances needs none";
}

TEST(NodeOverlaysFor, IsForTheNodesOfThePoolAlone) {
  CapacityOffer pool = Pool("spot/a", 0.1, 0.04, 1);
  pool.labels = {{"karpenter.sh/nodepool", "general"}, {"disk", "ssd"}};
  const auto overlays = NodeOverlaysFor(std::vector{pool}, OverlayPrice::kAbsolute).value();
  ASSERT_THAT(overlays, SizeIs(1));
  EXPECT_EQ(overlays[0]["spec"]["price"], "0.104");
  EXPECT_FALSE(overlays[0]["spec"].contains("priceAdjustment"));
  EXPECT_EQ(overlays[0]["spec"]["requirements"], json::parse(R"([
      {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["m6i.large"]},
      {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["eu-1a"]},
      {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]},
      {"key": "karpenter.sh/nodepool", "operator": "In", "values": ["general"]}])"));
  EXPECT_EQ(overlays[0]["metadata"]["name"], OverlayName("spot/a"));
  EXPECT_THAT(OverlayName("spot/a"), testing::MatchesRegex("loadcurve-spot-a-[0-9a-f]+"));
}

TEST(NodeOverlaysFor, LeavesSubscriptionsAlone) {
  CapacityOffer pool = Pool("a", 0.1, 0, 2);
  pool.capacity_class = CapacityClass::kReserved;
  EXPECT_THAT(NodeOverlaysFor(std::vector{pool}, OverlayPrice::kAbsolute).value(), IsEmpty());
}

TEST(NodeOverlaysFor, RefusesPoolsThatKarpenterCannotTellApart) {
  const std::vector<CapacityOffer> twins = {Pool("a", 0.1, 0, 2), Pool("b", 0.2, 0, 2)};
  EXPECT_THAT(NodeOverlaysFor(twins, OverlayPrice::kAdjusted).error().message,
              HasSubstr("pools 'a' and 'b' have the same type, zone, class and NodePool"));
  CapacityOffer nameless = Pool("a", 0.1, 0, 2);
  nameless.instance_type = "";
  EXPECT_THAT(NodeOverlaysFor(std::vector{nameless}, OverlayPrice::kAdjusted).error().message,
              HasSubstr("pool 'a' has no type"));
}

TEST(NodePoolPatchesFor, LimitsEachToItsPoolsAndPrefersTheCheapestCore) {
  std::vector<CapacityOffer> pools = {Pool("a", 0.10, 0, 1), Pool("b", 0.30, 0, 1),
                                      Pool("c", 0.20, 0.5, 1), Pool("d", 0.01, 0, 1)};
  pools[0].labels = {{"karpenter.sh/nodepool", "spot"}};
  pools[1].labels = {{"karpenter.sh/nodepool", "spot"}};
  pools[2].labels = {{"karpenter.sh/nodepool", "steady"}};
  const auto patches = NodePoolPatchesFor(pools);
  ASSERT_THAT(patches, SizeIs(2)) << "one that names no NodePool limits none";
  EXPECT_EQ(patches[0]["metadata"]["name"], "spot");
  EXPECT_EQ(patches[0]["spec"], json::parse(R"({"limits": {"nodes": "20"}, "weight": 100})"));
  EXPECT_EQ(patches[1]["spec"], json::parse(R"({"limits": {"nodes": "10"}, "weight": 90})"));
  pools[2].price = UsdPerHour(0.10);
  pools[2].losses_per_hour = 0;
  EXPECT_EQ(NodePoolPatchesFor(pools)[1]["spec"]["weight"], 100) << "as cheap is as good";
}

TEST(NodePoolPatchesFor, HoldsWhatIsPaidForAnywayAtAFixedCount) {
  std::vector<CapacityOffer> pools = {Pool("a", 0.02, 0, 1), Pool("b", 0.03, 0, 1),
                                      Pool("c", 0.20, 0, 1)};
  pools[0].capacity_class = pools[1].capacity_class = CapacityClass::kReserved;
  pools[0].most_nodes = 3;
  pools[1].most_nodes = 4;
  pools[0].labels = pools[1].labels = {{"karpenter.sh/nodepool", "base"}};
  pools[2].labels = {{"karpenter.sh/nodepool", "spot"}};
  const auto patches = NodePoolPatchesFor(pools);
  ASSERT_THAT(patches, SizeIs(2));
  EXPECT_EQ(patches[0]["spec"], json::parse(R"({"replicas": 7})"))
      << "3 + 4, and neither a weight nor a limit";
  EXPECT_EQ(patches[1]["spec"], json::parse(R"({"limits": {"nodes": "10"}, "weight": 100})"))
      << "what has no weight is not preferred to it";
  pools[1].capacity_class = CapacityClass::kOnDemand;
  EXPECT_EQ(NodePoolPatchesFor(pools)[0]["spec"],
            json::parse(R"({"limits": {"nodes": "7"}, "weight": 100})"))
      << "one that may also grow is dynamic";
}

}  // namespace
}  // namespace loadcurve::kube
