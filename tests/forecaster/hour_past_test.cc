#include "forecaster/hour_past.h"

#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve {
namespace {

TEST(HourPast, CountsMinutesInStepsAndNeverLessThanOne) {
  const HourPast minutes({1440, 60, 1});
  EXPECT_EQ(minutes.Steps(10), 10);
  EXPECT_EQ(minutes.window(), 5);
  const HourPast five({288, 12, 1});
  EXPECT_EQ(five.Steps(10), 2);
  EXPECT_EQ(five.Steps(1), 1);
  // A minute of seconds: its minutes are seconds.
  EXPECT_EQ(HourPast({86'400, 60, 1}).Steps(10), 10);
}

TEST(HourPast, GivesLogsOfMeansAndOfTheCourse) {
  HourPast past({1440, 60, 1});
  for (int i = 0; i < 20; ++i) past.Append(i);
  EXPECT_NEAR(past.Log(20, 2), std::log(18.5 + 1), 1e-12);
  EXPECT_NEAR(past.Log(3, 100), std::log(1 + 1), 1e-12);  // of 0, 1 and 2
  const auto course = past.Course(20, 3);                 // 5 to 9, 10 to 14, 15 to 19
  EXPECT_NEAR(course[0], std::log(8), 1e-6);
  EXPECT_NEAR(course[2], std::log(18), 1e-6);
  EXPECT_NEAR(past.CourseAt(15), std::log(13), 1e-6);
}

TEST(HourPast, TakesAMissingLoadToMoveAsADayAgo) {
  HourPast past({288, 12, 1e-9});
  for (int i = 0; i < 288; ++i) past.Append(i == 100 ? 30 : 10);
  for (int i = 0; i < 100; ++i) past.Append(20);  // twice yesterday's
  past.Append(std::nan(""));
  EXPECT_FALSE(past.is_measured());
  EXPECT_NEAR(std::exp(past.Log(past.size(), 1)), 60, 1e-5);
  past.Append(20);
  EXPECT_TRUE(past.is_measured());
}

TEST(HourPast, RemembersAFortnight) {
  HourPast past({288, 12, 1});
  for (int i = 0; i < 100 * 288; ++i) past.Append(i);
  EXPECT_LE(past.first(), 86U * 288);
  EXPECT_GT(past.first(), 80U * 288);
  EXPECT_NEAR(past.Log(86 * 288, 1), std::log(86 * 288 - 1 + 1), 1e-12);
}

}  // namespace
}  // namespace loadcurve
