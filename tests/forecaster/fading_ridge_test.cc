#include "forecaster/fading_ridge.h"

#include <gtest/gtest.h>

namespace loadcurve {
namespace {

Eigen::VectorXd Row(double value) {
  return Eigen::VectorXd::Constant(1, value);
}

TEST(FadingRidge, FindsALineWhateverItsHeight) {
  FadingRidge ridge(1, 1e-9);
  for (const double x : {1000.0, 1001.0, 1002.0, 1003.0}) ridge.Add(Row(x), 3 * x - 7, 1);
  EXPECT_EQ(ridge.At(Row(1001)), 0);  // not fitted yet
  ridge.Refit();
  EXPECT_NEAR(ridge.At(Row(1010)), 3023, 0.1);
}

TEST(FadingRidge, ShrinksTheSlopeByItsPenaltyAndMoreWhileRowsAreFew) {
  FadingRidge ridge(1, 0.5);
  for (int i = 0; i < 50; ++i) {
    ridge.Add(Row(-1), -1, 1);
    ridge.Add(Row(1), 1, 1);
  }
  ridge.Refit();
  // 100 rows: the penalty counts twice, 1 / (1 + 2 * 0.5).
  EXPECT_NEAR(ridge.At(Row(1)), 0.5, 1e-6);
}

TEST(FadingRidge, ForgetsWhatFaded) {
  FadingRidge ridge(1, 1e-9);
  for (const double x : {1.0, 2.0, 3.0}) ridge.Add(Row(x), x, 1);
  ridge.Fade(1e-9);
  for (const double x : {1.0, 2.0, 3.0}) ridge.Add(Row(x), 5 * x, 1);
  ridge.Refit();
  EXPECT_NEAR(ridge.At(Row(2)), 10, 1e-4);
}

TEST(FadingRidge, LeavesAColumnAloneThatDoesNotVary) {
  FadingRidge ridge(1, 0.1);
  for (int i = 0; i < 10; ++i) ridge.Add(Row(4), i % 2 == 0 ? 1 : 3, 1);
  ridge.Refit();
  EXPECT_NEAR(ridge.At(Row(4)), 2, 1e-9);
  EXPECT_NEAR(ridge.At(Row(8)), 2, 1e-6);
}

}  // namespace
}  // namespace loadcurve
