#pragma once

#include <Eigen/Core>
#include <span>
#include <string>
#include <vector>

#include "base/units.h"
#include "metrics/request_weights.h"

namespace loadcurve {

// What a workload's requests were doing while its CPU was measured: a row for each CPU
// sample, a column for each (route, duration bucket) that was ever seen.
struct CostWindows {
  struct Column {
    std::string route;        // or kErrorRoute, kLongLivedRoute
    double mean_seconds = 0;  // over all windows
  };
  std::vector<Column> columns;
  Eigen::MatrixXd requests;  // n x columns: requests' worth of holding, a second
  Eigen::MatrixXd held;      // n x columns: busy seconds a second
  Eigen::VectorXd cores;     // n: CPU used
  // n, 1 in the mean: how precise `cores` are, as the inverse of a variance. Empty: all alike.
  Eigen::VectorXd precision{};

  Eigen::Index size() const { return cores.size(); }
  CostWindows Rows(std::span<const Eigen::Index> rows) const;
};

// How finely the cost of a request is told apart.
enum class CostShape {
  kPooledCurve,  // one curve by duration for all routes
  kRouteLines,   // a fixed cost and a cost per second for each route
  kRouteCurves,  // a curve by duration for each route
};

// CPU cost of a request as a continuous, piecewise linear curve of its duration, that never
// falls:  cost(d) = u_0 + sum_j u_j ramp_j(d),  u >= 0,  where ramp_j rises from 0 to 1
// between two knots and the last goes on rising.
class CostModel {
 public:
  CostModel(CostShape shape, const CostWindows& windows);

  CostShape shape() const { return shape_; }

  // n x parameters: what each parameter adds to the CPU of each window.
  Eigen::MatrixXd Features(const CostWindows& windows) const;

  // The parameters under which each second held costs one CPU second.
  Eigen::VectorXd OccupancyPrior() const;

  // The curves in CPU seconds, knots from 0 on. The shape kPooledCurve names its curve for
  // ordinary requests kAnyRoute. The curve of a route rises up to twice the longest duration
  // that was seen of it, and no further: what takes longer than that waits for its turn, and does
  // no more. Else an overload would look like a load many times as high.
  std::vector<WeightCurve> Curves(const Eigen::VectorXd& parameters) const;

 private:
  struct Curve {
    std::string route;
    std::vector<double> knots;  // seconds, rising, without the 0 they start from
    double longest = 0;         // seconds, the mean of the last bucket with requests
    Eigen::Index first = 0;     // its first parameter
  };

  Eigen::Index ParameterCount() const;

  CostShape shape_;
  std::vector<Curve> curves_;
  std::vector<std::size_t> curve_of_column_;
};

}  // namespace loadcurve
