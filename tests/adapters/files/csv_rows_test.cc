#include "adapters/files/csv_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadcurve::files {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(CsvRows, ReadsQuotesLineBreaksAndCarriageReturns) {
  const auto table = CsvRows::Parse(
                         "\xEF\xBB\xBF"
                         "a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\n2,\n",
                         "t.csv")
                         .value();
  EXPECT_THAT(table.header(), ElementsAre("a", "b"));
  ASSERT_EQ(table.rows().size(), 2U);
  EXPECT_THAT(table.rows()[0].cells, ElementsAre("1", "x, \"y\"\nz"));
  EXPECT_EQ(table.rows()[0].line, 2U);
  EXPECT_THAT(table.rows()[1].cells, ElementsAre("2", ""));
  EXPECT_EQ(table.rows()[1].line, 5U);
}

TEST(CsvRows, ReadsALastLineWithoutABreak) {
  EXPECT_THAT(CsvRows::Parse("a,b\n1,2", "t.csv").value().rows()[0].cells, ElementsAre("1", "2"));
}

TEST(CsvRows, NamesTheLineOfAFault) {
  EXPECT_THAT(CsvRows::Parse("a,b\n1\n", "t.csv").error().message,
              HasSubstr("t.csv:2: found 1 cells; expected 2"));
  EXPECT_THAT(CsvRows::Parse("a,b\n\"1,2\n", "t.csv").error().message,
              HasSubstr("t.csv:2: a quoted cell is never closed"));
  EXPECT_THAT(CsvRows::Parse("", "t.csv").error().message, HasSubstr("empty"));
}

}  // namespace
}  // namespace loadcurve::files
