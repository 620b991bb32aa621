#include "metrics/weight_fit.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <utility>

#include "metrics/block_bootstrap.h"
#include "metrics/nonnegative_ridge.h"

namespace loadcurve {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Rows = std::vector<Index>;

// What cross-validation chooses from. The last strength is occupancy in all but name, so
// the fit can always fall back on its prior.
constexpr CostShape kShapes[] = {CostShape::kPooledCurve, CostShape::kRouteLines,
                                 CostShape::kRouteCurves};
constexpr double kStrengths[] = {1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 1000};

struct Choice {
  CostShape shape = CostShape::kPooledCurve;
  double lambda = kStrengths[6];
};

// A fitted model that can predict windows it has not seen.
struct FittedCost {
  CostModel model;
  NonnegativeRidgeFit fit;

  VectorXd Predict(const CostWindows& windows) const {
    return (model.Features(windows) * fit.u).array() + fit.intercept;
  }
};

VectorXd HeldTotal(const CostWindows& windows) {
  return windows.held.rowwise().sum();
}
VectorXd RequestTotal(const CostWindows& windows) {
  return windows.requests.rowwise().sum();
}

VectorXd CudgxTotal(const CostWindows& windows) {
  const RequestWeights weights = RequestWeights::Cudgx();
  VectorXd total = VectorXd::Zero(windows.size());
  for (Index column = 0; column < windows.requests.cols(); ++column) {
    for (Index row = 0; row < windows.size(); ++row) {
      const double requests = windows.requests(row, column);
      if (requests <= 0) continue;
      const Duration mean(std::llround(windows.held(row, column) / requests * 1e6));
      total(row) += requests * weights.CostOf({}, mean);
    }
  }
  return total;
}

NonnegativeRidgeFit SolveCost(const CostModel& model, const CostWindows& windows, double lambda,
                              int robust_rounds) {
  const LineFit line = FitLine(HeldTotal(windows), windows.cores);
  return Solve({.x = model.Features(windows),
                .y = windows.cores,
                .prior = model.OccupancyPrior(line.factor),
                .lambda = lambda,
                .robust_rounds = robust_rounds});
}

FittedCost FitCost(const Choice& choice, const CostWindows& windows) {
  CostModel model(choice.shape, windows);
  NonnegativeRidgeFit fit = SolveCost(model, windows, choice.lambda, 3);
  return {std::move(model), std::move(fit)};
}

struct Fold {
  Rows training;
  Rows held_out;
};

std::vector<Fold> FoldsOf(Index size, int count) {
  std::vector<Fold> folds(static_cast<std::size_t>(count));
  for (int k = 0; k < count; ++k) {
    const Index begin = size * k / count;
    const Index end = size * (k + 1) / count;
    for (Index row = 0; row < size; ++row) {
      Fold& fold = folds[static_cast<std::size_t>(k)];
      (row >= begin && row < end ? fold.held_out : fold.training).push_back(row);
    }
  }
  return folds;
}

// The choice with the least squared error on held-out blocks.
Choice Choose(const CostWindows& windows, int fold_count) {
  const std::vector<Fold> folds = FoldsOf(windows.size(), fold_count);
  Choice best;
  double least = std::numeric_limits<double>::infinity();
  for (const CostShape shape : kShapes) {
    const CostModel model(shape, windows);
    for (const double lambda : kStrengths) {
      double error = 0;
      for (const Fold& fold : folds) {
        const CostWindows held_out = windows.Rows(fold.held_out);
        const FittedCost fitted{model, SolveCost(model, windows.Rows(fold.training), lambda, 1)};
        error += (fitted.Predict(held_out) - held_out.cores).squaredNorm();
      }
      if (error < least) {
        least = error;
        best = {shape, lambda};
      }
    }
  }
  return best;
}

// Held-out predictions of each rival, window by window.
struct Predictions {
  VectorXd count, occupancy, cudgx, fitted;
};

Predictions PredictHeldOut(const CostWindows& windows, const WeightFitOptions& options) {
  const Index n = windows.size();
  Predictions predictions{VectorXd(n), VectorXd(n), VectorXd(n), VectorXd(n)};
  const auto line = [](const CostWindows& training, const CostWindows& held_out, auto load_of) {
    const LineFit fit = FitLine(load_of(training), training.cores);
    return VectorXd((fit.factor * load_of(held_out)).array() + fit.idle);
  };
  for (const Fold& fold : FoldsOf(n, options.folds)) {
    const CostWindows training = windows.Rows(fold.training);
    const CostWindows held_out = windows.Rows(fold.held_out);
    predictions.count(fold.held_out) = line(training, held_out, RequestTotal);
    predictions.occupancy(fold.held_out) = line(training, held_out, HeldTotal);
    predictions.cudgx(fold.held_out) = line(training, held_out, CudgxTotal);
    const Choice choice = Choose(training, options.folds - 1);
    predictions.fitted(fold.held_out) = FitCost(choice, training).Predict(held_out);
  }
  return predictions;
}

double R2Of(const VectorXd& predicted, const VectorXd& measured) {
  const double deviation = (measured.array() - measured.mean()).matrix().squaredNorm();
  if (deviation <= 0) return 0;
  return 1 - (measured - predicted).squaredNorm() / deviation;
}

double CorrelationOf(const VectorXd& a, const VectorXd& b) {
  const VectorXd x = a.array() - a.mean();
  const VectorXd y = b.array() - b.mean();
  const double scale = x.norm() * y.norm();
  return scale > 0 ? x.dot(y) / scale : 0;
}

double StandardDeviation(const std::vector<double>& values) {
  const double mean =
      std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

OutOfSampleFit Judge(const VectorXd& predicted, const VectorXd& measured, int resamples,
                     std::mt19937_64& random) {
  std::vector<double> r2;
  std::vector<double> correlation;
  for (int i = 0; i < resamples; ++i) {
    const Rows rows = ResampleBlocks(measured.size(), random);
    r2.push_back(R2Of(predicted(rows), measured(rows)));
    correlation.push_back(CorrelationOf(predicted(rows), measured(rows)));
  }
  return {R2Of(predicted, measured), StandardDeviation(r2), CorrelationOf(predicted, measured),
          StandardDeviation(correlation)};
}

double SavingInErrors(const Predictions& predictions, const VectorXd& measured) {
  const VectorXd saving = (predictions.occupancy - measured).array().square() -
                          (predictions.fitted - measured).array().square();
  std::vector<double> blocks;
  const Index length = BlockLength(saving.size());
  for (Index start = 0; start + length <= saving.size(); start += length)
    blocks.push_back(saving.segment(start, length).mean());
  const double error = StandardDeviation(blocks) / std::sqrt(static_cast<double>(blocks.size()));
  return error > 0 ? saving.mean() / error : 0;
}

// Of the features scaled to equal size; columns of zeros say nothing and are left out.
double ConditionNumber(const MatrixXd& features) {
  std::vector<Index> used;
  for (Index j = 0; j < features.cols(); ++j) {
    if (features.col(j).squaredNorm() > 0) used.push_back(j);
  }
  MatrixXd scaled = features(Eigen::all, used);
  scaled.colwise().normalize();
  const VectorXd eigenvalues =
      Eigen::SelfAdjointEigenSolver<MatrixXd>(scaled.transpose() * scaled, Eigen::EigenvaluesOnly)
          .eigenvalues();
  const double least = eigenvalues.minCoeff();
  if (least <= 0) return std::numeric_limits<double>::infinity();
  return std::sqrt(eigenvalues.maxCoeff() / least);
}

// CPU seconds of a mean ordinary request.
double CpuPerRequest(const FittedCost& fitted, const CostWindows& windows) {
  CostWindows ordinary = windows;
  for (std::size_t c = 0; c < windows.columns.size(); ++c) {
    const std::string& route = windows.columns[c].route;
    if (route != kErrorRoute && route != kLongLivedRoute) continue;
    ordinary.requests.col(static_cast<Index>(c)).setZero();
    ordinary.held.col(static_cast<Index>(c)).setZero();
  }
  const double requests = ordinary.requests.sum();
  if (requests <= 0) return 0;
  return (fitted.model.Features(ordinary) * fitted.fit.u).sum() / requests;
}

// All curves of a fit, the route curves and the pooled one, in the order of their names.
std::vector<WeightCurve> AllCurves(const FittedCost& fitted, const FittedCost& pooled) {
  std::vector<WeightCurve> curves = fitted.model.Curves(fitted.fit.u);
  const auto has = [&](std::string_view route) {
    return std::any_of(curves.begin(), curves.end(),
                       [&](const WeightCurve& curve) { return curve.route == route; });
  };
  for (WeightCurve& curve : pooled.model.Curves(pooled.fit.u)) {
    if (!has(curve.route)) curves.push_back(std::move(curve));
  }
  std::sort(curves.begin(), curves.end(),
            [](const WeightCurve& a, const WeightCurve& b) { return a.route < b.route; });
  return curves;
}

// A model with its features of all windows, so that resampling need not make them again.
struct Resampled {
  const FittedCost& fitted;
  MatrixXd features;
  FittedCost copy = fitted;

  // Moves `copy` to what the chosen rows alone say, without bounds.
  void Refit(const CostWindows& windows, const Rows& rows) {
    const VectorXd free = SolveFree(features(rows, Eigen::all), windows.cores(rows), fitted.fit);
    copy.fit.intercept = free(0);
    copy.fit.u = free.tail(free.size() - 1);
  }
};

// Intervals from fits without bounds on resampled blocks, cut at zero: where the true cost
// is zero a bounded fit would be too sure of itself.
void AddIntervals(const CostWindows& windows, const FittedCost& fitted, const FittedCost& pooled,
                  const WeightFitOptions& options, WeightFit& result) {
  std::mt19937_64 random(options.seed);
  Resampled route_model{fitted, fitted.model.Features(windows)};
  Resampled pooled_model{pooled, pooled.model.Features(windows)};
  std::vector<std::vector<double>> samples;
  for (int i = 0; i < options.resamples; ++i) {
    const Rows rows = ResampleBlocks(windows.size(), random);
    route_model.Refit(windows, rows);
    pooled_model.Refit(windows, rows);
    result.resampled_cpu_per_request.push_back(
        std::max(0.0, CpuPerRequest(route_model.copy, windows)));
    result.resampled_idle.push_back(std::max(0.0, route_model.copy.fit.intercept));
    std::size_t at = 0;
    for (const WeightCurve& curve : AllCurves(route_model.copy, pooled_model.copy)) {
      for (const WeightKnot& knot : curve.knots) {
        if (samples.size() <= at) samples.emplace_back();
        samples[at++].push_back(std::max(0.0, knot.weight));
      }
    }
  }
  std::size_t at = 0;
  for (WeightCurve& curve : result.curves) {
    for (WeightKnot& knot : curve.knots) {
      const std::vector<double>& values = samples[at++];
      knot.low = std::min(knot.weight, QuantileOf(values, 0.05));
      knot.high = std::max(knot.weight, QuantileOf(values, 0.95));
    }
  }
}

Result<void> CheckEvidence(const CostWindows& windows) {
  if (windows.size() < kFewestWindows)
    return Fail(ErrorCode::kInsufficientData, "only " + std::to_string(windows.size()) +
                                                  " usable windows; at least " +
                                                  std::to_string(kFewestWindows) + " are needed");
  const auto changes = [](const VectorXd& values) {
    return values.maxCoeff() - values.minCoeff() > 1e-3 * std::abs(values.mean());
  };
  if (!changes(windows.cores)) return Fail(ErrorCode::kInsufficientData, "the CPU never changes");
  if (!changes(HeldTotal(windows)) && !changes(RequestTotal(windows)))
    return Fail(ErrorCode::kInsufficientData, "the load never changes");
  return {};
}

}  // namespace

LineFit FitLine(const VectorXd& load, const VectorXd& cores) {
  const NonnegativeRidgeFit fit =
      Solve({.x = load, .y = cores, .prior = VectorXd::Zero(1), .lambda = 0, .robust_rounds = 3});
  return {fit.intercept, fit.u(0)};
}

double RoughR2(const CostWindows& windows) {
  const Choice choice{CostShape::kRouteLines, 1e-2};
  return R2Of(FitCost(choice, windows).Predict(windows), windows.cores);
}

Result<WeightFit> FitWeights(const CostWindows& windows, const WeightFitOptions& options) {
  LC_TRY_VOID(CheckEvidence(windows));
  const Choice choice = Choose(windows, options.folds);
  const FittedCost fitted = FitCost(choice, windows);
  const FittedCost pooled = FitCost({CostShape::kPooledCurve, choice.lambda}, windows);

  WeightFit result;
  result.curves = AllCurves(fitted, pooled);
  result.idle = CpuCores(fitted.fit.intercept);
  result.cpu_per_request = CpuSeconds(CpuPerRequest(fitted, windows));
  result.shape = choice.shape;
  result.lambda = choice.lambda;
  result.condition_number = ConditionNumber(fitted.model.Features(windows));
  AddIntervals(windows, fitted, pooled, options, result);
  return result;
}

OutOfSampleFits JudgeOutOfSample(const CostWindows& windows, const WeightFitOptions& options) {
  std::mt19937_64 random(options.seed + 1);
  const Predictions predictions = PredictHeldOut(windows, options);
  const VectorXd& cores = windows.cores;
  return {.count = Judge(predictions.count, cores, options.resamples, random),
          .occupancy = Judge(predictions.occupancy, cores, options.resamples, random),
          .cudgx = Judge(predictions.cudgx, cores, options.resamples, random),
          .fitted = Judge(predictions.fitted, cores, options.resamples, random),
          .saving_in_errors = SavingInErrors(predictions, cores)};
}

}  // namespace loadcurve
