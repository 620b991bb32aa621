#include "forecaster/burg_recursion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace loadcurve {
namespace {

TEST(BurgAutoregression, OfOneStepIsTwiceTheProductsOverTheSquaresOfBothEnds) {
  // Pairs (1, 2), (2, 3): 2 (1 x 2 + 2 x 3) / (1 + 4 + 4 + 9) = 16 / 18.
  EXPECT_NEAR(BurgAutoregression(Eigen::Vector3d(1, 2, 3), 1)[0], 16.0 / 18, 1e-12);
}

TEST(BurgAutoregression, FindsTheTwoStepsThatMadeTheValues) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> noise;
  Eigen::VectorXd values = Eigen::VectorXd::Zero(20'000);
  for (Eigen::Index i = 2; i < values.size(); ++i)
    values[i] = 1.2 * values[i - 1] - 0.5 * values[i - 2] + noise(random);
  const Eigen::VectorXd slopes = BurgAutoregression(values, 3);
  EXPECT_NEAR(slopes[0], 1.2, 0.03);
  EXPECT_NEAR(slopes[1], -0.5, 0.03);
  EXPECT_NEAR(slopes[2], 0, 0.03);
}

TEST(BurgAutoregression, NeverRunsAway) {
  // Values that double at each step: what follows them does not.
  Eigen::VectorXd values(12);
  for (Eigen::Index i = 0; i < 12; ++i) values[i] = std::exp2(static_cast<double>(i));
  const Eigen::VectorXd slopes = BurgAutoregression(values, 2);
  double before = values[10];
  double last = values[11];
  for (int i = 0; i < 200; ++i) {
    const double next = slopes[0] * last + slopes[1] * before;
    before = last;
    last = next;
  }
  EXPECT_LT(std::abs(last), values[11]);
}

TEST(BurgAutoregression, RemembersNothingOfWhatIsAlwaysTheMean) {
  EXPECT_EQ(BurgAutoregression(Eigen::VectorXd::Zero(9), 4), Eigen::VectorXd::Zero(4));
}

}  // namespace
}  // namespace loadcurve
