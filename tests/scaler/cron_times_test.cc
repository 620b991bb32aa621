#include "scaler/cron_times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadcurve {
namespace {

using testing::HasSubstr;

// 2026-11-27 is a Friday.
struct CronCase {
  const char* text;
  int month;
  int day;
  int hour;
  int minute;
  bool holds;
};

class CronExamples : public testing::TestWithParam<CronCase> {};

TEST_P(CronExamples, HoldAsCrontabHasThem) {
  const CronCase& c = GetParam();
  const auto times = CronTimes::Parse(c.text);
  ASSERT_TRUE(times) << times.error().message;
  const std::chrono::year_month_day day{std::chrono::year(2026),
                                        std::chrono::month(static_cast<unsigned>(c.month)),
                                        std::chrono::day(static_cast<unsigned>(c.day))};
  EXPECT_EQ(times->HoldsOn(day) && times->HoldsInHour(c.hour) && times->HoldsInMinute(c.minute),
            c.holds)
      << c.text << " on " << c.month << "-" << c.day << " at " << c.hour << ":" << c.minute;
}

INSTANTIATE_TEST_SUITE_P(
    Table, CronExamples,
    testing::Values(
        CronCase{"0 7 * * 1-5", 11, 27, 7, 0, true}, CronCase{"0 7 * * 1-5", 11, 28, 7, 0, false},
        CronCase{"0 7 * * 1-5", 11, 27, 7, 1, false}, CronCase{"0 7 * * 1-5", 11, 27, 8, 0, false},
        CronCase{"0 7 * * MON-Fri", 11, 27, 7, 0, true},
        // 0 and 7 are Sunday; 2026-11-29 is one.
        CronCase{"0 0 * * 7", 11, 29, 0, 0, true}, CronCase{"0 0 * * 0", 11, 29, 0, 0, true},
        CronCase{"0 0 * * 5-7", 11, 29, 0, 0, true}, CronCase{"0 0 * * sun", 11, 28, 0, 0, false},
        // Steps: from 5 on every 15; within a range; of all.
        CronCase{"5/15 * * * *", 11, 27, 3, 50, true},
        CronCase{"5/15 * * * *", 11, 27, 3, 0, false},
        CronCase{"10-40/15 * * * *", 11, 27, 3, 40, true},
        CronCase{"10-40/15 * * * *", 11, 27, 3, 55, false},
        CronCase{"*/20 */6 * * *", 11, 27, 18, 40, true},
        CronCase{"*/20 */6 * * *", 11, 27, 17, 40, false},
        // Lists, and what they may hold.
        CronCase{"0,30 8-10,20 * * *", 11, 27, 20, 30, true},
        CronCase{"0,30 8-10,20 * * *", 11, 27, 11, 30, false},
        CronCase{"0 0 1 jan,jul *", 7, 1, 0, 0, true},
        CronCase{"0 0 1 jan,jul *", 6, 1, 0, 0, false},
        // Both days restricted: either is enough. The 13th of November 2026 is a Friday.
        CronCase{"0 0 13 * 5", 11, 27, 0, 0, true}, CronCase{"0 0 13 * 5", 10, 13, 0, 0, true},
        CronCase{"0 0 13 * 5", 11, 26, 0, 0, false},
        // One of them begins with '*': both must hold.
        CronCase{"0 0 */2 * 5", 11, 27, 0, 0, true}, CronCase{"0 0 */2 * 5", 11, 20, 0, 0, false},
        CronCase{"0 0 13 * *", 11, 27, 0, 0, false},
        CronCase{"  0\t0 13  * * ", 11, 13, 0, 0, true}));

struct FaultyCron {
  const char* text;
  const char* why;
};

class FaultyCrons : public testing::TestWithParam<FaultyCron> {};

TEST_P(FaultyCrons, AreRefusedWithTheFieldAndWhatItMayBe) {
  const auto times = CronTimes::Parse(GetParam().text);
  ASSERT_FALSE(times) << GetParam().text;
  EXPECT_EQ(times.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(times.error().message, HasSubstr(GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(
    Table, FaultyCrons,
    testing::Values(FaultyCron{"", "there are 0 of the five fields"},
                    FaultyCron{"0 7 * *", "there are 4 of the five fields"},
                    FaultyCron{"0 0 7 * * *", "there are 6 of the five fields"},
                    FaultyCron{"60 7 * * *", "the minute is '60', expected 0 to 59"},
                    FaultyCron{"0 24 * * *", "the hour is '24', expected 0 to 23"},
                    FaultyCron{"0 0 0 * *", "the day of the month is '0', expected 1 to 31"},
                    FaultyCron{"0 0 1 13 *", "the month is '13', expected 1 to 12 or jan to dec"},
                    FaultyCron{"0 0 * * 8", "the day of the week is '8', expected 0 to 7"},
                    FaultyCron{"0 0 * * monday", "the day of the week is 'monday'"},
                    FaultyCron{"30-10 0 * * *", "the minute is '30-10'"},
                    FaultyCron{"*/0 0 * * *", "the minute is '*/0'"},
                    FaultyCron{"1,,2 0 * * *", "the minute is '1,,2'"},
                    FaultyCron{"-5 0 * * *", "the minute is '-5'"},
                    FaultyCron{"0 0 30 2 *", "there is no day 30 in month 2"},
                    FaultyCron{"0 0 31 feb,apr *", "there is no day 31 in month feb,apr"}));

TEST(CronTimes, HasTheDayThatComesEveryFourYearsAndWeekDaysOfAnyMonth) {
  EXPECT_TRUE(CronTimes::Parse("0 0 29 2 *"));
  EXPECT_TRUE(CronTimes::Parse("0 0 30 2 mon"));
}

}  // namespace
}  // namespace loadcurve
