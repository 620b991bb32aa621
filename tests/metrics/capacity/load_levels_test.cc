#include "metrics/capacity/load_levels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadcurve {
namespace {

using ::testing::IsEmpty;

ReplicaWindow At(double load, double late = 0) {
  ReplicaWindow window;
  window.to = window.from + std::chrono::seconds(10);
  window.load = MetricsQps(load);
  window.rate = load / 2;
  window.held = load / 100;
  window.ended = window.rate * 10;
  window.late = late * window.ended;
  window.tail_seconds = 0.05;
  return window;
}

TEST(LoadLevels, OfNothingAreNone) {
  EXPECT_THAT(LoadLevelsOf({}), IsEmpty());
}

TEST(LoadLevels, GroupWhatBoreTheSameLoad) {
  std::vector<ReplicaWindow> windows;
  for (const double load : {100.0, 10.0, 101.0, 11.0, 102.0, 10.0}) windows.push_back(At(load));
  const auto levels = LoadLevelsOf(windows);
  ASSERT_EQ(levels.size(), 2U);
  EXPECT_NEAR(levels[0].load.value(), 31.0 / 3, 1e-9);
  EXPECT_NEAR(levels[1].load.value(), 101, 1e-9);
  EXPECT_NEAR(levels[1].mean_seconds, 0.02, 1e-9);  // load / 100 held, of load / 2 a second
}

TEST(LoadLevels, JoinWhatFewerThanThreeWindowsTell) {
  std::vector<ReplicaWindow> windows;
  for (const double load : {10.0, 10.0, 10.0, 55.0, 100.0, 100.0, 100.0})
    windows.push_back(At(load));
  EXPECT_EQ(LoadLevelsOf(windows).size(), 2U);
}

TEST(LoadLevels, AreStepsOfARamp) {
  std::vector<ReplicaWindow> windows;
  for (int i = 0; i < 5; ++i) windows.push_back(At(100, 0.2));
  const auto levels = LoadLevelsOf(windows);
  const RampStep step = StepOf(windows, levels.front(), 2, Ratio(0.05));
  EXPECT_EQ(step.verdict, StepVerdict::kLate);
  EXPECT_NEAR(step.rate, 50, 1e-9);
  EXPECT_NEAR(step.AnsweredRate(), 50, 1e-9);
  EXPECT_NEAR(step.MeanInFlight(), 1, 1e-9);
  EXPECT_NEAR(step.Late().value(), 0.2, 1e-9);
  EXPECT_EQ(StepOf(windows, levels.front(), 2, Ratio(0.3)).verdict, StepVerdict::kGood);
}

}  // namespace
}  // namespace loadcurve
