#include "adapters/kube/target_rivals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/kube/cluster_pause.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class TargetRivals : public testing::Test {
 protected:
  void Tell(const std::string& name, const std::string& target, const std::string& created,
            const std::string& kind = "Deployment") {
    const json object = {
        {"apiVersion", "loadcurve.dev/v1alpha1"},
        {"kind", "ScalingProfile"},
        {"metadata",
         {{"name", name}, {"namespace", "shop"}, {"uid", name}, {"creationTimestamp", created}}},
        {"spec",
         {{"targetRef", {{"apiVersion", "apps/v1"}, {"kind", kind}, {"name", target}}},
          {"load", {{"weights", {{"kind", "cudgx"}}}}}}}};
    store_.OnEvent({WatchEvent::Kind::kChanged, "shop/" + name, &object});
  }
  ProfileStore store_;
};

TEST_F(TargetRivals, GiveWayToTheOlder) {
  Tell("a", "web", "2026-10-10T00:00:01Z");
  Tell("b", "web", "2026-10-10T00:00:00Z");
  Tell("c", "other", "2026-10-10T00:00:02Z");
  EXPECT_THAT(RivalsOf(store_.All()), ElementsAre(Pair(ProfileKey{"shop", "a"}, "shop/b")));
}

TEST_F(TargetRivals, GiveWayByNameWithinASecond) {
  for (const char* name : {"c", "a", "b"}) Tell(name, "web", "2026-10-10T00:00:00Z");
  EXPECT_THAT(RivalsOf(store_.All()), ElementsAre(Pair(ProfileKey{"shop", "b"}, "shop/a"),
                                                  Pair(ProfileKey{"shop", "c"}, "shop/a")));
}

TEST_F(TargetRivals, AreNoneWhereKindsDiffer) {
  Tell("a", "web", "2026-10-10T00:00:00Z");
  Tell("b", "web", "2026-10-10T00:00:00Z", "StatefulSet");
  EXPECT_THAT(RivalsOf(store_.All()), IsEmpty());
}

TEST(ClusterPause, FollowsTheAnnotationOfTheNamespace) {
  ClusterPause pause;
  json space = {{"metadata", {{"name", "loadcurve"}}}};
  pause.OnEvent({WatchEvent::Kind::kChanged, "loadcurve", &space});
  EXPECT_EQ(pause.why(), "");
  EXPECT_EQ(pause.version(), 0U);
  space["metadata"]["annotations"]["loadcurve.dev/paused"] = "true";
  pause.OnEvent({WatchEvent::Kind::kChanged, "loadcurve", &space});
  EXPECT_EQ(pause.why(), "paused by the annotation loadcurve.dev/paused of namespace loadcurve");
  EXPECT_EQ(pause.version(), 1U);
  space["metadata"]["annotations"].erase("loadcurve.dev/paused");
  pause.OnEvent({WatchEvent::Kind::kChanged, "loadcurve", &space});
  EXPECT_EQ(pause.why(), "");
}

TEST(ClusterPause, KnowsWhetherTheFleetsBrakeIsLifted) {
  ClusterPause pause;
  json space = {{"metadata", {{"name", "loadcurve"}}}};
  space["metadata"]["annotations"]["loadcurve.dev/fleet-brake"] = "on";
  pause.OnEvent({WatchEvent::Kind::kChanged, "loadcurve", &space});
  EXPECT_FALSE(pause.is_brake_lifted());
  space["metadata"]["annotations"]["loadcurve.dev/fleet-brake"] = "off";
  pause.OnEvent({WatchEvent::Kind::kChanged, "loadcurve", &space});
  EXPECT_TRUE(pause.is_brake_lifted());
  EXPECT_EQ(pause.version(), 1U);
}

}  // namespace
}  // namespace loadcurve::kube
