#include "forecaster/load_outlook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;

TEST(WindowsAhead, AreThoseUntilReadyAndAFewOfTheNextHour) {
  EXPECT_THAT(WindowsAhead(0, 1, minutes(1)), ElementsAre(0, 1, 6, 13, 29, 61));
  EXPECT_THAT(WindowsAhead(0, 0, minutes(5)), ElementsAre(0, 1, 2, 5, 12));
  EXPECT_THAT(WindowsAhead(0, 0, hours(2)), ElementsAre(0));
}

TEST(WindowsAhead, AreNotAllOfManyUntilReady) {
  EXPECT_THAT(WindowsAhead(0, 20, minutes(1)), ElementsAre(0, 4, 8, 12, 16, 20, 25, 32, 48, 80));
  EXPECT_THAT(WindowsAhead(2, 4, minutes(1)), ElementsAre(2, 3, 4, 9, 16, 32, 64));
}

TEST(OutlookModel, TakesAYoungLoadToStayWithAnUsualError) {
  OutlookModel model({0, 1}, 1440, MetricsQps(1));
  model.Observe(100);
  const auto rows = model.Rows();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_NEAR(rows[0][2].value(), 100, 5);  // the median
  EXPECT_GT(rows[0].back(), MetricsQps(110));
  for (std::size_t i = 1; i < rows[0].size(); ++i) EXPECT_GE(rows[0][i], rows[0][i - 1]);
}

TEST(OutlookModel, IsOfWhatWasObservedAndOfNothingElse) {
  OutlookModel one({0, 3}, 96, MetricsQps(1));
  OutlookModel other({0, 3}, 96, MetricsQps(1));
  for (int i = 0; i < 300; ++i) {
    one.Observe(100 + i % 96);
    other.Observe(100 + i % 96);
    if (i % 7 == 0) static_cast<void>(other.Rows());
  }
  EXPECT_EQ(one.observed(), 300U);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(one.Rows()[i], other.Rows()[i]);
}

}  // namespace
}  // namespace loadcurve
