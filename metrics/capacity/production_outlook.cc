#include "metrics/capacity/production_outlook.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "metrics/block_bootstrap.h"

namespace loadcurve {
namespace {

// A curve through latencies is followed only where it has bent so far.
constexpr double kLeastBend = 0.85;
constexpr double kReached = 0.95;
// Of how the use varies, by the line over the load.
constexpr double kLeastExplained = 0.3;

std::string Text(const char* format, double a, double b = 0, double c = 0, double d = 0) {
  std::array<char, 400> text{};
  std::snprintf(text.data(), text.size(), format, a, b, c, d);
  return text.data();
}

ResourceOutlook Unknown(std::string name, std::string basis) {
  return {std::move(name), Standing::kUnknown, {}, std::move(basis)};
}

// How much of the variance of what was used the line over the load explains. `of` tells what a
// window used; those of which it does not are left out.
template <class Of>
double Explained(std::span<const ReplicaWindow> windows, const LineFit& line, Of of) {
  double n = 0;
  double sum = 0;
  double squares = 0;
  double missed = 0;
  for (const ReplicaWindow& window : windows) {
    const std::optional<double> used = of(window);
    if (!used) continue;
    n += 1;
    sum += *used;
    squares += *used * *used;
    missed += std::pow(*used - line.idle - line.factor * window.load.value(), 2);
  }
  const double deviation = squares - sum * sum / std::max(1.0, n);
  return deviation > 0 ? std::max(0.0, 1 - missed / deviation) : 0;
}

std::optional<double> FreeCores(const ReplicaWindow& window) {
  return window.is_throttled ? std::nullopt : window.cpu_cores;
}

std::optional<double> Megabytes(const ReplicaWindow& window) {
  if (!window.memory_bytes) return std::nullopt;
  return *window.memory_bytes / 1e6;
}

// True where some window tells what `of` asks.
template <class Of>
bool IsTold(std::span<const ReplicaWindow> windows, Of of) {
  return std::any_of(windows.begin(), windows.end(),
                     [&](const ReplicaWindow& window) { return of(window).has_value(); });
}

// True where the line rises on windows drawn anew too, nineteen times of twenty.
bool ClearlyRises(const std::vector<ProductionFit>& redrawn) {
  const auto flat = std::count_if(redrawn.begin(), redrawn.end(),
                                  [](const ProductionFit& fit) { return !fit.memory; });
  return 20 * flat <= static_cast<std::ptrdiff_t>(redrawn.size());
}

}  // namespace

std::string_view Name(Standing standing) {
  constexpr std::string_view kNames[] = {"measured", "extrapolated", "not known"};
  return kNames[static_cast<std::size_t>(standing)];
}

RateEstimate ProductionView::Estimate(double ProductionFit::*load) const {
  constexpr double kModelError = 0.03;
  constexpr double kErrorAFold = 0.05;
  std::vector<double> others;
  for (const ProductionFit& again : redrawn) others.push_back(again.*load);
  const double value = fit.*load;
  if (others.empty()) others.push_back(value);
  const double low = std::min(value, QuantileOf(others, 0.05));
  const double high = std::max(value, QuantileOf(others, 0.95));
  const double folds = std::max(0.0, value / seen.load.value() - 1);
  const double more = kModelError + kErrorAFold * folds;
  const double below = std::hypot(std::log(value / low), more);
  const double above = std::hypot(std::log(high / value), more);
  return RateEstimate{value, value * std::exp(-below), value * std::exp(above)} *
         (1 / load_of_request);
}

ResourceOutlook CpuOutlook(const ProductionView& view) {
  const ProductionFit& fit = view.fit;
  const auto& limit = view.limits.cpu;
  const auto cores = [](const ReplicaWindow& window) { return window.cpu_cores; };
  if (!IsTold(view.windows, cores)) return Unknown("cpu", "nobody told the CPU");
  if (!fit.cpu) return Unknown("cpu", "the CPU does not rise with the load");
  const double explained = Explained(view.windows, *fit.cpu, FreeCores);
  if (explained < kLeastExplained)
    return Unknown("cpu", Text("load explains %.0f %% of how the CPU varies: too little for a line",
                               100 * explained));
  if (!limit) return Unknown("cpu", "nobody told the CPU limit of a replica");
  if (fit.cpu_load <= 0) return Unknown("cpu", "CPU without load exceeds the limit already");
  const RateEstimate rate = view.Estimate(&ProductionFit::cpu_load);
  const double cpu_share = view.seen.cpu_share.value_or(0);
  std::string basis =
      Text("%.3g cores without load, %.3g ms a request; %.0f %% of %.3g cores seen", fit.cpu->idle,
           1e3 * fit.cpu->factor * view.load_of_request, 100 * cpu_share, limit->value());
  const bool is_reached = cpu_share >= kReached;
  if (!is_reached)
    basis += Text(", a straight line %.1f times as far", rate.value / view.seen.rate);
  return {"cpu", is_reached ? Standing::kMeasured : Standing::kExtrapolated, rate,
          std::move(basis)};
}

std::optional<ResourceOutlook> MemoryOutlook(const ProductionView& view) {
  // A line that goes so much further than what was seen says that memory does not grow with load.
  constexpr double kTooFar = 100;
  if (!view.limits.memory || !IsTold(view.windows, Megabytes)) return std::nullopt;
  const double limit = static_cast<double>(view.limits.memory->value()) / 1e6;
  double most = 0;
  for (const ReplicaWindow& window : view.windows)
    most = std::max(most, Megabytes(window).value_or(0));
  const ProductionFit& fit = view.fit;
  if (!fit.memory || !ClearlyRises(view.redrawn) ||
      Explained(view.windows, *fit.memory, Megabytes) < kLeastExplained ||
      fit.memory_load > kTooFar * view.seen.load.value())
    return Unknown("memory",
                   Text("it does not follow the load; %.4g of %.4g MB seen", most, limit));
  if (fit.memory_load <= 0) return Unknown("memory", "used without load exceeds the limit already");
  return ResourceOutlook{
      "memory", most >= kReached * limit ? Standing::kMeasured : Standing::kExtrapolated,
      view.Estimate(&ProductionFit::memory_load),
      Text("%.4g MB without load, %.3g MB for each request a second; %.4g of %.4g MB seen",
           fit.memory->idle, fit.memory->factor * view.load_of_request, most, limit)};
}

std::optional<ResourceOutlook> SlotsOutlook(const ProductionView& view) {
  const auto& slots = view.limits.slots;
  if (!slots)
    return Unknown("slots", Text("nobody told how many there are; %.3g were held in the mean at "
                                 "the highest load",
                                 view.seen.held));
  if (std::isinf(*slots)) return std::nullopt;
  if (!(view.fit.slots_load > 0))
    return Unknown("slots", "a request is held longer than the target without load");
  return ResourceOutlook{
      "slots", Standing::kExtrapolated, view.Estimate(&ProductionFit::slots_load),
      Text("%.4g slots, held for %.3g ms a request; %.3g held in the mean at the highest load",
           *slots, 1e3 * view.fit.light_seconds, view.seen.held)};
}

ResourceOutlook LatencyOutlook(const ProductionView& view, bool has_cpu) {
  const ProductionFit& fit = view.fit;
  if (!view.queues_elsewhere) {
    if (!has_cpu || !fit.queue || fit.cpu_knee <= 0)
      return Unknown("latency", "it does not rise: nothing tells where it would");
    const RateEstimate rate = view.Estimate(&ProductionFit::cpu_knee);
    return {
        "latency", Standing::kExtrapolated, rate,
        Text("%.3g ms without a queue, and as the CPU (%.0f at once) fills up, growth %.2g, the "
             "target at "
             "%.4g requests/s",
             1e3 * fit.queue->light_seconds, fit.queue->servers, fit.queue->growth, rate.value)};
  }
  const bool has_end = fit.scalability && fit.scalability->most_rate;
  if (!has_end || view.seen.rate < kLeastBend * *fit.scalability->most_rate ||
      !(fit.scalability_knee > 0))
    return Unknown("latency",
                   "it rises with load, and the CPU does not explain it: something else fills up, "
                   "and nothing tells where it ends");
  const RateEstimate rate = view.Estimate(&ProductionFit::scalability_knee);
  if (rate.high > 1.5 * rate.low)
    return Unknown("latency", Text("it rises to an end somewhere from %.3g to %.3g requests/s",
                                   rate.low, rate.high));
  return {"latency", Standing::kExtrapolated, rate,
          Text("it rises with load, and the CPU does not explain it; by the Universal Scalability "
               "Law throughput ends at %.4g requests/s",
               *fit.scalability->most_rate)};
}

}  // namespace loadcurve
