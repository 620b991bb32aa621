#include "metrics/nonnegative_ridge.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <vector>

#include "metrics/huber.h"

namespace loadcurve {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

// The normal equations in z = (u, b, c): minimise z' G z - 2 h' z over z >= 0.
struct NormalEquations {
  Eigen::MatrixXd gram;
  VectorXd target;
};

NormalEquations Assemble(const NonnegativeRidgeProblem& problem, const VectorXd& trust) {
  const Index p = problem.x.cols();
  NormalEquations equations{Eigen::MatrixXd::Zero(p + 2, p + 2), VectorXd::Zero(p + 2)};
  const Eigen::MatrixXd weighted = trust.asDiagonal() * problem.x;
  equations.gram.topLeftCorner(p, p).noalias() = problem.x.transpose() * weighted;
  equations.gram.col(p).head(p) = weighted.colwise().sum().transpose();
  equations.gram(p, p) = trust.sum();
  equations.target.head(p).noalias() = weighted.transpose() * problem.y;
  equations.target(p) = trust.dot(problem.y);

  // n * v_j = sum_i x_ij^2, without trust: the pull does not depend on the outliers. A column
  // of zeros says nothing: any pull will do.
  const VectorXd pull = problem.x.colwise().squaredNorm().transpose().unaryExpr(
      [&](double size) { return size > 0 ? problem.lambda * size : 1.0; });
  equations.gram.diagonal().head(p) += pull;
  equations.gram.col(p + 1).head(p) = -pull.cwiseProduct(problem.prior);
  equations.gram(p + 1, p + 1) = pull.dot(problem.prior.cwiseAbs2());
  equations.gram.triangularView<Eigen::StrictlyLower>() = equations.gram.transpose();
  return equations;
}

// The normal equations with every parameter in units of its own effect, so that tolerances
// mean the same for each.
class ScaledEquations {
 public:
  explicit ScaledEquations(const NormalEquations& equations)
      : unit_(equations.gram.diagonal().cwiseSqrt().unaryExpr(
            [](double size) { return size > 0 ? 1 / size : 1.0; })),
        gram_(unit_.asDiagonal() * equations.gram * unit_.asDiagonal()),
        target_(unit_.cwiseProduct(equations.target)) {}

  VectorXd ToScaled(const VectorXd& z) const { return z.cwiseQuotient(unit_); }
  VectorXd FromScaled(const VectorXd& z) const { return z.cwiseProduct(unit_); }

  // Half of what the loss falls with each parameter.
  VectorXd Slope(const VectorXd& z) const { return target_ - gram_ * z; }
  double SlopeTolerance() const { return 1e-11 * target_.cwiseAbs().maxCoeff(); }

  // The least squares over the `free` parameters, the others at 0.
  VectorXd Solve(const std::vector<Index>& free) const {
    // Keeps columns that are alike to the last digit solvable.
    constexpr double kJitter = 1e-13;
    Eigen::MatrixXd gram = gram_(free, free);
    gram.diagonal().array() += kJitter;
    VectorXd z = VectorXd::Zero(target_.size());
    const VectorXd target = target_(free);
    const VectorXd solved = gram.ldlt().solve(target);
    z(free) = solved;
    return z;
  }

 private:
  VectorXd unit_;
  Eigen::MatrixXd gram_;
  VectorXd target_;
};

// Moves z to the least squares over the free parameters, as far as it stays >= 0; those that
// arrive at 0 are free no more.
void DescendFree(const ScaledEquations& equations, std::vector<Index>& free, VectorXd& z) {
  while (!free.empty()) {
    const VectorXd goal = equations.Solve(free);
    double step = 1;
    Index first_at_zero = -1;
    for (const Index j : free) {
      if (goal(j) > 0) continue;
      const double reach = z(j) > 0 ? z(j) / (z(j) - goal(j)) : 0;
      if (first_at_zero >= 0 && reach >= step) continue;
      step = reach;
      first_at_zero = j;
    }
    z += step * (goal - z);
    if (first_at_zero < 0) return;
    z(first_at_zero) = 0;
    std::erase_if(free, [&](Index j) { return z(j) <= 0; });
    z = z.cwiseMax(0);
  }
}

// Lawson and Hanson (1974), chapter 23, started from the parameters that are not 0.
void Minimise(const NormalEquations& normal, VectorXd& unscaled) {
  const ScaledEquations equations(normal);
  const Index size = unscaled.size();
  VectorXd z = equations.ToScaled(unscaled);
  std::vector<Index> free;
  for (Index j = 0; j < size; ++j) {
    if (z(j) > 0) free.push_back(j);
  }
  DescendFree(equations, free, z);
  Index refused = -1;  // came in and went out at once: rounding errors
  // Each round lowers the loss, so no set of free parameters comes back.
  for (Index round = 0; round < 10 * size; ++round) {
    VectorXd slope = equations.Slope(z);
    for (const Index j : free) slope(j) = 0;
    if (refused >= 0) slope(refused) = 0;
    Index steepest = 0;
    if (slope.maxCoeff(&steepest) <= equations.SlopeTolerance()) break;
    free.push_back(steepest);
    DescendFree(equations, free, z);
    refused = z(steepest) > 0 ? -1 : steepest;
  }
  unscaled = equations.FromScaled(z);
}

}  // namespace

NonnegativeRidgeFit Solve(const NonnegativeRidgeProblem& problem) {
  const Index p = problem.x.cols();
  const VectorXd precision =
      problem.precision.size() > 0 ? problem.precision : VectorXd::Ones(problem.x.rows());
  VectorXd trust = precision;
  VectorXd z = VectorXd::Ones(p + 2);
  for (int round = 0; round <= problem.robust_rounds; ++round) {
    Minimise(Assemble(problem, trust), z);
    if (round == problem.robust_rounds) break;
    const VectorXd residuals = (problem.y - problem.x * z.head(p)).array() - z(p);
    trust = precision.cwiseProduct(HuberTrust(residuals.cwiseProduct(precision.cwiseSqrt())));
  }
  return {z(p), z.head(p)};
}

VectorXd SolveFree(const Eigen::MatrixXd& x, const VectorXd& y, const NonnegativeRidgeFit& around) {
  // Just enough to keep the equations solvable.
  constexpr double kJitter = 1e-9;
  Eigen::MatrixXd design(x.rows(), x.cols() + 1);
  design.col(0).setOnes();
  design.rightCols(x.cols()) = x;
  VectorXd center(x.cols() + 1);
  center << around.intercept, around.u;

  const VectorXd offset = y - design * center;

  VectorXd trust = HuberTrust(offset);
  VectorXd move;
  constexpr int kRobustRounds = 3;
  for (int round = 0; round < kRobustRounds; ++round) {
    const Eigen::MatrixXd weighted = trust.asDiagonal() * design;
    Eigen::MatrixXd gram = design.transpose() * weighted;
    gram.diagonal() += VectorXd(kJitter * gram.diagonal().array() + 1e-300);
    move = gram.ldlt().solve(weighted.transpose() * offset);
    trust = HuberTrust(offset - design * move);
  }
  return center + move;
}

}  // namespace loadcurve
