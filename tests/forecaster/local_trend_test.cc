#include "forecaster/local_trend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace loadcurve {
namespace {

using testing::ElementsAre;

TEST(LocalTrend, IsTheMeanOfTheWindowAroundAndAtTheEndsOfTheFirstAndLast) {
  // Windows of 3: (1 + 2 + 6) / 3 = 3, (2 + 6 + 7) / 3 = 5, (6 + 7 + 2) / 3 = 5.
  EXPECT_THAT(LocalTrend(std::array{1.0, 2.0, 6.0, 7.0, 2.0}, 3), ElementsAre(3, 3, 5, 5, 5));
}

TEST(LocalTrend, LeavesOutWhatIsMissingAndGoesOnWhereNothingIsMeasured) {
  const double none = std::nan("");
  EXPECT_THAT(LocalTrend(std::array{4.0, none, none, 8.0}, 2), ElementsAre(4, 4, 4, 8));
}

TEST(LocalTrend, IsTheMeanOfAllWhereTheWindowIsLonger) {
  EXPECT_THAT(LocalTrend(std::array{1.0, 3.0}, 168), ElementsAre(2, 2));
}

}  // namespace
}  // namespace loadcurve
