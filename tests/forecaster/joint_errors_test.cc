#include "forecaster/joint_errors.h"

#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve {
namespace {

double TenAnd(std::size_t /*step*/, double error) {
  return 10 + error;
}

TEST(JointErrors, KnowThatTheLargestOfTwoStepsIsHigherThanEitherOfThemUsuallyIs) {
  // Each step is at 9 or 11, so its median is 10; one of the two is always at 11.
  JointErrors errors(2, 4);
  errors.Add(std::vector{1.0F, -1.0F});
  errors.Add(std::vector{-1.0F, 1.0F});
  EXPECT_EQ(errors.QuantilesOfMaximum(std::vector{0.5}, {0, 2}, TenAnd), std::vector{11.0});
  EXPECT_EQ(errors.QuantilesOfMaximum(std::vector{0.5}, {0, 1}, TenAnd), std::vector{10.0});
}

TEST(JointErrors, KnowThatStepsThatGoTogetherReachNoHigherThanOne) {
  JointErrors errors(2, 4);
  errors.Add(std::vector{1.0F, 1.0F});
  errors.Add(std::vector{-1.0F, -1.0F});
  EXPECT_EQ(errors.QuantilesOfMaximum(std::vector{0.5}, {0, 2}, TenAnd), std::vector{10.0});
}

TEST(JointErrors, AreThoseOfTheLastMomentsAndLeaveOutCoursesWithGaps) {
  JointErrors errors(1, 3);
  EXPECT_TRUE(errors.QuantilesOfMaximum(std::vector{0.5}, {0, 1}, TenAnd).empty());
  for (const float error : {100.0F, 1.0F, std::nanf(""), 3.0F}) errors.Add(std::vector{error});
  EXPECT_EQ(errors.size(), 3U);
  EXPECT_EQ(errors.QuantilesOfMaximum(std::vector{0.5}, {0, 1}, TenAnd), std::vector{12.0});
}

}  // namespace
}  // namespace loadcurve
