#include "adapters/plot/trade_off_plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadcurve::plot {
namespace {

using testing::HasSubstr;
using testing::Not;

TradeOffChart Chart() {
  return {.title = "t",
          .x_title = "x",
          .y_title = "y",
          .curves = {{"near", {{0.001, 12}, {0.01, 10}}}, {"far", {{0.001, 900}}}}};
}

TEST(TradeOffPlot, LeavesOutWhatLiesBeyondAndSaysSo) {
  TradeOffChart chart = Chart();
  EXPECT_THAT(ToSvg(chart, {}), HasSubstr(">1000<"));
  chart.most_y = 20;
  const std::string svg = ToSvg(chart, {});
  EXPECT_THAT(svg, HasSubstr(">near<"));
  EXPECT_THAT(svg, HasSubstr(">far (beyond)<"));
  EXPECT_THAT(svg, HasSubstr(">12<"));
  EXPECT_THAT(svg, Not(HasSubstr("00<")));
}

// Of "near" at y from 10 to 12 a line, of "far" a point; of "near" alone up to x = 0.005 a point
// too.
TEST(TradeOffPlot, ShowsASinglePointAsADot) {
  TradeOffChart chart = Chart();
  const auto dots = [&] {
    const std::string svg = ToSvg(chart, {});
    std::size_t count = 0;
    for (std::size_t at = svg.find("<circle"); at != std::string::npos;
         at = svg.find("<circle", at + 1))
      ++count;
    return count;
  };
  EXPECT_EQ(dots(), 1U);
  chart.most_x = 0.005;
  EXPECT_EQ(dots(), 2U);
}

}  // namespace
}  // namespace loadcurve::plot
