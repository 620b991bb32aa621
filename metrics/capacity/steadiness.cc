#include "metrics/capacity/steadiness.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace loadcurve {
namespace {

struct Moments {
  double mean = 0;
  double variance_of_mean = 0;
};

Moments MomentsOf(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += value;
  const double mean = sum / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, squares / (n * std::max(1.0, n - 1))};
}

using Series = std::vector<double>;

double Throughput(const RampInterval& interval) {
  double answered = 0;
  for (const ReplicaInterval& replica : interval.replicas)
    answered += static_cast<double>(replica.answered);
  return answered / interval.Length();
}

// Those that are told throughout.
std::vector<Series> SeriesOf(std::span<const RampInterval> intervals) {
  Series throughput;
  Series latency;
  Series cpu;
  for (const RampInterval& interval : intervals) {
    throughput.push_back(Throughput(interval));
    latency.push_back(interval.mean_seconds);
    double cores = 0;
    bool is_told = !interval.replicas.empty();
    for (const ReplicaInterval& replica : interval.replicas) {
      is_told = is_told && replica.use.cpu_cores.has_value();
      cores += replica.use.cpu_cores.value_or(0);
    }
    if (is_told) cpu.push_back(cores);
  }
  std::vector<Series> series = {std::move(throughput), std::move(latency)};
  if (cpu.size() == intervals.size()) series.push_back(std::move(cpu));
  return series;
}

// The variance of the means over what follows `from`, relative to them, added up.
double ErrorFrom(const std::vector<Series>& all, std::size_t from) {
  double error = 0;
  for (const Series& series : all) {
    const Moments moments = MomentsOf(std::span(series).subspan(from));
    if (moments.mean > 0) error += moments.variance_of_mean / (moments.mean * moments.mean);
  }
  return error;
}

}  // namespace

bool IsLevel(std::span<const double> values) {
  constexpr double kErrors = 2.5;
  constexpr double kTolerance = 0.05;
  if (values.size() < 4) return false;
  const Moments early = MomentsOf(values.first(values.size() / 2));
  const Moments later = MomentsOf(values.subspan(values.size() / 2));
  const double error = std::sqrt(early.variance_of_mean + later.variance_of_mean);
  const double scale = std::max(std::abs(early.mean), std::abs(later.mean));
  return std::abs(later.mean - early.mean) <= std::max(kErrors * error, kTolerance * scale);
}

std::optional<std::size_t> SteadyFrom(std::span<const RampInterval> intervals) {
  if (intervals.size() < kFewestSteady) return std::nullopt;
  const std::vector<Series> all = SeriesOf(intervals);
  std::vector<double> errors;
  for (std::size_t from = 0; from + kFewestSteady <= intervals.size(); ++from)
    errors.push_back(ErrorFrom(all, from));
  constexpr double kAsGood = 2;
  const double least = *std::min_element(errors.begin(), errors.end());
  for (std::size_t from = 0; from < errors.size(); ++from) {
    const bool is_steady = std::all_of(all.begin(), all.end(), [&](const Series& series) {
      return IsLevel(std::span(series).subspan(from));
    });
    if (is_steady && errors[from] <= kAsGood * least) return from;
  }
  return std::nullopt;
}

}  // namespace loadcurve
