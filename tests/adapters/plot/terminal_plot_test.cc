#include "adapters/plot/terminal_plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <sstream>

namespace loadcurve::plot {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

Chart ChartOf(std::vector<double> values, Mark mark) {
  return {.title = "load",
          .unit = "qps",
          .start = TimePoint(seconds(0)),
          .step = seconds(1),
          .lines = {{.name = "measured", .values = std::move(values), .mark = mark}},
          .bands = {}};
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string Draw(const Chart& chart, const TerminalOptions& options) {
  return ToTerminal(std::span(&chart, 1), options);
}

std::size_t CodePoints(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

TEST(TerminalPlot, DrawsAnAreaAsHighAsItsValue) {
  // 40 columns leave 32 for the drawing: 8 columns a value, on an axis up to 4.
  const auto lines = LinesOf(Draw(ChartOf({0, 1, 2, 4}, Mark::kArea), {.width = 40, .height = 4}));
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_EQ(lines[0], "load (qps)   # measured");
  EXPECT_THAT(lines[1], testing::StartsWith("     4 +"));
  // The last eight columns are full to the top; the first stay empty.
  EXPECT_EQ(lines[1].substr(8 + 30), "##");
  EXPECT_EQ(lines[4].substr(8, 4), "    ");
  EXPECT_THAT(lines[5], testing::StartsWith("     0 +-----"));
  EXPECT_THAT(lines[6], AllOf(testing::StartsWith("   UTC"), HasSubstr("00:00:00")));
}

TEST(TerminalPlot, NeverGoesBeyondTheWidth) {
  std::vector<double> values;
  for (int i = 0; i < 500; ++i) values.push_back(i % 37);
  Chart chart = ChartOf(values, Mark::kLine);
  chart.bands.push_back({.name = "range", .low = values, .high = values});
  for (const int width : {40, 57, 80, 200}) {
    for (const Glyphs glyphs : {Glyphs::kAscii, Glyphs::kUnicode}) {
      for (const std::string& line :
           LinesOf(Draw(chart, {.width = width, .height = 5, .glyphs = glyphs})))
        EXPECT_LE(CodePoints(line), static_cast<std::size_t>(width)) << line;
    }
  }
}

TEST(TerminalPlot, IsPlainAsciiWhereAskedFor) {
  Chart chart = ChartOf({1, 5, 2, 8, kMissing, 3}, Mark::kLine);
  chart.bands.push_back({.name = "range", .low = {0, 1}, .high = {2, 9}});
  chart.divider = 4;
  for (const char c : Draw(chart, {.glyphs = Glyphs::kAscii}))
    EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << static_cast<int>(c);
}

TEST(TerminalPlot, ColoursOnlyWhereAskedFor) {
  const Chart chart = ChartOf({1, 5, 2}, Mark::kArea);
  EXPECT_THAT(Draw(chart, {.has_color = false}), Not(HasSubstr("\x1b[")));
  EXPECT_THAT(Draw(chart, {.has_color = true}), HasSubstr("\x1b[34m"));
}

TEST(TerminalPlot, LeavesAGapWhereNothingWasMeasured) {
  const auto lines = LinesOf(Draw(ChartOf({4, kMissing, 4, 4}, Mark::kArea), {.width = 40}));
  // Row by row: eight columns full, eight empty, sixteen full.
  EXPECT_EQ(lines[1].substr(8), "########        ################");
}

TEST(TerminalPlot, DrawsABandBetweenItsBounds) {
  Chart chart = ChartOf({}, Mark::kLine);
  chart.lines[0].name = "";
  chart.bands.push_back({.name = "range", .low = {2, 2}, .high = {4, 4}});
  const auto lines = LinesOf(Draw(chart, {.width = 40, .height = 5}));
  EXPECT_EQ(lines[1].substr(8), std::string(32, '.'));  // at 4
  EXPECT_EQ(lines[3].substr(8), std::string(32, '.'));  // at 2
  EXPECT_EQ(lines[5].substr(6), " |");                  // at 0
}

TEST(TerminalPlot, JoinsTheDotsOfABrailleLine) {
  // A jump from the ground to the top passes through every row.
  const auto lines = LinesOf(Draw(ChartOf({0, 0, 0, 4, 4, 4}, Mark::kLine),
                                  {.width = 40, .height = 4, .glyphs = Glyphs::kUnicode}));
  for (int row = 1; row <= 4; ++row)
    EXPECT_THAT(lines[static_cast<size_t>(row)], HasSubstr("\xE2"));
}

TEST(TerminalPlot, DrawsNothingWhereNothingIs) {
  const auto lines = LinesOf(Draw(ChartOf({}, Mark::kArea), {.width = 40, .height = 2}));
  EXPECT_EQ(lines[1], "     1 +");
}

TEST(TerminalPlot, PutsOneTimeAxisUnderAllCharts) {
  const std::vector<Chart> charts = {ChartOf({1, 2}, Mark::kArea), ChartOf({1, 2}, Mark::kLine)};
  const std::string text = ToTerminal(charts, {.height = 3});
  const std::size_t first = text.find("UTC");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(text.find("UTC", first + 1), std::string::npos);
  EXPECT_GT(first, text.rfind("load (qps)"));
}

}  // namespace
}  // namespace loadcurve::plot
