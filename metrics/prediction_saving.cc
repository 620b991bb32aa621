#include "metrics/prediction_saving.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "metrics/block_bootstrap.h"
#include "metrics/huber.h"

namespace loadcurve {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

// Standard error of the mean of neighbouring windows, from blocks of them.
double BlockError(const VectorXd& values) {
  std::vector<double> blocks;
  const Index length = BlockLength(values.size());
  for (Index start = 0; start + length <= values.size(); start += length)
    blocks.push_back(values.segment(start, length).mean());
  return StandardDeviation(blocks) / std::sqrt(static_cast<double>(blocks.size()));
}

// The same if each window remembers a share of the one before (a first-order
// autoregression): sees memories longer than a block, and takes no more windows for it.
double RememberedError(const VectorXd& values) {
  constexpr double kLongestMemory = 0.95;
  const Index n = values.size();
  const VectorXd x = values.array() - values.mean();
  const double square = x.squaredNorm();
  if (n < 3 || square <= 0) return 0;
  const double memory = std::clamp(x.head(n - 1).dot(x.tail(n - 1)) / square, 0.0, kLongestMemory);
  const auto count = static_cast<double>(n);
  return std::sqrt(square / (count - 1) / count * (1 + memory) / (1 - memory));
}

// log(1 + (residual / scale)^2), as for Cauchy's distribution: how wrong a window is, in orders
// of magnitude. A rival that is always worse shows it in every window; with squares a few of
// its worst windows would make the mean saving look like chance.
VectorXd Wrongness(const VectorXd& residuals, double scale) {
  return (residuals.array() / scale).square().log1p();
}

}  // namespace

double StandardDeviation(const std::vector<double>& values) {
  const double mean =
      std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

double SavingInErrors(const VectorXd& fitted, const VectorXd& rival, const VectorXd& measured) {
  const VectorXd missed = measured - fitted;
  const double scale = std::max(OrdinaryScale(missed), 1e-9 * measured.cwiseAbs().maxCoeff());
  const VectorXd saving = Wrongness(measured - rival, scale) - Wrongness(missed, scale);
  const double error = std::max(BlockError(saving), RememberedError(saving));
  return error > 0 ? saving.mean() / error : 0;
}

}  // namespace loadcurve
