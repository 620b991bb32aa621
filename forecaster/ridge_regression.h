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

// The same of rows that come bit by bit and all weigh the same: only their sums are kept, so
// that fitting anew costs what is new. Rows are best given less a value that they are close to, as
// sums of squares far from 0 say little of what is about their mean.
class GrowingRidge {
 public:
  explicit GrowingRidge(Eigen::Index columns);

  void Add(const Eigen::MatrixXd& rows, const Eigen::VectorXd& targets);
  // At least one row must have been added.
  LinearFit Fit(double penalty) const;

 private:
  double count_ = 0;
  double target_ = 0;
  Eigen::VectorXd sums_;
  Eigen::VectorXd by_target_;  // sums of row x target
  Eigen::MatrixXd products_;   // of row x row', the lower half
};

}  // namespace loadcurve
