#include "adapters/kube/learnt_pools.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::kube {
namespace {

using testing::HasSubstr;
using Script = ScriptedHttpTransport;

// 3 losses in 50 hours of spot-a, as a status of 16:00 has it.
constexpr const char* kFleet = R"({"metadata": {"name": "fleet"}, "spec": {}, "status": {"nodes":
  {"asOf": "2026-11-29T16:00:00Z", "held": 4, "pools": [
    {"name": "spot-a", "seenHours": 50, "seenLosses": 3, "lossesPerHour": 0.04},
    {"name": "spot-b", "lossesPerHour": 0.01}, {"name": "on-demand"}]}}})";

class LearntPoolsTest : public testing::Test {
 protected:
  Result<LearntPools> ReadAt(const char* time, Script::Answer answer) {
    clock_.SetWall(*ParseTime(time));
    transport_.On("GET", "/apis/loadcurve.dev/v1alpha1/capacityprofiles/fleet", std::move(answer));
    return reader_.Read();
  }

  SimulatedClock clock_;
  Script transport_;
  KubeClient client_{transport_, KubeConfig{.server = "https://api"}, clock_};
  LearntPoolsReader reader_{client_, "fleet", clock_};
};

TEST_F(LearntPoolsTest, TellsWhatAStatusHasOfLosses) {
  const auto learnt = ReadAt("2026-11-30T16:00:00Z", Script::Ok(kFleet));
  ASSERT_TRUE(learnt) << learnt.error().message;
  EXPECT_EQ(learnt->seen.value(), capacity::LossRecord::After({{"spot-a", {50, 3}}}, {}));
}

TEST_F(LearntPoolsTest, DoesNotBelieveAStatusOfMoreThanADayAgo) {
  const auto learnt = ReadAt("2026-11-30T16:00:01Z", Script::Ok(kFleet));
  ASSERT_TRUE(learnt);
  ASSERT_FALSE(learnt->seen);
  EXPECT_EQ(learnt->seen.error().code, ErrorCode::kInsufficientData);
  EXPECT_EQ(learnt->seen.error().message,
            "status.nodes of CapacityProfile fleet is of 2026-11-29T16:00:00Z, more than 1d old");
}

TEST_F(LearntPoolsTest, SaysWhatIsMissing) {
  const auto none = ReadAt("2026-11-29T17:00:00Z", Script::Status(404));
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("capacityprofiles.loadcurve.dev fleet: 404"));
  for (const char* object :
       {R"({"metadata": {"name": "fleet"}})", R"({"status": {"ahead": {"replicas": 3}}})",
        R"({"status": {"nodes": {"held": 4, "asOf": "soon"}}})"}) {
    const auto learnt = ReadAt("2026-11-29T17:00:00Z", Script::Ok(object));
    ASSERT_TRUE(learnt) << object;
    ASSERT_FALSE(learnt->seen) << object;
    EXPECT_EQ(learnt->seen.error().code, ErrorCode::kNotFound);
    EXPECT_THAT(learnt->seen.error().message, HasSubstr("fleet: status.nodes.asOf is absent"));
  }
}

TEST_F(LearntPoolsTest, TellsSpeedsThoughNobodyPlansNodes) {
  const auto learnt = ReadAt("2026-11-30T16:00:00Z", Script::Ok(R"({"status": {"instanceSpeeds": [
      {"family": "m5", "speed": 1}, {"family": "m7i", "speed": 1.3}, {"family": "m9", "speed": 0},
      {"speed": 2}]}})"));
  ASSERT_TRUE(learnt);
  EXPECT_EQ(learnt->speeds, (InstanceSpeeds{{"m5", 1}, {"m7i", 1.3}})) << "speeds are above 0";
  EXPECT_FALSE(learnt->seen);
}

TEST_F(LearntPoolsTest, GoesByTheLastAnswerForADayWhileTheApiServerIsAway) {
  EXPECT_FALSE(ReadAt("2026-11-29T17:00:00Z", Script::TimedOut()));
  EXPECT_TRUE(ReadAt("2026-11-29T17:10:00Z", Script::Ok(kFleet)));
  const auto kept = ReadAt("2026-11-30T15:50:00Z", Script::TimedOut());
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->seen->pools().at("spot-a").lost, 3);
  EXPECT_FALSE(ReadAt("2026-11-30T16:10:00Z", Script::TimedOut())->seen);
  // A profile that is gone is no answer that is late.
  EXPECT_TRUE(ReadAt("2026-11-29T17:10:00Z", Script::Ok(kFleet)));
  EXPECT_FALSE(ReadAt("2026-11-29T17:20:00Z", Script::Status(404)));
  EXPECT_FALSE(ReadAt("2026-11-29T17:30:00Z", Script::TimedOut()));
}

}  // namespace
}  // namespace loadcurve::kube
