#include "metrics/weight_fit.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <utility>

#include "metrics/block_bootstrap.h"
#include "metrics/huber.h"
#include "metrics/nonnegative_ridge.h"
#include "metrics/prediction_saving.h"

namespace loadcurve {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Rows = std::vector<Index>;

// What cross-validation chooses from; the pooled curve first. The last strength is occupancy in all
// but name, so the fit can always fall back on its prior.
constexpr std::array kShapes = {CostShape::kPooledCurve, CostShape::kRouteLines,
                                CostShape::kRouteCurves};
constexpr int kRobustRounds = 3;
constexpr std::array kStrengths = {1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 1000.0};

// A model with what each of its parameters adds to the CPU of each of some windows.
struct Design {
  CostModel model;
  MatrixXd features;
};

struct Choice {
  const Design* design = nullptr;
  double lambda = 0;
};

// A fitted model that can predict windows it has not seen.
struct FittedCost {
  CostModel model;
  NonnegativeRidgeFit fit;
};

VectorXd PredictFrom(const MatrixXd& features, const NonnegativeRidgeFit& fit) {
  return (features * fit.u).array() + fit.intercept;
}

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

// Empty where all are alike.
VectorXd PrecisionOf(const CostWindows& windows, const Rows& rows) {
  return windows.precision.size() > 0 ? VectorXd(windows.precision(rows)) : VectorXd();
}

NonnegativeRidgeFit SolveCost(const Design& design, const CostWindows& windows, const Rows& rows,
                              double lambda, int robust_rounds) {
  return Solve({.x = design.features(rows, Eigen::all),
                .y = windows.cores(rows),
                .prior = design.model.OccupancyPrior(),
                .lambda = lambda,
                .robust_rounds = robust_rounds,
                .precision = PrecisionOf(windows, rows)});
}

Rows AllRows(const CostWindows& windows) {
  Rows rows(static_cast<std::size_t>(windows.size()));
  std::iota(rows.begin(), rows.end(), Index{0});
  return rows;
}

Design DesignOf(CostShape shape, const CostWindows& seen, const CostWindows& windows) {
  CostModel model(shape, seen);
  MatrixXd features = model.Features(windows);
  return {std::move(model), std::move(features)};
}

// Of each shape, its knots laid by what was `seen`.
std::vector<Design> DesignsOf(const CostWindows& seen, const CostWindows& windows) {
  std::vector<Design> designs;
  for (const CostShape shape : kShapes) designs.push_back(DesignOf(shape, seen, windows));
  return designs;
}

struct Fold {
  Rows training;
  Rows held_out;
};

// Contiguous blocks of `rows`.
std::vector<Fold> FoldsOf(const Rows& rows, int count) {
  std::vector<Fold> folds(static_cast<std::size_t>(count));
  for (std::size_t k = 0; k < folds.size(); ++k) {
    const std::size_t begin = rows.size() * k / folds.size();
    const std::size_t end = rows.size() * (k + 1) / folds.size();
    for (std::size_t i = 0; i < rows.size(); ++i)
      (i >= begin && i < end ? folds[k].held_out : folds[k].training).push_back(rows[i]);
  }
  return folds;
}

// What a model fitted to the other blocks misses in each block of `rows`, block after block, where
// windows differ in precision in units of what each usually misses.
VectorXd HeldOutResiduals(const Design& design, double lambda, const CostWindows& windows,
                          const std::vector<Fold>& folds) {
  std::vector<double> residuals;
  for (const Fold& fold : folds) {
    const auto fit = SolveCost(design, windows, fold.training, lambda, 1);
    VectorXd missed =
        windows.cores(fold.held_out) - PredictFrom(design.features(fold.held_out, Eigen::all), fit);
    const VectorXd precision = PrecisionOf(windows, fold.held_out);
    if (precision.size() > 0) missed = missed.cwiseProduct(precision.cwiseSqrt());
    residuals.insert(residuals.end(), missed.begin(), missed.end());
  }
  return Eigen::Map<const VectorXd>(residuals.data(), static_cast<Index>(residuals.size()));
}

// The choice with the least loss on held-out blocks of `rows`: Huber's, with the scale of the
// choice whose ordinary residuals are smallest, or windows gone wrong would choose.
Choice Choose(const std::vector<Design>& designs, const CostWindows& windows, const Rows& rows,
              int fold_count) {
  const std::vector<Fold> folds = FoldsOf(rows, fold_count);
  std::vector<Choice> choices;
  std::vector<VectorXd> residuals;
  double scale = std::numeric_limits<double>::infinity();
  for (const Design& design : designs) {
    for (const double lambda : kStrengths) {
      choices.push_back({&design, lambda});
      residuals.push_back(HeldOutResiduals(design, lambda, windows, folds));
      scale = std::min(scale, OrdinaryScale(residuals.back()));
    }
  }
  std::vector<double> losses;
  for (const VectorXd& missed : residuals) losses.push_back(HuberLoss(missed, scale).sum());
  const auto least = std::min_element(losses.begin(), losses.end());
  return choices[static_cast<std::size_t>(least - losses.begin())];
}

// Held-out predictions of each rival, window by window.
struct Predictions {
  VectorXd constant, count, occupancy, cudgx, fitted;
};

Predictions PredictHeldOut(const CostWindows& windows, const WeightFitOptions& options) {
  const Index n = windows.size();
  Predictions predictions{VectorXd(n), VectorXd(n), VectorXd(n), VectorXd(n), VectorXd(n)};
  const auto line = [](const CostWindows& training, const CostWindows& held_out, auto load_of) {
    const LineFit fit = FitLine(load_of(training), training.cores);
    return VectorXd((fit.factor * load_of(held_out)).array() + fit.idle);
  };
  for (const Fold& fold : FoldsOf(AllRows(windows), options.folds)) {
    const CostWindows training = windows.Rows(fold.training);
    const CostWindows held_out = windows.Rows(fold.held_out);
    predictions.constant(fold.held_out)
        .setConstant(QuantileOf({training.cores.begin(), training.cores.end()}, 0.5));
    predictions.count(fold.held_out) = line(training, held_out, RequestTotal);
    predictions.occupancy(fold.held_out) = line(training, held_out, HeldTotal);
    predictions.cudgx(fold.held_out) = line(training, held_out, CudgxTotal);
    predictions.fitted(fold.held_out) =
        PredictUnseen(windows, fold.training, fold.held_out, options.folds - 1);
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

// What each parameter adds to the CPU of a mean ordinary request.
VectorXd MeanRequest(const CostModel& model, const CostWindows& windows) {
  CostWindows ordinary = windows;
  for (std::size_t c = 0; c < windows.columns.size(); ++c) {
    const std::string& route = windows.columns[c].route;
    if (route != kErrorRoute && route != kLongLivedRoute) continue;
    ordinary.requests.col(static_cast<Index>(c)).setZero();
    ordinary.held.col(static_cast<Index>(c)).setZero();
  }
  const VectorXd added = model.Features(ordinary).colwise().sum().transpose();
  const double requests = ordinary.requests.sum();
  return requests > 0 ? VectorXd(added / requests) : VectorXd::Zero(added.size());
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

// What the chosen rows alone say of a model, without bounds.
FittedCost Refitted(const FittedCost& fitted, const MatrixXd& features, const CostWindows& windows,
                    const Rows& rows) {
  const VectorXd free = SolveFree(features(rows, Eigen::all), windows.cores(rows), fitted.fit);
  return {fitted.model, {free(0), free.tail(free.size() - 1)}};
}

// Intervals from fits without bounds on resampled blocks, cut at zero: where the true cost
// is zero a bounded fit would be too sure of itself.
void AddIntervals(const CostWindows& windows, const FittedCost& fitted, const FittedCost& pooled,
                  const WeightFitOptions& options, WeightFit& result) {
  std::mt19937_64 random(options.seed);
  const MatrixXd features = fitted.model.Features(windows);
  const MatrixXd pooled_features = pooled.model.Features(windows);
  const VectorXd mean_request = MeanRequest(fitted.model, windows);
  std::vector<std::vector<double>> samples;
  for (int i = 0; i < options.resamples; ++i) {
    const Rows rows = ResampleBlocks(windows.size(), random);
    const FittedCost again = Refitted(fitted, features, windows, rows);
    const FittedCost pooled_again = Refitted(pooled, pooled_features, windows, rows);
    result.resampled_cpu_per_request.push_back(std::max(0.0, mean_request.dot(again.fit.u)));
    result.resampled_idle.push_back(std::max(0.0, again.fit.intercept));
    std::size_t at = 0;
    for (const WeightCurve& curve : AllCurves(again, pooled_again)) {
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

double RoughError(const CostWindows& windows) {
  constexpr double kOrdinaryShare = 0.9;
  const Design design = DesignOf(CostShape::kRouteLines, windows, windows);
  const auto fit = SolveCost(design, windows, AllRows(windows), 1e-3, kRobustRounds);
  std::vector<double> sizes;
  for (const double missed : VectorXd(windows.cores - PredictFrom(design.features, fit)))
    sizes.push_back(std::abs(missed));
  std::sort(sizes.begin(), sizes.end());
  sizes.resize(
      static_cast<std::size_t>(std::ceil(kOrdinaryShare * static_cast<double>(sizes.size()))));
  return std::accumulate(sizes.begin(), sizes.end(), 0.0) / static_cast<double>(sizes.size());
}

VectorXd PredictUnseen(const CostWindows& windows, const std::vector<Index>& training,
                       const std::vector<Index>& unseen, int folds) {
  const std::vector<Design> designs = DesignsOf(windows.Rows(training), windows);
  const Choice choice = Choose(designs, windows, training, folds);
  const auto fit = SolveCost(*choice.design, windows, training, choice.lambda, kRobustRounds);
  return PredictFrom(choice.design->features(unseen, Eigen::all), fit);
}

Result<WeightFit> FitWeights(const CostWindows& windows, const WeightFitOptions& options) {
  LC_TRY_VOID(CheckEvidence(windows));
  const Rows rows = AllRows(windows);
  const std::vector<Design> designs = DesignsOf(windows, windows);
  const Choice choice = Choose(designs, windows, rows, options.folds);
  const auto fit_with = [&](const Design& design) {
    return FittedCost{design.model, SolveCost(design, windows, rows, choice.lambda, kRobustRounds)};
  };
  const FittedCost fitted = fit_with(*choice.design);
  const FittedCost pooled = fit_with(designs.front());

  WeightFit result;
  result.curves = AllCurves(fitted, pooled);
  result.idle = CpuCores(fitted.fit.intercept);
  result.cpu_per_request = CpuSeconds(MeanRequest(fitted.model, windows).dot(fitted.fit.u));
  result.shape = fitted.model.shape();
  result.lambda = choice.lambda;
  result.condition_number = ConditionNumber(choice.design->features);
  AddIntervals(windows, fitted, pooled, options, result);
  return result;
}

Result<RequestWeights> FittedWeights(const WeightFit& fit) {
  const double reference = fit.cpu_per_request.value();
  if (!(reference > 0))
    return Fail(ErrorCode::kInsufficientData, "the CPU does not rise with the requests");
  std::vector<WeightCurve> curves = fit.curves;
  for (WeightCurve& curve : curves) {
    for (WeightKnot& knot : curve.knots) {
      knot.weight /= reference;
      knot.low /= reference;
      knot.high /= reference;
    }
  }
  return RequestWeights::Fitted(std::move(curves), fit.cpu_per_request);
}

OutOfSampleFits JudgeOutOfSample(const CostWindows& windows, const WeightFitOptions& options) {
  std::mt19937_64 random(options.seed + 1);
  const Predictions predictions = PredictHeldOut(windows, options);
  const VectorXd& cores = windows.cores;
  return {.count = Judge(predictions.count, cores, options.resamples, random),
          .occupancy = Judge(predictions.occupancy, cores, options.resamples, random),
          .cudgx = Judge(predictions.cudgx, cores, options.resamples, random),
          .fitted = Judge(predictions.fitted, cores, options.resamples, random),
          .saving_in_errors = SavingInErrors(predictions.fitted, predictions.occupancy, cores),
          .saving_over_constant_in_errors =
              SavingInErrors(predictions.fitted, predictions.constant, cores)};
}

}  // namespace loadcurve
