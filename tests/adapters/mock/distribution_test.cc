#include "adapters/mock/distribution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace loadcurve::mock {
namespace {

TEST(Distribution, IsAlwaysTheSameWhereItIsConstant) {
  const Distribution constant = Distribution::Constant(20'000);
  EXPECT_DOUBLE_EQ(constant.At(0), 20'000);
  EXPECT_DOUBLE_EQ(constant.At(0.999), 20'000);
}

TEST(Distribution, IsEvenlySpreadOverARange) {
  const auto uniform = Distribution::Uniform(10, 30).value();
  EXPECT_DOUBLE_EQ(uniform.At(0), 10);
  EXPECT_DOUBLE_EQ(uniform.At(0.25), 15);
  EXPECT_DOUBLE_EQ(uniform.At(0.75), 25);
}

TEST(Distribution, MeetsMedianAnd99thPercentileOfALognormal) {
  const auto latency = Distribution::Lognormal(20, 200).value();
  EXPECT_NEAR(latency.At(0.5), 20, 1e-9);
  EXPECT_NEAR(latency.At(0.99), 200, 1e-9);
  // As far below the median in logarithms: 20 * 20 / 200.
  EXPECT_NEAR(latency.At(0.01), 2, 1e-9);
  EXPECT_GE(latency.At(0), 0);
  EXPECT_TRUE(std::isfinite(latency.At(std::nextafter(1.0, 0.0))));
}

TEST(Distribution, GoesStraightFromOnePercentileToTheNext) {
  const auto latency =
      Distribution::Percentiles({{0, 10}, {0.5, 20}, {0.99, 118}, {1, 218}}).value();
  EXPECT_DOUBLE_EQ(latency.At(0.25), 15);
  EXPECT_DOUBLE_EQ(latency.At(0.5), 20);
  EXPECT_DOUBLE_EQ(latency.At(0.745), 69) << "half way from 20 to 118";
  EXPECT_NEAR(latency.At(0.995), 168, 1e-9);
}

TEST(Distribution, KeepsTheOuterValuesBeyondThePercentilesGiven) {
  const auto latency = Distribution::Percentiles({{0.5, 20}, {0.9, 60}}).value();
  EXPECT_DOUBLE_EQ(latency.At(0.1), 20);
  EXPECT_DOUBLE_EQ(latency.At(0.95), 60);
}

TEST(Distribution, RefusesWhatIsNone) {
  EXPECT_FALSE(Distribution::Uniform(3, 2));
  EXPECT_FALSE(Distribution::Uniform(-1, 2));
  EXPECT_FALSE(Distribution::Lognormal(0, 2));
  EXPECT_FALSE(Distribution::Lognormal(3, 2));
  EXPECT_FALSE(Distribution::Lognormal(1, std::numeric_limits<double>::quiet_NaN()));
  EXPECT_FALSE(Distribution::Percentiles({}));
  EXPECT_FALSE(Distribution::Percentiles({{0.5, 20}, {0.9, 10}}));
  EXPECT_FALSE(Distribution::Percentiles({{0.5, 20}, {0.5, 30}}));
  EXPECT_FALSE(Distribution::Percentiles({{0.5, 20}, {1.5, 30}}));
}

}  // namespace
}  // namespace loadcurve::mock
