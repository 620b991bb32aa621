#include "metrics/replica_load.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <random>

#include "metrics/block_bootstrap.h"

namespace loadcurve {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

std::string WhyNoRoom(double idle, double budget) {
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(),
                "idle CPU of %.3g cores a replica already exceeds the target of %.3g", idle,
                budget);
  return text.data();
}

SeriesKey SeriesOf(const CostWindows::Column& column) {
  SeriesKey series{"", column.route, RequestClass::kServed};
  if (series.route == kErrorRoute) series.request_class = RequestClass::kError;
  if (series.route == kLongLivedRoute) series.request_class = RequestClass::kLongLived;
  return series;
}

ReplicaLoad WithInterval(double load, const std::vector<double>& others, BindingResource binding) {
  return {MetricsQps(load), MetricsQps(std::min(load, QuantileOf(others, 0.05))),
          MetricsQps(std::max(load, QuantileOf(others, 0.95))), binding};
}

}  // namespace

UnitCost FittedUnitCost(const WeightFit& fit) {
  return {fit.cpu_per_request.value(), fit.idle.value(), fit.resampled_cpu_per_request,
          fit.resampled_idle};
}

UnitCost LineUnitCost(const VectorXd& load, const VectorXd& cores,
                      const WeightFitOptions& options) {
  const LineFit line = FitLine(load, cores);
  UnitCost cost{line.factor, line.idle, {}, {}};
  std::mt19937_64 random(options.seed);
  for (int i = 0; i < options.resamples; ++i) {
    const auto rows = ResampleBlocks(load.size(), random);
    const LineFit again = FitLine(load(rows), cores(rows));
    cost.resampled_cores.push_back(again.factor);
    cost.resampled_idle.push_back(again.idle);
  }
  return cost;
}

VectorXd LoadOf(const CostWindows& windows, const RequestWeights& weights) {
  VectorXd load = VectorXd::Zero(windows.size());
  for (Index column = 0; column < windows.requests.cols(); ++column) {
    const SeriesKey series = SeriesOf(windows.columns[static_cast<std::size_t>(column)]);
    for (Index row = 0; row < windows.size(); ++row) {
      const double requests = windows.requests(row, column);
      if (requests <= 0) continue;
      const Duration mean(std::llround(windows.held(row, column) / requests * 1e6));
      load(row) += requests * weights.CostOf(series, mean);
    }
  }
  return load;
}

std::optional<ReplicaLoad> CpuLoad(const UnitCost& cost, CpuCores budget, std::string& why_absent) {
  const auto load_with = [&](double cores, double idle) {
    return cores > 0 ? std::max(0.0, (budget.value() - idle) / cores) : 0.0;
  };
  if (cost.cores <= 0) {
    why_absent = "the CPU does not rise with the load";
    return std::nullopt;
  }
  const double load = load_with(cost.cores, cost.idle);
  if (load <= 0) {
    why_absent = WhyNoRoom(cost.idle, budget.value());
    return std::nullopt;
  }
  std::vector<double> resampled;
  for (std::size_t i = 0; i < cost.resampled_cores.size(); ++i) {
    if (cost.resampled_cores[i] > 0)
      resampled.push_back(load_with(cost.resampled_cores[i], cost.resampled_idle[i]));
  }
  if (resampled.empty()) resampled.push_back(load);
  return WithInterval(load, resampled, BindingResource::kCpu);
}

std::optional<ReplicaLoad> SlotsLoad(const CostWindows& windows, const RequestWeights& weights,
                                     BusySlots budget) {
  const VectorXd load = LoadOf(windows, weights);
  const VectorXd held = windows.held.rowwise().sum();
  if (held.sum() <= 0 || load.sum() <= 0) return std::nullopt;
  std::vector<double> by_window;
  for (Index row = 0; row < windows.size(); ++row) {
    if (held(row) > 0) by_window.push_back(budget.value() * load(row) / held(row));
  }
  return WithInterval(budget.value() * load.sum() / held.sum(), by_window, BindingResource::kSlots);
}

}  // namespace loadcurve
