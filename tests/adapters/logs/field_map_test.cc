#include "adapters/logs/field_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace loadcurve::logs {
namespace {

using testing::HasSubstr;

const FieldSource& SourceOf(const FieldMap& map, Field field) {
  for (const FieldSource& source : map.sources()) {
    if (source.field == field) return source;
  }
  ADD_FAILURE() << "the map has no such field";
  return map.sources().front();
}

std::string ErrorOf(std::string_view text) {
  const auto map = FieldMap::Parse(text);
  if (map) return "no error";
  EXPECT_EQ(map.error().code, ErrorCode::kInvalidArgument);
  return map.error().message;
}

TEST(FieldMap, ReadsFieldsColumnsAndUnits) {
  const FieldMap map =
      FieldMap::Parse("start=start_ms:ms,duration=took:us,route=operation,workload=pod").value();
  ASSERT_EQ(map.sources().size(), 4U);
  EXPECT_EQ(SourceOf(map, Field::kStart).column, "start_ms");
  EXPECT_EQ(SourceOf(map, Field::kStart).unit, TimeUnit::kMilliseconds);
  EXPECT_EQ(SourceOf(map, Field::kDuration).unit, TimeUnit::kMicroseconds);
  EXPECT_EQ(SourceOf(map, Field::kRoute).column, "operation");
  EXPECT_EQ(SourceOf(map, Field::kWorkload).column, "pod");
  EXPECT_EQ(map.DurationColumns(), "took");
}

TEST(FieldMap, TakesTheUnitFromTheEndingOfTheName) {
  const FieldMap map = FieldMap::Parse("end=end_us,duration=spent_ms").value();
  EXPECT_EQ(SourceOf(map, Field::kEnd).unit, TimeUnit::kMicroseconds);
  EXPECT_EQ(SourceOf(map, Field::kDuration).unit, TimeUnit::kMilliseconds);
}

TEST(FieldMap, TakesTheUnitOfAWellKnownName) {
  const FieldMap map = FieldMap::Parse("end=time,duration=request_time").value();
  EXPECT_EQ(SourceOf(map, Field::kEnd).unit, TimeUnit::kUnknown);
  EXPECT_EQ(SourceOf(map, Field::kDuration).unit, TimeUnit::kSeconds);
}

TEST(FieldMap, NeedsNoDurationBetweenStartAndEnd) {
  EXPECT_EQ(FieldMap::Parse("start=a,end=b").value().DurationColumns(), "end - start");
}

TEST(FieldMap, NamesWhatIsWrong) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("no time is named"));
  EXPECT_THAT(ErrorOf("duration=took:ms"), HasSubstr("no time is named"));
  EXPECT_THAT(ErrorOf("end=time"), HasSubstr("no duration is named"));
  EXPECT_THAT(ErrorOf("end=time,duration"), HasSubstr("'duration' has no '='"));
  EXPECT_THAT(ErrorOf("end=time,span=x:ms"),
              HasSubstr("'span' is not a field; expected one of start, end, duration"));
  EXPECT_THAT(ErrorOf("end=time,duration=took:min"),
              HasSubstr("'min' in 'duration=took:min' is not a unit; expected one of s, ms"));
  EXPECT_THAT(ErrorOf("end=time,duration=spent"),
              HasSubstr("'duration=spent' does not say the unit; expected duration=spent:ms"));
  EXPECT_THAT(ErrorOf("end=time,duration=spent:rfc3339"), HasSubstr("does not say the unit"));
  EXPECT_THAT(ErrorOf("end=a,end=b,duration=c:ms"), HasSubstr("'end' is named twice"));
  EXPECT_THAT(ErrorOf("end=,duration=c:ms"), HasSubstr("'end=' names no column"));
}

TEST(FieldMap, RanksWellKnownNamesWithAUnitBeforeThoseWithout) {
  int with_unit = -1;
  int without = -1;
  for (const FieldSource& source : FieldMap::WellKnown().sources()) {
    if (source.column == "duration_us") with_unit = source.rank;
    if (source.column == "duration") without = source.rank;
  }
  EXPECT_GE(with_unit, 0);
  EXPECT_LT(with_unit, without);
}

}  // namespace
}  // namespace loadcurve::logs
