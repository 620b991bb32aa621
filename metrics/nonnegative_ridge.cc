#include "metrics/nonnegative_ridge.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <vector>

namespace loadcurve {
namespace {

// The normal equations in (u, b), b last: minimise z' G z - 2 h' z over z >= 0.
struct NormalEquations {
  Eigen::MatrixXd gram;
  Eigen::VectorXd target;
};

NormalEquations Assemble(const NonnegativeRidgeProblem& problem, const Eigen::VectorXd& trust) {
  const Eigen::Index p = problem.x.cols();
  NormalEquations equations{Eigen::MatrixXd(p + 1, p + 1), Eigen::VectorXd(p + 1)};
  const Eigen::MatrixXd weighted = trust.asDiagonal() * problem.x;
  equations.gram.topLeftCorner(p, p).noalias() = problem.x.transpose() * weighted;
  equations.gram.topRightCorner(p, 1) = weighted.colwise().sum().transpose();
  equations.gram.bottomLeftCorner(1, p) = equations.gram.topRightCorner(p, 1).transpose();
  equations.gram(p, p) = trust.sum();
  equations.target.head(p).noalias() = weighted.transpose() * problem.y;
  equations.target(p) = trust.dot(problem.y);

  // n * v_j = sum_i x_ij^2, without trust: the pull does not depend on the outliers.
  const Eigen::VectorXd pull =
      problem.lambda * problem.x.colwise().squaredNorm().transpose().array();
  for (Eigen::Index j = 0; j < p; ++j) {
    // A column of zeros says nothing: it keeps its prior.
    const double strength = problem.x.col(j).squaredNorm() > 0 ? pull(j) : 1.0;
    equations.gram(j, j) += strength;
    equations.target(j) += strength * problem.prior(j);
  }
  return equations;
}

// Cyclic coordinate descent; the gradient is kept up to date at O(p) a step.
void Descend(const NormalEquations& equations, Eigen::VectorXd& z) {
  constexpr int kMaxSweeps = 2000;
  constexpr double kTolerance = 1e-7;
  const Eigen::Index size = z.size();
  Eigen::VectorXd gradient = equations.gram * z - equations.target;
  for (int sweep = 0; sweep < kMaxSweeps; ++sweep) {
    double largest_move = 0;
    double largest_value = 0;
    for (Eigen::Index j = 0; j < size; ++j) {
      const double curvature = equations.gram(j, j);
      if (curvature <= 0) continue;
      const double next = std::max(0.0, z(j) - gradient(j) / curvature);
      const double move = next - z(j);
      // Moves are compared by what they do to the prediction.
      largest_value = std::max(largest_value, next * next * curvature);
      if (move == 0) continue;
      largest_move = std::max(largest_move, move * move * curvature);
      gradient += move * equations.gram.col(j);
      z(j) = next;
    }
    if (largest_move <= kTolerance * kTolerance * largest_value) break;
  }
}

double MedianOf(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Huber's weight of each residual; the scale is 1.4826 times the median absolute one.
Eigen::VectorXd TrustIn(const Eigen::VectorXd& residuals) {
  constexpr double kHuber = 1.345;
  std::vector<double> sizes(residuals.begin(), residuals.end());
  for (double& size : sizes) size = std::abs(size);
  const double scale = 1.4826 * MedianOf(sizes);
  if (scale <= 0) return Eigen::VectorXd::Ones(residuals.size());
  return residuals.unaryExpr([&](double residual) {
    const double size = std::abs(residual) / scale;
    return size <= kHuber ? 1.0 : kHuber / size;
  });
}

}  // namespace

NonnegativeRidgeFit Solve(const NonnegativeRidgeProblem& problem) {
  const Eigen::Index p = problem.x.cols();
  Eigen::VectorXd trust = Eigen::VectorXd::Ones(problem.x.rows());
  Eigen::VectorXd z(p + 1);
  z.head(p) = problem.prior;
  z(p) = 0;
  for (int round = 0; round <= problem.robust_rounds; ++round) {
    Descend(Assemble(problem, trust), z);
    if (round == problem.robust_rounds) break;
    const Eigen::VectorXd residuals = (problem.y - problem.x * z.head(p)).array() - z(p);
    trust = TrustIn(residuals);
  }
  return {z(p), z.head(p)};
}

Eigen::VectorXd SolveFree(const Eigen::MatrixXd& x, const Eigen::VectorXd& y,
                          const NonnegativeRidgeFit& around) {
  // Just enough to keep the equations solvable.
  constexpr double kJitter = 1e-9;
  Eigen::MatrixXd design(x.rows(), x.cols() + 1);
  design.col(0).setOnes();
  design.rightCols(x.cols()) = x;
  Eigen::VectorXd center(x.cols() + 1);
  center << around.intercept, around.u;

  const Eigen::VectorXd offset = y - design * center;

  Eigen::VectorXd trust = TrustIn(offset);
  Eigen::VectorXd move;
  constexpr int kRobustRounds = 3;
  for (int round = 0; round < kRobustRounds; ++round) {
    const Eigen::MatrixXd weighted = trust.asDiagonal() * design;
    Eigen::MatrixXd gram = design.transpose() * weighted;
    gram.diagonal() += Eigen::VectorXd(kJitter * gram.diagonal().array() + 1e-300);
    move = gram.ldlt().solve(weighted.transpose() * offset);
    trust = TrustIn(offset - design * move);
  }
  return center + move;
}

}  // namespace loadcurve
