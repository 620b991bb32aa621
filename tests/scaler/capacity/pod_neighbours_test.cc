#include "scaler/capacity/pod_neighbours.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scaler/capacity/plan/plan_world.h"

namespace loadcurve::capacity {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(PodNeighbours, KeepsBothAwayWhereOneOfTwoKeepsApart) {
  const PodNeighbours neighbours(
      DemandFor({Asks(App("web"), 1), Asks(Apart(App("batch"), OnNodeWith("web")), 1),
                 Asks(App("other"), 1)}));
  EXPECT_TRUE(neighbours.AreApartOnNode(0, 1));
  EXPECT_TRUE(neighbours.AreApartOnNode(1, 0));
  EXPECT_FALSE(neighbours.AreApartInZone(0, 1));
  EXPECT_TRUE(neighbours.HasAny(0)) << "for batch cares";
  EXPECT_FALSE(neighbours.HasAny(2));
  EXPECT_FALSE(neighbours.HasZones());
}

TEST(PodNeighbours, KeepsApartOnNodesWhoDoesSoInAZone) {
  const PodNeighbours neighbours(
      DemandFor({Asks(App("web"), 1), Asks(Apart(App("batch"), InZoneWith("web")), 1)}));
  EXPECT_TRUE(neighbours.AreApartInZone(0, 1));
  EXPECT_TRUE(neighbours.AreApartOnNode(0, 1));
  EXPECT_TRUE(neighbours.HasZones());
}

TEST(PodNeighbours, CountsOnlyPodsThatMeetAllTermsOfAnAffinity) {
  PodGroupFields near = Beside(Beside(App("near"), OnNodeWith("cache")), InZoneWith("cache"));
  near.affinity[1].selector[0] = {"tier", LabelRequirement::Operator::kExists, {}};
  PodGroupFields tiered = App("cache");
  tiered.name = "tiered cache";
  tiered.marks.labels["tier"] = "1";
  const PodNeighbours neighbours(
      DemandFor({Asks(near, 1), Asks(App("cache"), 1), Asks(tiered, 1)}));
  EXPECT_THAT(neighbours.NeededBy(0), ElementsAre(2));
  EXPECT_TRUE(neighbours.NeedsOnNode(0));
  EXPECT_TRUE(neighbours.NeedsInZone(0));
}

TEST(PodNeighbours, AsksForNothingWhereATermMeansNobody) {
  const PodNeighbours neighbours(DemandFor({Asks(Beside(App("web"), OnNodeWith("daemon")), 1)}));
  EXPECT_TRUE(neighbours.is_empty());
  EXPECT_THAT(neighbours.NeededBy(0), IsEmpty());
}

TEST(PodNeighbours, MeansPodsOfTheNamespacesOfATerm) {
  PodGroupFields batch = Apart(App("batch"), OnNodeWith("web"));
  batch.anti_affinity[0].namespaces = {"shop"};
  PodGroupFields web = App("web");
  web.marks.namespace_name = "other";
  EXPECT_TRUE(PodNeighbours(DemandFor({Asks(web, 1), Asks(batch, 1)})).is_empty());
  web.marks.namespace_name = "shop";
  EXPECT_FALSE(PodNeighbours(DemandFor({Asks(web, 1), Asks(batch, 1)})).is_empty());
}

TEST(PodNeighbours, KnowsWhoStandsBeforeWhom) {
  const PodNeighbours neighbours(
      DemandFor({Asks(Beside(App("third"), OnNodeWith("second")), 1),
                 Asks(Beside(App("second"), OnNodeWith("first")), 1), Asks(App("first"), 1)}));
  EXPECT_EQ(neighbours.DepthOf(2), 0U);
  EXPECT_EQ(neighbours.DepthOf(1), 1U);
  EXPECT_EQ(neighbours.DepthOf(0), 2U);
  EXPECT_THAT(neighbours.FollowersOf(2), ElementsAre(1, 0));
  EXPECT_THAT(neighbours.WithFollowers({2, 0, 1}), ElementsAre(2, 1, 0));
}

TEST(PodGroup, StandsOneInAPlaceWhereItKeepsApartFromItsLike) {
  const auto on_node = PodGroup::Make(Apart(App("web"), OnNodeWith("web"))).value();
  EXPECT_EQ(on_node.fields().spread.most_on_node, 1);
  EXPECT_EQ(on_node.fields().spread.most_in_zone, 0);
  const auto in_zone = PodGroup::Make(Apart(App("web"), InZoneWith("web"))).value();
  EXPECT_EQ(in_zone.fields().spread.most_in_zone, 1);
  const auto others = PodGroup::Make(Apart(App("web"), OnNodeWith("api"))).value();
  EXPECT_EQ(others.fields().spread.most_on_node, 0);
}

}  // namespace
}  // namespace loadcurve::capacity
