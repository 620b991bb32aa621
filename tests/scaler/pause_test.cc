#include "scaler/pause.h"

#include <gtest/gtest.h>

#include <map>

namespace loadcurve {
namespace {

ScalingProfile Profile(std::map<std::string, std::string> annotations, std::int64_t max = 100) {
  return *ScalingProfile::Make({.metadata = {.name = "web", .annotations = std::move(annotations)},
                                .load = {.weights = RequestWeights::Cudgx()},
                                .bounds = {Replicas(1), Replicas(max)}});
}

TEST(Pause, IsAskedForByTheAnnotationTrueAlone) {
  EXPECT_EQ(WhyPaused(Profile({})), "");
  EXPECT_EQ(WhyPaused(Profile({{"loadcurve.dev/paused", "false"}})), "");
  EXPECT_EQ(WhyPaused(Profile({{"loadcurve.dev/paused", "true"}})),
            "paused by the annotation loadcurve.dev/paused of the profile");
}

TEST(Pause, IsNoOtherProfile) {
  EXPECT_TRUE(IsSameButForPause(Profile({{"a", "b"}}),
                                Profile({{"a", "b"}, {"loadcurve.dev/paused", "true"}})));
  EXPECT_TRUE(IsSameButForPause(Profile({}), Profile({{"loadcurve.dev/fleet-brake", "off"}})));
  EXPECT_FALSE(IsSameButForPause(Profile({{"a", "b"}}), Profile({{"a", "c"}})));
  EXPECT_FALSE(IsSameButForPause(Profile({}, 100), Profile({}, 99)));
}

TEST(Pause, HoldsWhatIsOrderedAndKeepsTheNeed) {
  ReplicaDecision decision{.current = Replicas(4),
                           .desired = Replicas(9),
                           .reasons = {{DecisionStage::kTarget, Replicas(4), Replicas(9), "load"}},
                           .need = Replicas(9)};
  const ReplicaDecision held = Hold(decision, Replicas(5), "paused by hand");
  EXPECT_EQ(held.desired, Replicas(5));
  EXPECT_EQ(held.need, Replicas(9));
  EXPECT_EQ(held.reasons.back(),
            (DecisionReason{DecisionStage::kPaused, Replicas(9), Replicas(5), "paused by hand"}));
}

}  // namespace
}  // namespace loadcurve
