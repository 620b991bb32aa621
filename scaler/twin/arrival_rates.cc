#include "scaler/twin/arrival_rates.h"

#include <algorithm>
#include <numeric>
#include <random>

namespace loadcurve::twin {

ArrivalRates::ArrivalRates(const Arrivals& arrivals, Duration step, std::uint64_t seed)
    : arrivals_(arrivals),
      seed_(seed),
      moments_(static_cast<std::size_t>(std::max<std::int64_t>(1, step / kMoment))),
      moment_(step / static_cast<std::int64_t>(moments_)) {}

std::vector<double> ArrivalRates::Of(std::size_t steps) const {
  std::vector<double> rates(steps * moments_, 1);
  if (arrivals_.burstiness == 0 || moments_ == 1) return rates;
  const double shape = 1 / (arrivals_.burstiness * arrivals_.burstiness);
  std::mt19937_64 random(seed_);
  std::gamma_distribution<double> drawn(shape, 1 / shape);
  for (std::size_t step = 0; step < steps; ++step) {
    const auto of_step = std::span(rates).subspan(step * moments_, moments_);
    std::ranges::generate(of_step, [&] { return drawn(random); });
    const double sum = std::accumulate(of_step.begin(), of_step.end(), 0.0);
    for (double& rate : of_step) rate *= static_cast<double>(moments_) / sum;
  }
  return rates;
}

}  // namespace loadcurve::twin
