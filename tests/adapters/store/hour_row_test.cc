#include "adapters/store/hour_row.h"

#include <gtest/gtest.h>

namespace loadcurve::store {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// One request in each of the windows [first, end), all of them known.
HourRow Requests(Duration step, std::uint32_t first, std::uint32_t end) {
  HourRow row(step);
  for (std::uint32_t window = first; window < end; ++window) {
    row.cells[{window, 0, 0}] = {1, 1000, 0, 0};
    row.known[window] = true;
  }
  return row;
}

std::uint64_t CountIn(const HourRow& row, std::uint32_t window) {
  const auto found = row.cells.find({window, 0, 0});
  return found == row.cells.end() ? 0 : found->second.count;
}

TEST(HourRow, LearnsWhatItDoesNotKnowAndKeepsWhatItDoes) {
  HourRow row = Requests(minutes(1), 0, 2);
  row.cells[{2, 0, 0}] = {7, 7000, 0, 0};  // a part of what happened
  HourRow other = Requests(minutes(1), 1, 3);
  other.cells[{1, 0, 0}].count = 100;
  other.known[3] = true;
  EXPECT_TRUE(row.Learn(other));
  EXPECT_EQ(CountIn(row, 1), 1U);
  EXPECT_EQ(CountIn(row, 2), 1U);
  EXPECT_TRUE(row.known[3]);
  EXPECT_EQ(CountIn(row, 3), 0U);
  EXPECT_FALSE(row.Learn(other));
}

TEST(CombinedHour, JoinsStepsThatFollowEachOther) {
  // Half an hour by the minute, then half an hour every five seconds.
  const std::vector<HourRow> rows = {Requests(minutes(1), 0, 30), Requests(seconds(5), 360, 720)};
  const HourRow hour = Combined(rows, minutes(60));
  EXPECT_EQ(CountIn(hour, 0), 30U + 360U);
  EXPECT_TRUE(hour.known[0]);
  const HourRow by_minute = Combined(rows, minutes(1));
  EXPECT_EQ(CountIn(by_minute, 29), 1U);
  EXPECT_EQ(CountIn(by_minute, 30), 12U);
}

TEST(CombinedHour, CountsNothingTwiceWhereTwoStepsKnowTheSame) {
  const std::vector<HourRow> rows = {Requests(minutes(15), 0, 3), Requests(minutes(1), 0, 50)};
  const HourRow hour = Combined(rows, minutes(15));
  // The first three as the longer step has them; of the last five minutes only are known.
  EXPECT_EQ(CountIn(hour, 0), 1U);
  EXPECT_EQ(CountIn(hour, 2), 1U);
  EXPECT_EQ(CountIn(hour, 3), 5U);
  EXPECT_EQ(hour.known, (std::vector<bool>{true, true, true, false}));
}

TEST(CombinedHour, TakesEachStretchFromTheRowThatKnowsMost) {
  HourRow idle(minutes(1));
  idle.known[7] = true;
  const HourRow hour = Combined({Requests(minutes(5), 2, 3), idle}, minutes(5));
  EXPECT_EQ(CountIn(hour, 1), 0U);
  EXPECT_FALSE(hour.known[1]);
  EXPECT_EQ(CountIn(hour, 2), 1U);
  EXPECT_TRUE(hour.known[2]);
}

}  // namespace
}  // namespace loadcurve::store
