#include "adapters/sample_service/day_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "adapters/sample_service/sample_routes.h"
#include "base/check.h"

namespace loadcurve::sample {
namespace {

// A rate that rises from `base` by `swing` around `peak`, a phase of the day; `width` is
// the standard deviation of the bump in days.
struct Rhythm {
  double base;
  double swing;
  double peak;
  double width;
};

// In the order of SampleRoutes(). With their CPU times the average is about 0.3 cores and
// the highest about 0.6, so that neither the service nor a machine of two cores saturates.
constexpr std::array<Rhythm, 4> kRhythms = {{
    {20, 70, 0.55, 0.14},
    {5, 12, 0.42, 0.16},
    {0.8, 9, 0.83, 0.10},
    {3, 28, 0.22, 0.10},
}};

constexpr double kDaySpread = 0.15;

// The times of one route over one day, by thinning (Lewis and Shedler 1979): candidates
// at the highest rate, each kept with probability rate / highest.
void AppendDay(const DayPlan& plan, std::size_t route, std::int64_t day, std::mt19937_64& random,
               std::vector<Arrival>& arrivals) {
  std::lognormal_distribution<double> size_of_day(-kDaySpread * kDaySpread / 2, kDaySpread);
  const double scale = plan.scale * size_of_day(random);
  const double highest = (kRhythms[route].base + kRhythms[route].swing) * scale;
  std::exponential_distribution<double> gap_seconds(highest);
  std::uniform_real_distribution<double> chance(0, 1);
  const double day_seconds = Seconds(plan.day);
  double at = 0;
  while ((at += gap_seconds(random)) < day_seconds) {
    const double phase = std::fmod(plan.start_phase + at / day_seconds, 1.0);
    const bool is_kept = chance(random) * highest < RateAt(route, phase) * scale;
    const Duration since_start = plan.day * day + Duration(std::llround(at * 1e6));
    if (is_kept && since_start < plan.length) arrivals.push_back({since_start, route});
  }
}

}  // namespace

double RateAt(std::size_t route, double phase) {
  const Rhythm& rhythm = kRhythms[route];
  const double straight = std::abs(phase - rhythm.peak);
  const double distance = std::min(straight, 1 - straight) / rhythm.width;
  return rhythm.base + rhythm.swing * std::exp(-distance * distance / 2);
}

std::vector<Arrival> PlanArrivals(const DayPlan& plan) {
  Check(plan.day > Duration(0) && plan.scale > 0, "a day has a length and requests");
  Check(kRhythms.size() == SampleRoutes().size(), "each route has its rhythm");
  std::mt19937_64 random(plan.seed);
  std::vector<Arrival> arrivals;
  const std::int64_t days = (plan.length + plan.day - Duration(1)) / plan.day;
  for (std::int64_t day = 0; day < days; ++day) {
    for (std::size_t route = 0; route < kRhythms.size(); ++route)
      AppendDay(plan, route, day, random, arrivals);
  }
  std::stable_sort(arrivals.begin(), arrivals.end(),
                   [](const Arrival& a, const Arrival& b) { return a.at < b.at; });
  return arrivals;
}

}  // namespace loadcurve::sample
