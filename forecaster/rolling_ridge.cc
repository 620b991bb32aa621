#include "forecaster/rolling_ridge.h"

#include <Eigen/Cholesky>
#include <algorithm>

namespace loadcurve {
namespace {

Eigen::Index Size(std::size_t columns) {
  return static_cast<Eigen::Index>(columns) + 1;
}

}  // namespace

RollingRidge::RollingRidge(std::size_t columns, std::size_t blocks, double penalty)
    : columns_(columns),
      most_blocks_(blocks),
      penalty_(penalty),
      coefficients_(Eigen::VectorXd::Zero(Size(columns))),
      extended_(Eigen::VectorXd::Ones(Size(columns))) {}

void RollingRidge::Add(std::size_t block, const Eigen::VectorXd& row, double target,
                       double weight) {
  const Eigen::Index size = Size(columns_);
  if (blocks_.empty() || blocks_.back().number != block) {
    blocks_.push_back({block, Eigen::MatrixXd::Zero(size, size), Eigen::VectorXd::Zero(size)});
    if (blocks_.size() > most_blocks_) blocks_.pop_front();
  }
  extended_.tail(size - 1) = row;
  Block& last = blocks_.back();
  last.products.selfadjointView<Eigen::Lower>().rankUpdate(extended_, weight);
  last.targets += weight * target * extended_;
}

void RollingRidge::Refit() {
  if (blocks_.empty()) return;
  const Eigen::Index size = Size(columns_);
  Eigen::MatrixXd products = Eigen::MatrixXd::Zero(size, size);
  Eigen::VectorXd targets = Eigen::VectorXd::Zero(size);
  for (const Block& block : blocks_) {
    products += block.products;
    targets += block.targets;
  }
  const double rows = products(0, 0);  // the sum of the weights
  if (!(rows > 0)) return;
  for (Eigen::Index i = 1; i < size; ++i)
    products(i, i) += penalty_ * products(i, i) + 1e-12 * rows;
  products = products.selfadjointView<Eigen::Lower>();
  const Eigen::VectorXd solution = products.ldlt().solve(targets);
  if (solution.allFinite()) coefficients_ = solution;
}

double RollingRidge::At(const Eigen::VectorXd& row) const {
  return coefficients_(0) + coefficients_.tail(Size(columns_) - 1).dot(row);
}

}  // namespace loadcurve
