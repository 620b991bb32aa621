#include "adapters/plot/svg_plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace loadcurve::plot {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::size_t CountOf(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

Chart ChartOf(std::vector<double> values) {
  return {.title = "load",
          .unit = "qps",
          .start = TimePoint(seconds(0)),
          .step = seconds(1),
          .lines = {{.name = "measured", .values = std::move(values)}},
          .bands = {}};
}

std::string Draw(const Chart& chart) {
  return ToSvg(std::span(&chart, 1), {.width = 188, .chart_height = 100});
}

TEST(SvgPlot, PutsValuesWhereTheyBelong) {
  // 188 - 64 - 24 = 100 pixels for 2 values: middles at 64 + 25 and 64 + 75. The axis
  // reaches from 0 at 34 + 100 to 4 at 34.
  EXPECT_THAT(Draw(ChartOf({0, 4})), HasSubstr("points=\"89.0,134.0 139.0,34.0 \""));
}

TEST(SvgPlot, BreaksALineAtAGap) {
  EXPECT_EQ(CountOf(Draw(ChartOf({1, 2, 3, 4})), "<polyline"), 1U);
  EXPECT_EQ(CountOf(Draw(ChartOf({1, 2, kMissing, 4})), "<polyline"), 2U);
}

TEST(SvgPlot, NeverPrintsNotANumber) {
  Chart chart = ChartOf({kMissing, 2, kMissing});
  chart.bands.push_back({.name = "range", .low = {1, kMissing}, .high = {2, 3}});
  EXPECT_THAT(Draw(chart), Not(HasSubstr("nan")));
}

TEST(SvgPlot, EscapesNames) {
  Chart chart = ChartOf({1});
  chart.title = "a < b & c";
  EXPECT_THAT(Draw(chart), HasSubstr("a &lt; b &amp; c (qps)"));
}

TEST(SvgPlot, FollowsTheReadersColours) {
  EXPECT_THAT(Draw(ChartOf({1})), HasSubstr("prefers-color-scheme: dark"));
}

}  // namespace
}  // namespace loadcurve::plot
