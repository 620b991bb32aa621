#include "metrics/huber.h"

#include <gtest/gtest.h>

namespace loadcurve {
namespace {

TEST(OrdinaryScale, IsTheMedianSizeInStandardDeviations) {
  EXPECT_DOUBLE_EQ(OrdinaryScale(Eigen::Vector3d(-2, 1, 100)), 1.4826 * 2);
  // Of an even number, the mean of the two in the middle: 1, 2, 4, 100.
  EXPECT_DOUBLE_EQ(OrdinaryScale(Eigen::Vector4d(4, -1, 100, -2)), 1.4826 * 3);
}

TEST(HuberTrust, FallsWithTheSizeBeyondTheBend) {
  // The scale is 1.4826, the bend at 1.345 of it: 1.99.
  const Eigen::VectorXd trust = HuberTrust(Eigen::Vector3d(1, -1, 10));
  EXPECT_DOUBLE_EQ(trust(0), 1);
  EXPECT_DOUBLE_EQ(trust(1), 1);
  EXPECT_NEAR(trust(2), 1.345 * 1.4826 / 10, 1e-12);
}

TEST(HuberTrust, IsWholeWhereMostResidualsAreZero) {
  EXPECT_EQ(HuberTrust(Eigen::Vector3d(0, 0, 5)), Eigen::VectorXd::Ones(3));
}

TEST(HuberLoss, IsHalfTheSquareAndThenLinear) {
  const Eigen::VectorXd loss = HuberLoss(Eigen::Vector3d(1, -2, 12), 2 / 1.345);
  EXPECT_NEAR(loss(0), 0.5, 1e-12);
  EXPECT_NEAR(loss(1), 2, 1e-12);  // the bend
  EXPECT_NEAR(loss(2), 2 * (12 - 1), 1e-12);
}

TEST(HuberLoss, IsHalfTheSquareWithoutAScale) {
  EXPECT_DOUBLE_EQ(HuberLoss(Eigen::VectorXd::Constant(1, 4), 0)(0), 8);
}

}  // namespace
}  // namespace loadcurve
