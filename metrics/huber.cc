#include "metrics/huber.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace loadcurve {
namespace {

using Eigen::VectorXd;

constexpr double kHuber = 1.345;

double MedianOf(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

}  // namespace

double OrdinaryScale(const VectorXd& residuals) {
  std::vector<double> sizes(residuals.begin(), residuals.end());
  for (double& size : sizes) size = std::abs(size);
  return 1.4826 * MedianOf(std::move(sizes));
}

VectorXd HuberTrust(const VectorXd& residuals) {
  const double scale = OrdinaryScale(residuals);
  if (scale <= 0) return VectorXd::Ones(residuals.size());
  return residuals.unaryExpr([scale](double residual) {
    const double size = std::abs(residual) / scale;
    return size <= kHuber ? 1.0 : kHuber / size;
  });
}

VectorXd HuberLoss(const VectorXd& residuals, double scale) {
  const double bend = kHuber * scale;
  return residuals.unaryExpr([bend](double residual) {
    const double size = std::abs(residual);
    if (bend <= 0 || size <= bend) return size * size / 2;
    return bend * (size - bend / 2);
  });
}

}  // namespace loadcurve
