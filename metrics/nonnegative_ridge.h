#pragma once

#include <Eigen/Core>

namespace loadcurve {

// Least squares with weights >= 0 and a pull towards any multiple of a prior:
//
//   min  sum_i p_i r_i (y_i - b - x_i . u)^2  +  n lambda sum_j v_j (u_j - c prior_j)^2
//   over u >= 0, b >= 0 and c >= 0
//
// where v_j = mean_i x_ij^2 makes lambda free of units, p_i is how precise y_i is, and r_i are
// Huber's weights (metrics/huber.h) found by a few rounds of reweighting, so that single windows
// gone wrong do not bend the fit. The multiple c is fitted together with the rest: scaled by the
// prior's own fit, a prior of little worth would pull everything towards zero.
struct NonnegativeRidgeProblem {
  Eigen::MatrixXd x;      // n x p, >= 0
  Eigen::VectorXd y;      // n
  Eigen::VectorXd prior;  // p, >= 0
  double lambda = 0;      // >= 0
  int robust_rounds = 3;  // 0: plain least squares
  // n, > 0, 1 in the mean: the variance that is usual by that of y_i. Empty: all alike.
  Eigen::VectorXd precision{};
};

struct NonnegativeRidgeFit {
  double intercept = 0;
  Eigen::VectorXd u;  // p

  double Predict(const Eigen::Ref<const Eigen::VectorXd>& row) const {
    return intercept + row.dot(u);
  }
};

// Solved exactly, by an active set on the normal equations: with p of at most a hundred
// cheap. Columns of zeros get their share of the prior.
NonnegativeRidgeFit Solve(const NonnegativeRidgeProblem& problem);

// (b, u) of the same robust least squares without bounds and without a prior: its sampling
// error tells how well the windows alone determine u, also where a bound holds the fit.
// Directions that the windows say nothing about stay at `around`.
Eigen::VectorXd SolveFree(const Eigen::MatrixXd& x, const Eigen::VectorXd& y,
                          const NonnegativeRidgeFit& around);

}  // namespace loadcurve
