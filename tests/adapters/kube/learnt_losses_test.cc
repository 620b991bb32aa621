#include "adapters/kube/learnt_losses.h"

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

class LossReaderTest : public testing::Test {
 protected:
  Result<LearntLosses> ReadAt(const char* time, Script::Answer answer) {
    clock_.SetWall(*ParseTime(time));
    transport_.On("GET", "/apis/loadcurve.dev/v1alpha1/capacityprofiles/fleet", std::move(answer));
    return reader_.Read();
  }

  SimulatedClock clock_;
  Script transport_;
  KubeClient client_{transport_, KubeConfig{.server = "https://api"}, clock_};
  LossReader reader_{client_, "fleet", clock_};
};

TEST_F(LossReaderTest, TellsWhatAStatusHasOfLosses) {
  const auto learnt = ReadAt("2026-11-30T16:00:00Z", Script::Ok(kFleet));
  ASSERT_TRUE(learnt) << learnt.error().message;
  EXPECT_EQ(learnt->seen, capacity::LossRecord::After({{"spot-a", {50, 3}}}, {}));
  EXPECT_EQ(learnt->as_of, *ParseTime("2026-11-29T16:00:00Z"));
}

TEST_F(LossReaderTest, DoesNotBelieveAStatusOfMoreThanADayAgo) {
  const auto learnt = ReadAt("2026-11-30T16:00:01Z", Script::Ok(kFleet));
  ASSERT_FALSE(learnt);
  EXPECT_EQ(learnt.error().code, ErrorCode::kInsufficientData);
  EXPECT_EQ(learnt.error().message,
            "status.nodes of CapacityProfile fleet is of 2026-11-29T16:00:00Z, more than 1d old");
}

TEST_F(LossReaderTest, SaysWhatIsMissing) {
  const auto none = ReadAt("2026-11-29T17:00:00Z", Script::Status(404));
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("capacityprofiles.loadcurve.dev fleet: 404"));
  for (const char* object :
       {R"({"metadata": {"name": "fleet"}})", R"({"status": {"ahead": {"replicas": 3}}})",
        R"({"status": {"nodes": {"held": 4, "asOf": "soon"}}})"}) {
    const auto learnt = ReadAt("2026-11-29T17:00:00Z", Script::Ok(object));
    ASSERT_FALSE(learnt) << object;
    EXPECT_EQ(learnt.error().code, ErrorCode::kNotFound);
    EXPECT_THAT(learnt.error().message, HasSubstr("fleet: status.nodes.asOf is absent"));
  }
}

TEST_F(LossReaderTest, GoesByTheLastAnswerForADayWhileTheApiServerIsAway) {
  EXPECT_FALSE(ReadAt("2026-11-29T17:00:00Z", Script::TimedOut()));
  EXPECT_TRUE(ReadAt("2026-11-29T17:10:00Z", Script::Ok(kFleet)));
  const auto kept = ReadAt("2026-11-30T15:50:00Z", Script::TimedOut());
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->seen.pools().at("spot-a").lost, 3);
  EXPECT_FALSE(ReadAt("2026-11-30T16:10:00Z", Script::TimedOut()));
  // A profile that is gone is no answer that is late.
  EXPECT_TRUE(ReadAt("2026-11-29T17:10:00Z", Script::Ok(kFleet)));
  EXPECT_FALSE(ReadAt("2026-11-29T17:20:00Z", Script::Status(404)));
  EXPECT_FALSE(ReadAt("2026-11-29T17:30:00Z", Script::TimedOut()));
}

}  // namespace
}  // namespace loadcurve::kube
