// Against scipy and statsmodels: weights.json, made by weights.py. Tolerances: README.md.

#include <gtest/gtest.h>

#include "metrics/nonnegative_ridge.h"
#include "metrics/weight_fit.h"
#include "tests/golden/golden_file.h"

namespace loadcurve {
namespace {

using nlohmann::json;
using testing::GoldenCases;
using testing::Matrix;
using testing::Vector;

// Of what the largest parameter does to a prediction: parameters are compared by their
// effect, since the columns differ in size.
constexpr double kTolerance = 1e-8;

TEST(GoldenWeights, NonnegativeRidgeIsThatOfScipy) {
  for (const json& golden : GoldenCases("weights.json", "ridge")) {
    SCOPED_TRACE(golden.at("name").get<std::string>());
    const NonnegativeRidgeProblem problem{.x = Matrix(golden.at("x")),
                                          .y = Vector(golden.at("y")),
                                          .prior = Vector(golden.at("prior")),
                                          .lambda = golden.at("lambda"),
                                          .robust_rounds = golden.at("robust_rounds")};
    const NonnegativeRidgeFit fit = Solve(problem);
    const Eigen::VectorXd expected = Vector(golden.at("u"));
    const double intercept = golden.at("intercept");
    const Eigen::VectorXd size = problem.x.colwise().norm() / std::sqrt(problem.x.rows());
    const double largest = std::max(intercept, size.cwiseProduct(expected).maxCoeff());
    ASSERT_EQ(fit.u.size(), expected.size());
    for (Eigen::Index j = 0; j < expected.size(); ++j) {
      const double scale = size(j) > 0 ? size(j) : 1;
      EXPECT_NEAR(scale * fit.u(j), scale * expected(j), kTolerance * largest) << "u " << j;
    }
    EXPECT_NEAR(fit.intercept, intercept, kTolerance * largest);
  }
}

TEST(GoldenWeights, RobustLineIsThatOfStatsmodels) {
  for (const json& golden : GoldenCases("weights.json", "line")) {
    SCOPED_TRACE(golden.at("name").get<std::string>());
    const LineFit line = FitLine(Vector(golden.at("load")), Vector(golden.at("cores")));
    const Eigen::VectorXd rounds = Vector(golden.at("three_rounds"));
    // 1.4826 against 1 / 0.67448975...: the scales differ by 1.5e-6.
    EXPECT_NEAR(line.idle, rounds(0), 1e-5 * rounds(0));
    EXPECT_NEAR(line.factor, rounds(1), 1e-5 * rounds(1));
    // Three rounds are enough: what more of them would move is small beside the error.
    const Eigen::VectorXd converged = Vector(golden.at("converged"));
    const Eigen::VectorXd error = Vector(golden.at("converged_error"));
    EXPECT_NEAR(line.idle, converged(0), 0.1 * error(0));
    EXPECT_NEAR(line.factor, converged(1), 0.1 * error(1));
  }
}

}  // namespace
}  // namespace loadcurve
