#include "metrics/instance_speed.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "metrics/huber.h"

namespace loadcurve {
namespace {

constexpr double kNinetyPercent = 1.645;  // standard errors to either side
constexpr int kReweightings = 5;
constexpr std::ptrdiff_t kFewestToJudgeBy = 3;

// One family in one window.
struct Observation {
  std::size_t window;
  Eigen::Index family;
  double pods;
  double load;  // of a pod
  double log_cpu;
};

// What is compared: the families that hang together with the reference, which is the first.
struct Comparison {
  std::vector<std::string> families;
  std::vector<Observation> observations;  // by window
  std::size_t windows = 0;
};

std::set<std::string> HangingTogether(std::span<const FamilyWindow> windows,
                                      const std::string& reference) {
  std::set<std::string> reached = {reference};
  for (std::size_t before = 0; before < reached.size();) {
    before = reached.size();
    for (const FamilyWindow& window : windows) {
      if (std::ranges::none_of(window,
                               [&](const auto& use) { return reached.contains(use.family); }))
        continue;
      for (const FamilyUse& use : window) reached.insert(use.family);
    }
  }
  return reached;
}

Comparison ComparisonOf(std::span<const FamilyWindow> windows, const std::string& reference) {
  Comparison comparison;
  const std::set<std::string> reached = HangingTogether(windows, reference);
  std::map<std::string, Eigen::Index> index = {{reference, 0}};
  comparison.families = {reference};
  for (const std::string& family : reached) {
    if (!index.try_emplace(family, std::ssize(comparison.families)).second) continue;
    comparison.families.push_back(family);
  }
  for (const FamilyWindow& window : windows) {
    if (window.size() < 2 || !reached.contains(window.front().family)) continue;
    for (const FamilyUse& use : window) {
      const auto pods = static_cast<double>(use.pods.value());
      comparison.observations.push_back({comparison.windows, index.at(use.family), pods,
                                         use.load.value() / pods,
                                         std::log(use.cpu.value() / pods)});
    }
    ++comparison.windows;
  }
  return comparison;
}

struct Fit {
  Eigen::VectorXd log_costs;  // of each family; 0 of the reference
  Eigen::MatrixXd spread;     // of these without the reference, for noise of one pod of 1
  Eigen::VectorXd residuals;  // of noise of one pod
  double loss = std::numeric_limits<double>::infinity();
};

// Least squares of log(cpu / (load + idle)) by family and window, each counting as often as
// `counts` has it.
Fit LeastSquares(const Comparison& of, double idle, const Eigen::VectorXd& counts) {
  const auto families = std::ssize(of.families);
  const std::ptrdiff_t size = std::ssize(of.observations);
  const auto windows = static_cast<Eigen::Index>(of.windows);
  Eigen::VectorXd value(size);
  Eigen::VectorXd total = Eigen::VectorXd::Zero(windows);
  Eigen::VectorXd mean = Eigen::VectorXd::Zero(windows);
  const auto at = [&](Eigen::Index i) -> const Observation& {
    return of.observations[static_cast<std::size_t>(i)];
  };
  for (Eigen::Index i = 0; i < size; ++i) {
    const auto window = static_cast<Eigen::Index>(at(i).window);
    value(i) = at(i).log_cpu - std::log(at(i).load + idle);
    total(window) += counts(i);
    mean(window) += counts(i) * value(i);
  }
  mean = mean.cwiseQuotient(total);
  // The level of each window is taken out: what is left are the equations of a weighted graph.
  Eigen::MatrixXd share = Eigen::MatrixXd::Zero(windows, families);
  Eigen::MatrixXd normal = Eigen::MatrixXd::Zero(families, families);
  Eigen::VectorXd right = Eigen::VectorXd::Zero(families);
  for (Eigen::Index i = 0; i < size; ++i) {
    const auto window = static_cast<Eigen::Index>(at(i).window);
    share(window, at(i).family) += counts(i) / total(window);
    normal(at(i).family, at(i).family) += counts(i);
    right(at(i).family) += counts(i) * (value(i) - mean(window));
  }
  normal -= share.transpose() * total.asDiagonal() * share;
  Fit fit;
  const Eigen::Index others = families - 1;
  const Eigen::LDLT<Eigen::MatrixXd> solver(normal.bottomRightCorner(others, others));
  fit.log_costs = Eigen::VectorXd::Zero(families);
  fit.log_costs.tail(others) = solver.solve(right.tail(others));
  fit.spread = solver.solve(Eigen::MatrixXd::Identity(others, others));
  fit.residuals.resize(size);
  const Eigen::VectorXd expected = share * fit.log_costs;
  for (Eigen::Index i = 0; i < size; ++i) {
    const auto window = static_cast<Eigen::Index>(at(i).window);
    fit.residuals(i) = std::sqrt(at(i).pods) *
                       (value(i) - mean(window) - fit.log_costs(at(i).family) + expected(window));
  }
  return fit;
}

Fit Reweighted(const Comparison& of, double idle) {
  Eigen::VectorXd pods(std::ssize(of.observations));
  std::ranges::transform(of.observations, pods.begin(), &Observation::pods);
  Eigen::VectorXd counts = pods;
  Fit fit;
  for (int i = 0; i <= kReweightings; ++i) {
    fit = LeastSquares(of, idle, counts);
    counts = pods.cwiseProduct(HuberTrust(fit.residuals));
  }
  fit.loss = HuberLoss(fit.residuals, OrdinaryScale(fit.residuals)).sum();
  return fit;
}

// The idle load that explains best, up to as much as a pod usually serves.
Fit BestFit(const Comparison& of) {
  constexpr std::array kSharesOfLoad = {0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.7, 1.0};
  double load = 0;
  for (const Observation& each : of.observations) load += each.load;
  load /= static_cast<double>(of.observations.size());
  Fit best = Reweighted(of, 0);
  for (const double share : kSharesOfLoad) {
    Fit fit = Reweighted(of, share * load);
    if (fit.loss < best.loss) best = std::move(fit);
  }
  return best;
}

// By how much errors that stay from one window to the next widen those of a mean, at least 1:
// sqrt((1 + r) / (1 - r)) for a correlation of r (Bartlett 1935).
double Staying(const Comparison& of, const Eigen::VectorXd& residuals) {
  std::map<Eigen::Index, double> before;
  double square = 0;
  double product = 0;
  for (Eigen::Index i = 0; i < residuals.size(); ++i) {
    const auto family = of.observations[static_cast<std::size_t>(i)].family;
    const auto [last, is_first] = before.try_emplace(family, residuals(i));
    if (!is_first) {
      product += last->second * residuals(i);
      square += residuals(i) * residuals(i);
    }
    last->second = residuals(i);
  }
  const double correlation = square > 0 ? std::clamp(product / square, 0.0, 0.95) : 0;
  return std::sqrt((1 + correlation) / (1 - correlation));
}

}  // namespace

std::map<std::string, InstanceSpeed> InstanceSpeedsOf(std::span<const FamilyWindow> windows,
                                                      const std::string& reference) {
  const Comparison comparison = ComparisonOf(windows, reference);
  const std::ptrdiff_t left = std::ssize(comparison.observations) -
                              static_cast<std::ptrdiff_t>(comparison.windows) -
                              std::ssize(comparison.families);
  if (comparison.families.size() < 2 || left < kFewestToJudgeBy) return {};
  const Fit fit = BestFit(comparison);
  const double noise = std::sqrt(fit.residuals.squaredNorm() / static_cast<double>(left)) *
                       Staying(comparison, fit.residuals);
  std::vector<std::size_t> seen(comparison.families.size());
  for (const Observation& each : comparison.observations)
    ++seen[static_cast<std::size_t>(each.family)];
  std::map<std::string, InstanceSpeed> speeds;
  for (std::size_t i = 1; i < comparison.families.size(); ++i) {
    const auto at = static_cast<Eigen::Index>(i);
    const double error = kNinetyPercent * noise * std::sqrt(fit.spread(at - 1, at - 1));
    const double log_speed = -fit.log_costs(at);
    speeds[comparison.families[i]] = {.speed = std::exp(log_speed),
                                      .low = std::exp(log_speed - error),
                                      .high = std::exp(log_speed + error),
                                      .windows = seen[i]};
  }
  return speeds;
}

}  // namespace loadcurve
