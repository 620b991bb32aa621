#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <random>
#include <vector>

namespace loadcurve::twin {

// What a moment brings.
struct RequestMoment {
  double seconds = 0;
  double requests_a_second = 0;
  std::size_t replicas = 1;
};

// The times of all requests, one by one: Poisson arrivals, any distribution of service times, each
// request to a replica by lot, where it waits for those that were before it (c queues M/G/1 behind
// a balancer). New replicas are empty; those that go end what they have.
inline std::vector<double> RequestTimes(const std::vector<RequestMoment>& moments,
                                        const std::function<double(std::mt19937_64&)>& service,
                                        std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> free_at;  // of each replica
  std::vector<double> times;
  double begin = 0;
  for (const RequestMoment& moment : moments) {
    free_at.resize(moment.replicas, 0);
    std::exponential_distribution<double> apart(moment.requests_a_second);
    std::uniform_int_distribution<std::size_t> replica(0, moment.replicas - 1);
    const double end = begin + moment.seconds;
    for (double now = begin + apart(random); now < end; now += apart(random)) {
      double& free = free_at[replica(random)];
      free = std::max(free, now) + service(random);
      times.push_back(free - now);
    }
    begin = end;
  }
  return times;
}

// Of values that are put in order.
inline double QuantileOf(std::vector<double>& values, double level) {
  const auto place = static_cast<std::ptrdiff_t>(level * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + place, values.end());
  return values[static_cast<std::size_t>(place)];
}

}  // namespace loadcurve::twin
