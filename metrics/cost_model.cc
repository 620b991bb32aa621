#include "metrics/cost_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

namespace loadcurve {
namespace {

// Where a curve may bend: the shares of its held time below each knot.
constexpr std::array kCurveQuantiles = {0.2, 0.5, 0.8, 0.98};

bool IsOrdinary(const std::string& route) {
  return route != kErrorRoute && route != kLongLivedRoute;
}

struct ColumnTotal {
  double mean_seconds = 0;
  double requests = 0;
  double held = 0;
};

double MeanSeconds(std::span<const ColumnTotal> columns) {
  double held = 0;
  double requests = 0;
  for (const ColumnTotal& column : columns) {
    held += column.held;
    requests += column.requests;
  }
  return requests > 0 ? held / requests : 0;
}

std::vector<double> KnotsOf(std::vector<ColumnTotal> columns, bool is_line) {
  constexpr double kShortest = 1e-6;
  const double mean = std::max(kShortest, MeanSeconds(columns));
  if (is_line) return {mean};
  std::sort(columns.begin(), columns.end(), [](const ColumnTotal& a, const ColumnTotal& b) {
    return a.mean_seconds < b.mean_seconds;
  });
  const double total =
      std::accumulate(columns.begin(), columns.end(), 0.0,
                      [](double sum, const ColumnTotal& column) { return sum + column.held; });
  std::vector<double> knots;
  for (const double quantile : kCurveQuantiles) {
    double below = 0;
    for (const ColumnTotal& column : columns) {
      below += column.held;
      if (below < quantile * total) continue;
      // Knots closer than a fifth of each other cannot be told apart.
      if (column.mean_seconds > kShortest &&
          (knots.empty() || column.mean_seconds > 1.2 * knots.back()))
        knots.push_back(column.mean_seconds);
      break;
    }
  }
  if (knots.empty()) knots.push_back(mean);
  return knots;
}

double LongestOf(std::span<const ColumnTotal> columns) {
  double longest = 0;
  for (const ColumnTotal& column : columns) {
    if (column.requests > 0) longest = std::max(longest, column.mean_seconds);
  }
  return longest;
}

// How far `seconds` has climbed the ramp between two knots; the last ramp has no top.
double Ramp(double seconds, double from, double to, bool is_last) {
  const double climbed = std::max(0.0, (seconds - from) / (to - from));
  return is_last ? climbed : std::min(1.0, climbed);
}

Duration FromSeconds(double seconds) {
  return Duration(std::max<std::int64_t>(1, std::llround(seconds * 1e6)));
}

// A request that takes more than so many times the longest that was seen waits for its turn.
constexpr double kLongestOfWork = 2;

// Goes on with the last slope up to twice `longest`, and is level from there on.
void LevelOff(double longest, WeightCurve& curve) {
  const WeightKnot a = curve.knots[curve.knots.size() - 2];
  const WeightKnot b = curve.knots.back();
  const Duration end = std::max(FromSeconds(kLongestOfWork * longest), b.upper);
  const double climbed = static_cast<double>((end - b.upper).count()) /
                         static_cast<double>((b.upper - a.upper).count());
  const double top = b.weight + climbed * (b.weight - a.weight);
  if (end > b.upper) curve.knots.push_back({end, top, top, top});
  curve.knots.push_back({end * 2, top, top, top});
}

}  // namespace

CostWindows CostWindows::Rows(std::span<const Eigen::Index> rows) const {
  const std::vector<Eigen::Index> picked(rows.begin(), rows.end());
  return {columns, requests(picked, Eigen::all), held(picked, Eigen::all), cores(picked),
          precision.size() > 0 ? Eigen::VectorXd(precision(picked)) : Eigen::VectorXd()};
}

CostModel::CostModel(CostShape shape, const CostWindows& windows) : shape_(shape) {
  std::map<std::string, std::vector<ColumnTotal>> totals;
  std::vector<std::string> route_of_column;
  for (std::size_t c = 0; c < windows.columns.size(); ++c) {
    const auto column = static_cast<Eigen::Index>(c);
    const std::string& route = windows.columns[c].route;
    const bool is_pooled = shape == CostShape::kPooledCurve && IsOrdinary(route);
    route_of_column.push_back(is_pooled ? std::string(kAnyRoute) : route);
    totals[route_of_column.back()].push_back({windows.columns[c].mean_seconds,
                                              windows.requests.col(column).sum(),
                                              windows.held.col(column).sum()});
  }
  std::map<std::string, std::size_t> curve_of_route;
  Eigen::Index next = 0;
  for (auto& [route, columns] : totals) {
    const bool is_line = shape == CostShape::kRouteLines || !IsOrdinary(route);
    const double longest = LongestOf(columns);
    Curve curve{route, KnotsOf(std::move(columns), is_line), longest, next};
    next += static_cast<Eigen::Index>(curve.knots.size()) + 1;
    curve_of_route.emplace(route, curves_.size());
    curves_.push_back(std::move(curve));
  }
  for (const std::string& route : route_of_column)
    curve_of_column_.push_back(curve_of_route.at(route));
}

Eigen::Index CostModel::ParameterCount() const {
  if (curves_.empty()) return 0;
  return curves_.back().first + static_cast<Eigen::Index>(curves_.back().knots.size()) + 1;
}

Eigen::MatrixXd CostModel::Features(const CostWindows& windows) const {
  Eigen::MatrixXd features = Eigen::MatrixXd::Zero(windows.size(), ParameterCount());
  for (std::size_t c = 0; c < curve_of_column_.size(); ++c) {
    const auto column = static_cast<Eigen::Index>(c);
    const Curve& curve = curves_[curve_of_column_[c]];
    for (Eigen::Index row = 0; row < windows.size(); ++row) {
      const double requests = windows.requests(row, column);
      if (requests <= 0) continue;
      const double seconds = windows.held(row, column) / requests;
      features(row, curve.first) += requests;
      double from = 0;
      for (std::size_t k = 0; k < curve.knots.size(); ++k) {
        const bool is_last = k + 1 == curve.knots.size();
        features(row, curve.first + 1 + static_cast<Eigen::Index>(k)) +=
            requests * Ramp(seconds, from, curve.knots[k], is_last);
        from = curve.knots[k];
      }
    }
  }
  return features;
}

Eigen::VectorXd CostModel::OccupancyPrior() const {
  Eigen::VectorXd prior = Eigen::VectorXd::Zero(ParameterCount());
  for (const Curve& curve : curves_) {
    double from = 0;
    for (std::size_t k = 0; k < curve.knots.size(); ++k) {
      prior(curve.first + 1 + static_cast<Eigen::Index>(k)) = curve.knots[k] - from;
      from = curve.knots[k];
    }
  }
  return prior;
}

std::vector<WeightCurve> CostModel::Curves(const Eigen::VectorXd& parameters) const {
  std::vector<WeightCurve> curves;
  for (const Curve& curve : curves_) {
    double cost = parameters(curve.first);
    WeightCurve result{curve.route, {{Duration(0), cost, cost, cost}}};
    for (std::size_t k = 0; k < curve.knots.size(); ++k) {
      cost += parameters(curve.first + 1 + static_cast<Eigen::Index>(k));
      const Duration upper =
          std::max(FromSeconds(curve.knots[k]), result.knots.back().upper + Duration(1));
      result.knots.push_back({upper, cost, cost, cost});
    }
    if (IsOrdinary(curve.route) && curve.route != kAnyRoute) LevelOff(curve.longest, result);
    curves.push_back(std::move(result));
  }
  return curves;
}

}  // namespace loadcurve
