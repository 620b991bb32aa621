#include "scaler/latency_correction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace loadcurve {
namespace {

using std::chrono::minutes;
using ::testing::HasSubstr;

const TimePoint kStart(std::chrono::days(20'000));
constexpr LatencyStanding kRight = {.is_capacity_right = true};

// Windows of a minute with 1000 requests, of which 5 % may be late; orders show after two minutes.
class Loop {
 public:
  void Run(int windows, double late, const LatencyStanding& standing = kRight) {
    for (int i = 0; i < windows; ++i, now_ += minutes(1))
      correction.Judge(now_, minutes(1), {1000, late}, standing);
  }
  LatencyCorrection correction{{std::chrono::milliseconds(200), 0.95}, minutes(2)};

 private:
  TimePoint now_ = kStart;
};

TEST(LatencyCorrection, LowersWhatIsPlannedStepByStepWhileAnswersAreLate) {
  Loop loop;
  loop.Run(2, 100);
  EXPECT_EQ(loop.correction.share(), 1) << "two windows decide nothing";
  EXPECT_EQ(loop.correction.Why(), "");
  loop.Run(1, 100);  // twice what may be: 0.1 / 2 a minute
  EXPECT_NEAR(loop.correction.share(), std::exp(-0.05), 1e-12);
  loop.Run(2, 100);
  EXPECT_NEAR(loop.correction.share(), std::exp(-0.15), 1e-12);
  EXPECT_EQ(loop.correction.Why(),
            "10 % of the answers are later than 200ms, of 5 % that may be: planned with 0.8607 of "
            "the capacity");
}

TEST(LatencyCorrection, StopsAtHalfAsManyReplicasAgain) {
  Loop loop;
  loop.Run(1000, 900);
  EXPECT_NEAR(loop.correction.share(), 1 / 1.5, 1e-12);
  EXPECT_THAT(loop.correction.Why(), HasSubstr("more replicas do not seem to help"));
}

TEST(LatencyCorrection, DoesNotWindUpWhereMoreCannotBeHadOrIsOnItsWay) {
  Loop loop;
  loop.Run(60, 300, {.is_capacity_right = false});
  loop.Run(60, 300, {.is_capacity_right = true, .may_grow = false, .may_shrink = false});
  loop.Run(60, 300, {.is_capacity_right = true, .is_at_most = true});
  EXPECT_EQ(loop.correction.share(), 1);
}

TEST(LatencyCorrection, DecaysOnceTheTargetHoldsAndNotOnDoubtfulEvidence) {
  Loop loop;
  loop.Run(6, 100);
  const double before = loop.correction.share();
  loop.Run(60, 20, {.is_capacity_right = true, .may_grow = true, .may_shrink = false});
  const double held = loop.correction.share();
  EXPECT_LE(held, before);
  loop.Run(10, 20);  // by 0.1 / 24 * 0.6 a minute
  EXPECT_NEAR(std::log(loop.correction.share() / held), 0.025, 1e-9);
  loop.Run(120, 20);
  EXPECT_EQ(loop.correction.share(), 1);
}

TEST(LatencyCorrection, DoesNotAddUpChance) {
  Loop loop;
  std::mt19937_64 random(1);
  std::poisson_distribution<int> late(45);  // 4.5 % of 5 % that may be
  for (int i = 0; i < 24 * 60; ++i) {
    loop.Run(1, late(random));
    ASSERT_GT(loop.correction.share(), 0.97) << i;
  }
}

TEST(LatencyCorrection, LearnsNothingFromFewRequestsOrAcrossGaps) {
  LatencyCorrection correction({std::chrono::milliseconds(200), 0.95}, minutes(2));
  for (int i = 0; i < 60; ++i) correction.Judge(kStart + minutes(i), minutes(1), {30, 30}, kRight);
  EXPECT_EQ(correction.share(), 1);
  for (int i = 0; i < 60; ++i)
    correction.Judge(kStart + minutes(100 + 2 * i), minutes(1), {1000, 1000}, kRight);
  EXPECT_EQ(correction.share(), 1);
}

TEST(LatencyCorrection, JudgesAWindowOnceAndGoesOnAfterARestart) {
  Loop loop;
  loop.Run(5, 100);
  const double before = loop.correction.share();
  loop.correction.Judge(kStart, minutes(1), {1000, 1000}, kRight);
  EXPECT_EQ(loop.correction.share(), before);
  LatencyCorrection next({std::chrono::milliseconds(200), 0.95}, minutes(2));
  next.Resume(before);
  EXPECT_NEAR(next.share(), before, 1e-12);
}

}  // namespace
}  // namespace loadcurve
