#include "forecaster/recent_values.h"

#include <gtest/gtest.h>

namespace loadcurve {
namespace {

TEST(RecentValues, KeepTheLastOnesUnderTheirNumbers) {
  RecentValues<int> values(16);
  for (int i = 0; i < 1000; ++i) values.Append(i);
  EXPECT_EQ(values.end(), 1000);
  EXPECT_LE(values.first(), 984);
  EXPECT_GE(values.first(), 981);  // an eighth more at most, and one
  EXPECT_EQ(values[990], 990);
  EXPECT_EQ(values.Before(1000, 3).front(), 997);
}

}  // namespace
}  // namespace loadcurve
