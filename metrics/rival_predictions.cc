#include "metrics/rival_predictions.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "metrics/block_bootstrap.h"
#include "metrics/weight_fit.h"

namespace loadcurve {
namespace {

using Eigen::Index;
using Eigen::VectorXd;
using Rows = std::vector<Index>;

Rows RowsOf(Index begin, Index end) {
  Rows rows(static_cast<std::size_t>(end - begin));
  std::iota(rows.begin(), rows.end(), begin);
  return rows;
}

// A line through the promised point. The CPU without load is the median of what each window says
// of it; close to that point a window says nothing.
VectorXd Promised(const VectorXd& load, const VectorXd& cores, const Rows& training,
                  const CpuPromise& promise) {
  constexpr double kFarEnough = 0.1;
  const double budget = promise.budget.value();
  const double capacity = promise.load.value();
  std::vector<double> idles;
  for (const Index row : training) {
    const double free = 1 - load(row) / capacity;
    if (std::abs(free) > kFarEnough)
      idles.push_back((cores(row) - budget * load(row) / capacity) / free);
  }
  const double idle =
      idles.empty() ? 0 : std::clamp(QuantileOf(std::move(idles), 0.5), 0.0, budget);
  return (load * ((budget - idle) / capacity)).array() + idle;
}

}  // namespace

RivalPredictions PredictRivals(const CostWindows& windows, const VectorXd& load,
                               const std::optional<CpuPromise>& promise, int folds) {
  constexpr Index kBlocks = 5;
  constexpr Index kFirst = 2;  // of five
  const Index n = windows.size();
  const Index start = n * kFirst / kBlocks;
  const VectorXd none(n - start);
  RivalPredictions seen{windows.cores.tail(n - start), none, none, none};
  if (promise) seen.promised = none;
  for (Index block = kFirst; block < kBlocks; ++block) {
    const Index from = n * block / kBlocks;
    const Index size = n * (block + 1) / kBlocks - from;
    const Rows training = RowsOf(0, from);
    const VectorXd known = windows.cores(training);
    const LineFit line = FitLine(load(training), known);
    const Index at = from - start;
    seen.constant.segment(at, size).setConstant(QuantileOf({known.begin(), known.end()}, 0.5));
    seen.line.segment(at, size) = (load.segment(from, size) * line.factor).array() + line.idle;
    seen.candidate.segment(at, size) =
        PredictUnseen(windows, training, RowsOf(from, from + size), folds);
    if (promise)
      seen.promised->segment(at, size) =
          Promised(load, windows.cores, training, *promise).segment(from, size);
  }
  return seen;
}

double TypicalSize(const VectorXd& residuals) {
  std::vector<double> sizes;
  for (const double residual : residuals) sizes.push_back(std::abs(residual));
  std::sort(sizes.begin(), sizes.end());
  const std::size_t kept = std::max<std::size_t>(1, sizes.size() * 9 / 10);
  return std::accumulate(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(kept), 0.0) /
         static_cast<double>(kept);
}

double MixVariation(const CostWindows& windows) {
  const VectorXd totals = windows.held.rowwise().sum().cwiseMax(1e-12);
  const Eigen::MatrixXd shares = totals.cwiseInverse().asDiagonal() * windows.held;
  const Eigen::RowVectorXd usual = shares.colwise().mean();
  return 0.5 * (shares.rowwise() - usual).cwiseAbs().sum() / static_cast<double>(windows.size());
}

}  // namespace loadcurve
