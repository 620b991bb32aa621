#include "adapters/series/series_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/support/scratch_folder.h"

namespace loadcurve::series {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNan;

Result<LoadSeries> Parse(std::string_view text, SeriesFormat format = {}) {
  if (!format.step) format.step = minutes(1);
  return ParseSeries(text, "load.csv", format);
}

std::string MessageOf(const Result<LoadSeries>& result) {
  return result ? "" : result.error().message;
}

TEST(ParseSeries, ReadsEveryWayToWriteATime) {
  // 1700000040 is 2023-11-14T22:14:00Z.
  for (const char* times : {"2023-11-14T22:14:00Z,1\n2023-11-14T22:15:00Z,2\n",
                            "2023-11-14 22:14,1\n2023-11-14 22:15:00,2\n",
                            "1700000040,1\n1700000100,2\n", "1700000040000,1\n1700000100000,2\n",
                            "2023-11-14T23:14:00+01:00,1\n2023-11-14T22:15:00Z,2"}) {
    const auto series = Parse("time,value\n" + std::string(times));
    ASSERT_TRUE(series) << MessageOf(series);
    EXPECT_EQ(series->start(), TimePoint(std::chrono::seconds(1'700'000'040)));
    EXPECT_THAT(series->values(), ElementsAre(1, 2));
  }
}

TEST(ParseSeries, TakesAnEmptyValueAsMissingAndNeverAsZero) {
  const auto series = Parse("time,value\n60000,5\n60060,\n60120,0\n");
  ASSERT_TRUE(series) << MessageOf(series);
  EXPECT_THAT(series->values(), ElementsAre(5, IsNan(), 0));
}

TEST(ParseSeries, LeavesAGapWhereRowsAreAbsent) {
  const auto series = Parse("time,value\n60000,5\n60180,7\n");
  ASSERT_TRUE(series);
  EXPECT_THAT(series->values(), ElementsAre(5, IsNan(), IsNan(), 7));
}

TEST(ParseSeries, FillsAbsentRowsWithZeroWhereToldButNotEmptyValues) {
  SeriesFormat format;
  format.absent_is_zero = true;
  const auto series = Parse("time,value\n60000,5\n60120,\n60180,7\n", format);
  ASSERT_TRUE(series);
  EXPECT_THAT(series->values(), ElementsAre(5, 0, IsNan(), 7));
}

TEST(ParseSeries, FindsColumnsByNameAndReadsQuotedCellsAndCrlf) {
  SeriesFormat format;
  format.time_column = "when";
  format.value_column = "metricsqps";
  const auto series = Parse(
      "\xEF\xBB\xBFroute,\"when\",metricsqps\r\n\"a, "
      "\"\"b\"\"\",60000,\"1.5\"\r\n\r\nc,60060,2.5\r\n",
      format);
  ASSERT_TRUE(series) << MessageOf(series);
  EXPECT_THAT(series->values(), ElementsAre(1.5, 2.5));
}

TEST(ParseSeries, TakesTheSmallestDifferenceForTheStepWhereNoneIsGiven) {
  SeriesFormat format;
  const auto series = ParseSeries("time,value\n60000,1\n60600,2\n60900,3\n", "load.csv", format);
  ASSERT_TRUE(series);
  EXPECT_EQ(series->step(), Duration(minutes(5)));
  EXPECT_THAT(series->values(), ElementsAre(1, IsNan(), 2, 3));
  EXPECT_FALSE(ParseSeries("time,value\n60000,1\n", "load.csv", format));
}

TEST(ParseSeries, CarriesTheScaleOfTheValuesAndRefusesToMixTwo) {
  const auto series = Parse("time,value,weights_version\n60000,1,cudgx\n60060,2,\n");
  ASSERT_TRUE(series);
  EXPECT_EQ(series->weights_version(), "cudgx");
  EXPECT_THAT(MessageOf(Parse("time,value,weights_version\n60000,1,cudgx\n60060,2,table-1\n")),
              HasSubstr("load.csv:3: weights_version is 'table-1'; expected 'cudgx'"));
  SeriesFormat format;
  format.weights_version = "occupancy-100ms";
  EXPECT_FALSE(Parse("time,value,weights_version\n60000,1,cudgx\n", format));
}

TEST(ParseSeries, ResamplesToWindowsAtWholeMultiplesOfTheStep) {
  SeriesFormat format;
  format.resample = minutes(2);
  format.aggregate = Aggregate::kSum;
  // 60060 is 1001 minutes: the first whole window starts at 1002.
  const auto series =
      Parse("time,value\n60060,1\n60120,2\n60180,3\n60240,4\n60300,\n60360,6\n", format);
  ASSERT_TRUE(series) << MessageOf(series);
  EXPECT_EQ(series->start(), TimePoint(minutes(1002)));
  // 2 + 3; 4 and a missing one like it. The last window is not filled.
  EXPECT_THAT(series->values(), ElementsAre(5, 8));
}

struct WrongInput {
  const char* text;
  const char* message;
};

TEST(ParseSeries, NamesFileLineFieldFoundAndExpected) {
  const WrongInput kWrong[] = {
      {"", "load.csv:1: the file is empty; expected a header"},
      {"time,value\n", "load.csv: there is no row after the header"},
      {"t,value\n1,2\n", "load.csv:1: the header is 't, value'; expected a column named 'time'"},
      {"time,value\n60000,1\n60000,2\n", "load.csv:3: time is '60000'; expected a later time"},
      {"time,value\n60060,1\n60000,2\n", "load.csv:3: time is '60000'; expected a later time"},
      {"time,value\n60000,1\n60090,2\n",
       "load.csv:3: time is '1970-01-01T16:41:30Z'; expected a "
       "whole number of steps of 1m"},
      {"time,value\nsoon,1\n", "load.csv:2: time: 'soon' is not a time; expected"},
      {"time,value\n60000,abc\n", "load.csv:2: value is 'abc'; expected a finite number >= 0"},
      {"time,value\n60000,1e999\n", "load.csv:2: value is '1e999'"},
      {"time,value\n60000,inf\n", "load.csv:2: value is 'inf'"},
      {"time,value\n60000,nan\n", "load.csv:2: value is 'nan'"},
      {"time,value\n60000,-1\n", "load.csv:2: value is '-1'"},
      {"time,value\n60000,1 2\n", "load.csv:2: value is '1 2'"},
      {"time,value\n60000\n", "load.csv:2: the number of cells is '1'; expected at least 2"},
      {"time,value\n60000,\n60060,\n", "load.csv:2: value is empty in this and all later rows"},
      {"time,value\n60000,\"1\n", "load.csv:2: a quoted cell is never closed"},
      {"time,value\n60000,\"1\"2\n", "load.csv:2: text follows the closing quote"},
      {"time,value\n60000,1\n1700000040,1\n", "expected a time within 10000000 steps"},
  };
  for (const WrongInput& wrong : kWrong) {
    const auto series = Parse(wrong.text);
    ASSERT_FALSE(series) << wrong.text;
    EXPECT_EQ(series.error().code, ErrorCode::kInvalidArgument) << wrong.text;
    EXPECT_THAT(series.error().message, HasSubstr(wrong.message));
  }
}

TEST(ParseWideSeries, ReadsOneSeriesARowWithoutItsPadding) {
  const auto all = ParseWideSeries(
      "\"V1\",\"V2\",\"V3\",\"V4\"\n\"H1\",\"1\",\"2\",\"\"\n"
      "H2,3,,5\n",
      "wide.csv", hours(1));
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].id, "H1");
  EXPECT_THAT((*all)[0].series.values(), ElementsAre(1, 2));
  EXPECT_THAT((*all)[1].series.values(), ElementsAre(3, IsNan(), 5));
}

TEST(ParseWideSeries, NamesTheColumnOfAWrongValueAndRepeatedIds) {
  const auto wrong = ParseWideSeries("id,a,b\nx,1,y\n", "wide.csv", hours(1));
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("wide.csv:2: column 3 is 'y'; expected"));
  const auto twice = ParseWideSeries("id,a\nx,1\nx,2\n", "wide.csv", hours(1));
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message, HasSubstr("wide.csv:3: the id in column 1 is 'x'"));
  EXPECT_FALSE(ParseWideSeries("id,a\nx,\n", "wide.csv", hours(1)));
}

TEST(ReadSeries, NamesAFileThatIsNotThere) {
  const auto series = ReadSeries("/nowhere/load.csv", {});
  ASSERT_FALSE(series);
  EXPECT_EQ(series.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(series.error().message, HasSubstr("/nowhere/load.csv"));
}

TEST(ReadSeries, ReadsFromAFile) {
  const ScratchFolder folder;
  const std::string path = folder.Write("load.csv", "time,value\n60000,1\n60060,2\n");
  const auto series = ReadSeries(path, {});
  ASSERT_TRUE(series);
  EXPECT_EQ(series->step(), Duration(minutes(1)));
}

}  // namespace
}  // namespace loadcurve::series
