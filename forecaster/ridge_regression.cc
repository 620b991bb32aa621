#include "forecaster/ridge_regression.h"

#include <Eigen/Cholesky>
#include <utility>

namespace loadcurve {
namespace {

// Of a mean square, how far it is from being exact, with room.
constexpr double kRounding = 1e-12;

// From what columns are in the mean, their covariances (the lower half) and those with the target.
LinearFit Solve(const Eigen::VectorXd& means, double target_mean, Eigen::MatrixXd gram,
                const Eigen::VectorXd& cross, double penalty) {
  // A column that never changes keeps a slope of zero.
  const Eigen::VectorXd spread = gram.diagonal().cwiseSqrt().unaryExpr(
      [](double deviation) { return deviation > 1e-12 ? deviation : 1.0; });
  gram = gram.selfadjointView<Eigen::Lower>();
  gram = spread.cwiseInverse().asDiagonal() * gram * spread.cwiseInverse().asDiagonal();
  gram.diagonal().array() += penalty;
  LinearFit fit;
  fit.slopes = gram.llt().solve(cross.cwiseQuotient(spread)).cwiseQuotient(spread);
  fit.intercept = target_mean - fit.slopes.dot(means);
  return fit;
}

}  // namespace

LinearFit FitRidge(const Eigen::MatrixXd& rows, const Eigen::VectorXd& targets,
                   const Eigen::VectorXd& weights, double penalty) {
  const Eigen::VectorXd shares = weights / weights.sum();
  const Eigen::VectorXd means = rows.transpose() * shares;
  const double target_mean = targets.dot(shares);
  const Eigen::MatrixXd centered = rows.rowwise() - means.transpose();
  const Eigen::MatrixXd weighted = shares.cwiseSqrt().asDiagonal() * centered;
  Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(rows.cols(), rows.cols());
  gram.selfadjointView<Eigen::Lower>().rankUpdate(weighted.transpose());
  const Eigen::VectorXd cross =
      centered.transpose() * (shares.array() * (targets.array() - target_mean)).matrix();
  return Solve(means, target_mean, std::move(gram), cross, penalty);
}

GrowingRidge::GrowingRidge(Eigen::Index columns)
    : sums_(Eigen::VectorXd::Zero(columns)),
      by_target_(Eigen::VectorXd::Zero(columns)),
      products_(Eigen::MatrixXd::Zero(columns, columns)) {}

void GrowingRidge::Add(const Eigen::MatrixXd& rows, const Eigen::VectorXd& targets) {
  count_ += static_cast<double>(rows.rows());
  target_ += targets.sum();
  sums_ += rows.colwise().sum().transpose();
  by_target_ += rows.transpose() * targets;
  products_.selfadjointView<Eigen::Lower>().rankUpdate(rows.transpose());
}

LinearFit GrowingRidge::Fit(double penalty) const {
  const Eigen::VectorXd means = sums_ / count_;
  const double target_mean = target_ / count_;
  Eigen::MatrixXd gram = products_ / count_ - means * means.transpose();
  // What rounding leaves of a column that never changes is nothing.
  const auto least = kRounding * products_.diagonal().array() / count_;
  gram.diagonal() = (gram.diagonal().array() > least).select(gram.diagonal(), 0);
  return Solve(means, target_mean, std::move(gram), by_target_ / count_ - target_mean * means,
               penalty);
}

}  // namespace loadcurve
