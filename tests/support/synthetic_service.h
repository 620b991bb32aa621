#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "metrics/cost_model.h"
#include "metrics/duration_bounds.h"

namespace loadcurve::testing {

struct SyntheticRoute {
  std::string name;
  double typical_seconds = 0;
  double mean_rate = 0;   // requests a second
  double period = 0;      // windows
  double fixed = 0;       // CPU seconds a request
  double per_second = 0;  // CPU seconds per second held
  double flat_after = 0;  // seconds; the cost rises no more beyond

  double CostOf(double seconds) const { return fixed + per_second * std::min(seconds, flat_after); }
};

// A made-up service whose CPU cost of every request is known.
//
// Each minute, each route gets a Poisson number of requests whose rate swings on a period of
// its own, so that the mix shifts. A request takes a lognormal time (sigma 0.5) around the
// route's typical one, stretched by up to `queueing` while the whole service is busy, and
// costs fixed + per_second * min(duration, flat_after) CPU seconds: never less for a longer
// one. Measured CPU is the idle part plus the cost of all requests, times 1 + noise
// (Gaussian).
struct SyntheticService {
  std::vector<SyntheticRoute> routes = {
      {"GET /cheap", 0.002, 40, 37, 0.0006, 0.3, 1e9},
      {"GET /medium", 0.020, 12, 53, 0.004, 0.5, 1e9},
      {"POST /heavy", 0.120, 3, 71, 0.0, 0.7, 1e9},
      {"GET /waits", 0.300, 4, 43, 0.0015, 0.0, 1e9},
  };
  double idle_cores = 0.05;
  double noise = 0.03;
  double queueing = 1.4;

  CostWindows Draw(int windows, std::uint64_t seed) const {
    std::mt19937_64 random(seed);
    const DurationBounds& bounds = DurationBounds::Default();
    const auto buckets = static_cast<Eigen::Index>(bounds.bucket_count());
    const auto columns = static_cast<Eigen::Index>(routes.size()) * buckets;
    CostWindows drawn;
    drawn.requests = Eigen::MatrixXd::Zero(windows, columns);
    drawn.held = Eigen::MatrixXd::Zero(windows, columns);
    drawn.cores = Eigen::VectorXd::Zero(windows);
    for (Eigen::Index w = 0; w < windows; ++w) {
      double cost = 0;
      for (std::size_t r = 0; r < routes.size(); ++r)
        cost += DrawRoute(r, w, static_cast<Eigen::Index>(r) * buckets, drawn, random);
      drawn.cores(w) = (idle_cores + cost) * (1 + noise * std::normal_distribution<>()(random));
    }
    for (Eigen::Index column = 0; column < columns; ++column) {
      const double requests = drawn.requests.col(column).sum();
      drawn.columns.push_back({routes[static_cast<std::size_t>(column / buckets)].name,
                               requests > 0 ? drawn.held.col(column).sum() / requests : 0});
    }
    return drawn;
  }

 private:
  static double Wave(Eigen::Index window, double period, double phase) {
    return std::sin(2 * std::numbers::pi * static_cast<double>(window) / period + phase);
  }

  // One minute of one route; returns its CPU, in cores.
  double DrawRoute(std::size_t r, Eigen::Index window, Eigen::Index first_column,
                   CostWindows& drawn, std::mt19937_64& random) const {
    const SyntheticRoute& route = routes[r];
    const double day = 0.5 + 0.5 * Wave(window, 60, 0);
    const double swing = 1 + 0.8 * Wave(window, route.period, static_cast<double>(r));
    const double mean = 60 * route.mean_rate * swing * (0.3 + day);
    const int count = std::poisson_distribution<int>(mean)(random);
    const double typical = route.typical_seconds * (1 + (queueing - 1) * day);
    std::lognormal_distribution<double> time(std::log(typical), 0.5);
    double cost = 0;
    for (int i = 0; i < count; ++i) {
      const double seconds = time(random);
      const Duration duration(std::llround(seconds * 1e6));
      const auto bucket = static_cast<Eigen::Index>(DurationBounds::Default().BucketOf(duration));
      drawn.requests(window, first_column + bucket) += 1.0 / 60;
      drawn.held(window, first_column + bucket) += seconds / 60;
      cost += route.CostOf(seconds) / 60;
    }
    return cost;
  }
};

}  // namespace loadcurve::testing
