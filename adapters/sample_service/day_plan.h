#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/units.h"

namespace loadcurve::sample {

// A request to be sent.
struct Arrival {
  Duration at{0};         // after the start of the load
  std::size_t route = 0;  // index into SampleRoutes()

  bool operator==(const Arrival&) const = default;
};

// Days made short. Each route has its own hour: the idle waits come in the morning, the
// visitors at noon, the reports in the evening, so rate and mix change all day long.
struct DayPlan {
  Duration length{60'000'000};
  Duration day{15'000'000};
  double start_phase = 0.7;  // the phase of the day at the start, in [0, 1)
  double scale = 1;          // multiplies all rates
  std::uint64_t seed = 1;
};

// Requests a second of a route, at a phase of the day in [0, 1), on a day of average size.
double RateAt(std::size_t route, double phase);

// The requests of the plan in order of time: a Poisson process of each route's rate.
// Days differ in size by some 15 %. The same plan gives the same arrivals.
std::vector<Arrival> PlanArrivals(const DayPlan& plan);

}  // namespace loadcurve::sample
