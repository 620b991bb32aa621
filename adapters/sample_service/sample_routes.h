#pragma once

#include <random>
#include <span>
#include <string_view>

#include "base/units.h"

namespace loadcurve::sample {

// One route of the sample service. Work and wait of a request are drawn around their
// means, so that durations vary within a route too.
struct SampleRoute {
  std::string_view path;  // "/cheap"
  Duration mean_cpu{0};   // CPU time burnt
  Duration mean_wait{0};  // time waited for something else; it takes no CPU
  double spread = 0;      // sigma of the lognormal law, > 0; the mean is kept
};

// Cheap, medium, expensive, and slow but idle: the routes differ so that requests, busy
// time and CPU time tell three different stories.
std::span<const SampleRoute> SampleRoutes();

// What one request costs.
struct Work {
  Duration cpu{0};
  Duration wait{0};
};

Work DrawWork(const SampleRoute& route, std::mt19937_64& random);

}  // namespace loadcurve::sample
