#include "forecaster/ridge_regression.h"

#include <Eigen/Cholesky>

namespace loadcurve {

LinearFit FitRidge(const Eigen::MatrixXd& rows, const Eigen::VectorXd& targets,
                   const Eigen::VectorXd& weights, double penalty) {
  const Eigen::VectorXd shares = weights / weights.sum();
  const Eigen::VectorXd means = rows.transpose() * shares;
  const double target_mean = targets.dot(shares);
  const Eigen::MatrixXd centered = rows.rowwise() - means.transpose();
  const Eigen::MatrixXd weighted = shares.cwiseSqrt().asDiagonal() * centered;
  Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(rows.cols(), rows.cols());
  gram.selfadjointView<Eigen::Lower>().rankUpdate(weighted.transpose());
  // A column that never changes keeps a slope of zero.
  const Eigen::VectorXd spread = gram.diagonal().cwiseSqrt().unaryExpr(
      [](double deviation) { return deviation > 1e-12 ? deviation : 1.0; });
  const Eigen::VectorXd cross =
      centered.transpose() * (shares.array() * (targets.array() - target_mean)).matrix();
  gram = gram.selfadjointView<Eigen::Lower>();
  gram = spread.cwiseInverse().asDiagonal() * gram * spread.cwiseInverse().asDiagonal();
  gram.diagonal().array() += penalty;
  LinearFit fit;
  fit.slopes = gram.llt().solve(cross.cwiseQuotient(spread)).cwiseQuotient(spread);
  fit.intercept = target_mean - fit.slopes.dot(means);
  return fit;
}

}  // namespace loadcurve
