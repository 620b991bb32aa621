#pragma once

#include <Eigen/Core>

namespace loadcurve {

// target = intercept + slopes . row
struct LinearFit {
  double intercept = 0;
  Eigen::VectorXd slopes;

  double At(const Eigen::Ref<const Eigen::VectorXd>& row) const {
    return intercept + slopes.dot(row);
  }
};

// Weighted ridge regression in closed form (Hoerl and Kennard, 1970). Columns are brought
// to unit variance first, so one penalty suits them all: it is in units of the variance of
// a column, > 0. The intercept is not penalized. `rows` has as many rows as `targets` and
// `weights`, at least one; weights >= 0, not all 0.
LinearFit FitRidge(const Eigen::MatrixXd& rows, const Eigen::VectorXd& targets,
                   const Eigen::VectorXd& weights, double penalty);

}  // namespace loadcurve
