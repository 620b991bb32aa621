#include "metrics/measured_load.h"

#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

TEST(MeasuredLoad, TellsIdleFromMissing) {
  const auto weights = RequestWeights::Occupancy(std::chrono::milliseconds(100)).value();
  MeasuredRequests measured{RequestCounts::Make(DurationBounds::Default(), minutes(1)).value()};
  EXPECT_FALSE(MeasuredLoad(measured, weights).value());

  // 6 s held in the minute are a tenth of a slot, which is one request of 100 ms a second.
  const auto series = measured.counts.Intern("w", "", RequestClass::kServed);
  measured.counts.Record(series, TimePoint(minutes(10) + seconds(30)), seconds(6));
  measured.idle_windows = {11, 13};
  const auto load = MeasuredLoad(measured, weights).value();
  ASSERT_TRUE(load);
  EXPECT_EQ(load->start(), TimePoint(minutes(10)));
  ASSERT_EQ(load->size(), 4U);
  EXPECT_NEAR(load->values()[0], 1, 1e-9);
  EXPECT_EQ(load->values()[1], 0);
  EXPECT_TRUE(std::isnan(load->values()[2]));
  EXPECT_EQ(load->values()[3], 0);
  EXPECT_EQ(load->weights_version(), weights.version());
}

}  // namespace
}  // namespace loadcurve
