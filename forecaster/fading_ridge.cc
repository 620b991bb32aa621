#include "forecaster/fading_ridge.h"

#include <Eigen/Cholesky>

namespace loadcurve {
namespace {

// So many rows of equal weight double the penalty.
constexpr double kFewRows = 100;
// Of the mean square of a column: what rounding leaves of a variance.
constexpr double kLeastVariance = 1e-9;

}  // namespace

FadingRidge::FadingRidge(std::size_t columns, double penalty)
    : penalty_(penalty),
      products_(Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(columns) + 1,
                                      static_cast<Eigen::Index>(columns) + 1)),
      targets_(Eigen::VectorXd::Zero(static_cast<Eigen::Index>(columns) + 1)),
      slopes_(Eigen::VectorXd::Zero(static_cast<Eigen::Index>(columns))),
      extended_(Eigen::VectorXd::Ones(static_cast<Eigen::Index>(columns) + 1)) {}

void FadingRidge::Add(const Eigen::Ref<const Eigen::VectorXd>& row, double target, double weight) {
  extended_.tail(row.size()) = row;
  products_.selfadjointView<Eigen::Lower>().rankUpdate(extended_, weight);
  targets_ += weight * target * extended_;
  squared_weights_ += weight * weight;
}

void FadingRidge::Fade(double share) {
  products_ *= share;
  targets_ *= share;
  squared_weights_ *= share * share;
}

void FadingRidge::Refit() {
  const double weights = products_(0, 0);
  if (!(weights > 0)) return;
  const Eigen::Index columns = slopes_.size();
  const Eigen::VectorXd means = products_.col(0).tail(columns) / weights;
  const double target = targets_(0) / weights;
  Eigen::MatrixXd variances = products_.bottomRightCorner(columns, columns) / weights;
  const Eigen::VectorXd squares = variances.diagonal();
  variances.selfadjointView<Eigen::Lower>().rankUpdate(means, -1);
  const double penalty = penalty_ * (1 + kFewRows * squared_weights_ / (weights * weights));
  variances.diagonal() =
      (1 + penalty) * variances.diagonal() + kLeastVariance * (squares.array() + 1e-3).matrix();
  const Eigen::VectorXd crosses = targets_.tail(columns) / weights - target * means;
  const Eigen::VectorXd slopes = variances.selfadjointView<Eigen::Lower>().ldlt().solve(crosses);
  if (!slopes.allFinite()) return;
  slopes_ = slopes;
  intercept_ = target - means.dot(slopes);
}

double FadingRidge::At(const Eigen::Ref<const Eigen::VectorXd>& row) const {
  return intercept_ + slopes_.dot(row);
}

}  // namespace loadcurve
