#include "adapters/keda/trigger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadcurve::keda {
namespace {

const std::vector<std::string> kMetrics = {"loadcurve-replicas", "loadcurve-load"};

Result<Trigger> Read(std::map<std::string, std::string> metadata) {
  return TriggerOf({"web", "shop", std::move(metadata)}, kMetrics);
}

std::string WhyNot(std::map<std::string, std::string> metadata) {
  const auto trigger = Read(std::move(metadata));
  if (trigger) return "taken";
  EXPECT_EQ(trigger.error().code, ErrorCode::kInvalidArgument);
  return trigger.error().message;
}

TEST(Trigger, AsksForTheReplicasOfTheProfileOfItsOwnNameByDefault) {
  EXPECT_EQ(Read({{"scalerAddress", "loadcurve:9443"}, {"enableTLS", "true"}}),
            (Trigger{{"shop", "web", "loadcurve-replicas"}, 1}));
}

TEST(Trigger, TakesAnotherProfileAndMetric) {
  EXPECT_EQ(
      Read({{"scalingprofile", "checkout"}, {"metric", "loadcurve-load"}, {"target", "12.5"}}),
      (Trigger{{"shop", "checkout", "loadcurve-load"}, 12.5}));
}

TEST(Trigger, NamesTheEntryTheValueAndWhatWasExpected) {
  EXPECT_EQ(WhyNot({{"scalingprofile", "Check out"}}),
            "metadata.scalingprofile is 'Check out'; expected the name of a ScalingProfile in the "
            "same namespace");
  EXPECT_EQ(WhyNot({{"metric", "load"}}),
            "metadata.metric is 'load'; expected one of loadcurve-replicas, loadcurve-load");
  EXPECT_EQ(WhyNot({{"scalingProfile", "checkout"}}),
            "metadata has 'scalingProfile'; expected 'scalingprofile'");
}

TEST(Trigger, WantsATargetOfAllButTheReplicas) {
  EXPECT_EQ(WhyNot({{"metric", "loadcurve-load"}}),
            "metadata.target is ''; expected a number above 0, the loadcurve-load that one replica "
            "is to have");
  for (const char* const target : {"0", "-1", "nan", "inf", "12x", "1e999", ""})
    EXPECT_THAT(WhyNot({{"metric", "loadcurve-load"}, {"target", target}}),
                testing::StartsWith("metadata.target is '" + std::string(target) + "'"));
}

TEST(Trigger, CountsReplicasOneByOne) {
  EXPECT_TRUE(Read({{"target", "1"}}).has_value());
  EXPECT_EQ(WhyNot({{"target", "2"}}),
            "metadata.target is '2'; expected 1, or none: loadcurve-replicas is the count of "
            "replicas itself");
}

}  // namespace
}  // namespace loadcurve::keda
