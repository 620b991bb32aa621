#include "metrics/capacity/scalability_fit.h"

#include <Eigen/Dense>
#include <cmath>
#include <limits>
#include <vector>

namespace loadcurve {
namespace {

constexpr Eigen::Index kTerms = 3;

// Least squares with all of three factors >= 0: the best of the solutions with any of them at 0.
Eigen::Vector3d SolveNonnegative(const Eigen::MatrixXd& x, const Eigen::VectorXd& y) {
  Eigen::Vector3d best = Eigen::Vector3d::Zero();
  double least = std::numeric_limits<double>::infinity();
  for (unsigned free = 1; free < 8; ++free) {
    std::vector<Eigen::Index> columns;
    for (Eigen::Index i = 0; i < kTerms; ++i)
      if ((free >> static_cast<unsigned>(i) & 1U) != 0) columns.push_back(i);
    const Eigen::MatrixXd part = x(Eigen::all, columns);
    const Eigen::VectorXd solution = part.colPivHouseholderQr().solve(y);
    if (solution.minCoeff() < 0) continue;
    const double error = (part * solution - y).squaredNorm();
    if (error >= least) continue;
    least = error;
    best.setZero();
    for (std::size_t i = 0; i < columns.size(); ++i)
      best(columns[i]) = solution(static_cast<Eigen::Index>(i));
  }
  return best;
}

bool TellsOfScale(const RampStep& step) {
  const bool is_answered = step.verdict == StepVerdict::kGood ||
                           step.verdict == StepVerdict::kLate ||
                           step.verdict == StepVerdict::kSaturated;
  return is_answered && step.purpose != StepPurpose::kMix && step.AnsweredRate() > 0 &&
         step.MeanInFlight() > 0;
}

}  // namespace

std::optional<ScalabilityFit> FitScalability(std::span<const RampStep> steps) {
  std::vector<Eigen::Vector3d> rows;
  for (const RampStep& step : steps) {
    if (!TellsOfScale(step)) continue;
    const double held = step.MeanInFlight() / static_cast<double>(step.replica_count());
    const double seconds = step.MeanInFlight() / step.AnsweredRate();
    rows.emplace_back(1 / seconds, held / seconds, held * held / seconds);
  }
  if (rows.size() < 4) return std::nullopt;
  Eigen::MatrixXd x(static_cast<Eigen::Index>(rows.size()), kTerms);
  for (std::size_t i = 0; i < rows.size(); ++i)
    x.row(static_cast<Eigen::Index>(i)) = rows[i].transpose();
  const Eigen::Vector3d r = SolveNonnegative(x, Eigen::VectorXd::Ones(x.rows()));
  // a = 1 / lambda, b = sigma / lambda and c = kappa / lambda of
  // R = a + b (N - 1) + c N (N - 1).
  const double c = r(2);
  const double b = r(1) + c;
  const double a = r(0) + b;
  if (!(a > 0)) return std::nullopt;
  ScalabilityFit fit{.lambda = 1 / a, .sigma = b / a, .kappa = c / a};
  const double least = r(1) + 2 * std::sqrt(r(0) * r(2));
  if (least > 0) fit.most_rate = 1 / least;
  if (r(2) > 0 && r(0) > 0) fit.most_held = std::sqrt(r(0) / r(2));
  return fit;
}

}  // namespace loadcurve
