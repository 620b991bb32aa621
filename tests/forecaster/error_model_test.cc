#include "forecaster/error_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace loadcurve {
namespace {

// Feeds errors of a standard deviation of 0.2 x load^-power, at loads that swing from a tenth to
// ten times the mean each day, and tells the misfit.
double MisfitOf(double power_of_errors, double power_of_model) {
  constexpr std::size_t kDay = 200;
  ErrorModel model({kDay, 14, power_of_model});
  std::mt19937 random(3);
  std::normal_distribution<double> normal(0, 0.2);
  for (std::size_t i = 0; i < 10 * kDay; ++i) {
    const double load = std::pow(10, std::sin(6.2832 * static_cast<double>(i) / kDay));
    const double scale = model.At(i, load, model);
    model.Add(normal(random) * std::pow(load, -power_of_errors), scale, load, load);
  }
  return model.Misfit();
}

TEST(ErrorModel, FitsErrorsOfItsOwnPowerBest) {
  EXPECT_LT(MisfitOf(0.25, 0.25), MisfitOf(0.25, 0) - 0.005);
  EXPECT_LT(MisfitOf(0, 0), MisfitOf(0, 0.25) - 0.005);
}

TEST(ErrorModel, TellsASmallerScaleForALargerLoadWhereErrorsAreThoseOfCounts) {
  ErrorModel model({100, 14, 0.25});
  for (std::size_t i = 0; i < 300; ++i) model.Add(i % 2 == 0 ? 0.1 : -0.1, 0.1, 1, 1);
  const double usual = model.At(300, 1, model);
  EXPECT_NEAR(usual, 0.1, 0.01);
  EXPECT_NEAR(model.At(300, 16, model), usual / 2, 1e-9);
}

}  // namespace
}  // namespace loadcurve
