#include "adapters/sample_service/sample_routes.h"

#include <array>
#include <cmath>
#include <cstdint>

namespace loadcurve::sample {
namespace {

// exp(N(-s^2/2, s)) has mean 1.
Duration Scaled(Duration mean, double spread, std::mt19937_64& random) {
  std::lognormal_distribution<double> around_one(-spread * spread / 2, spread);
  return Duration(std::llround(static_cast<double>(mean.count()) * around_one(random)));
}

}  // namespace

std::span<const SampleRoute> SampleRoutes() {
  using std::chrono::microseconds;
  static constexpr std::array<SampleRoute, 4> kRoutes = {{
      {"/cheap", microseconds(1'000), microseconds(0), 0.3},
      {"/medium", microseconds(8'000), microseconds(0), 0.3},
      {"/expensive", microseconds(40'000), microseconds(0), 0.2},
      {"/slow", microseconds(300), microseconds(150'000), 0.3},
  }};
  return kRoutes;
}

Work DrawWork(const SampleRoute& route, std::mt19937_64& random) {
  const Duration cpu = Scaled(route.mean_cpu, route.spread, random);
  const Duration wait = Scaled(route.mean_wait, route.spread, random);
  return {cpu, wait};
}

}  // namespace loadcurve::sample
