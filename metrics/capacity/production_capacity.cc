#include "metrics/capacity/production_capacity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <random>
#include <utility>

#include "metrics/block_bootstrap.h"
#include "metrics/capacity/latency_knee.h"

namespace loadcurve {
namespace {

constexpr double kMostErrors = 0.05;
constexpr double kLeastReach = 0.2;
// An interval that spans more says nothing.
constexpr double kWidestInterval = 2;

std::string Text(const char* format, double a, double b = 0, double c = 0) {
  std::array<char, 400> text{};
  std::snprintf(text.data(), text.size(), format, a, b, c);
  return text.data();
}

std::vector<ReplicaWindow> Usable(std::span<const ReplicaWindow> windows) {
  std::vector<ReplicaWindow> usable;
  for (const ReplicaWindow& window : windows)
    if (window.rate > 0 && window.load.value() > 0 && window.errors <= kMostErrors * window.ended)
      usable.push_back(window);
  return usable;
}

template <class Of>
double ThirdHighest(std::span<const ReplicaWindow> windows, Of of) {
  std::vector<double> values;
  for (const ReplicaWindow& window : windows) values.push_back(of(window));
  std::sort(values.begin(), values.end(), std::greater<>());
  return values[std::min<std::size_t>(values.size() - 1, 2)];
}

// Where loads that are late begin, with the fewest exceptions on both sides; absent where none
// is late, or the least is already.
std::optional<std::size_t> FirstLate(const std::vector<RampStep>& steps) {
  const auto is_late = [](const RampStep& step) { return step.verdict == StepVerdict::kLate; };
  auto wrong = std::count_if(steps.begin(), steps.end(), is_late);
  auto fewest = wrong;
  std::size_t first = steps.size();
  for (std::size_t i = steps.size(); i-- > 0;) {
    wrong += is_late(steps[i]) ? -1 : 1;
    if (wrong >= fewest) continue;
    fewest = wrong;
    first = i;
  }
  if (first == steps.size() || first == 0) return std::nullopt;
  return first;
}

class Estimator {
 public:
  Estimator(std::span<const ReplicaWindow> windows, const ProductionQuestion& question)
      : question_(question), windows_(Usable(windows)) {}

  ProductionCapacity Run() {
    result_.weights_version = question_.weights_version;
    if (static_cast<Eigen::Index>(windows_.size()) < kFewestWindows) {
      Because(std::to_string(windows_.size()) + " usable windows of " +
              std::to_string(kFewestWindows) + " that are needed");
      return std::move(result_);
    }
    Look();
    Fit();
    if (const auto knee = Knee())
      DecideByKnee(*knee);
    else if (IsNeverInTime())
      Because(
          "answers are later than the target where load is lightest: that is not for want of "
          "capacity");
    else
      DecideByOutlooks();
    std::stable_sort(result_.outlooks.begin(), result_.outlooks.end(),
                     [](const ResourceOutlook& a, const ResourceOutlook& b) {
                       if (!a.rate || !b.rate) return a.rate.has_value() && !b.rate;
                       return a.rate->value < b.rate->value;
                     });
    return std::move(result_);
  }

 private:
  const ReplicaLimits& limits() const { return question_.limits; }
  void Because(std::string reason) { result_.reasons.push_back(std::move(reason)); }

  ProductionView View() const {
    return {windows_,    limits(), result_.seen,     result_.load_of_request,
            result_.fit, redrawn_, queues_elsewhere_};
  }

  void Look() {
    double load = 0;
    double rate = 0;
    SeenLoad& seen = result_.seen;
    seen.from = windows_.front().from;
    seen.to = windows_.back().to;
    seen.windows = windows_.size();
    seen.fewest_replicas = std::numeric_limits<double>::infinity();
    for (const ReplicaWindow& window : windows_) {
      const double worth = window.replicas * window.Length();
      load += window.load.value() * worth;
      rate += window.rate * worth;
      seen.fewest_replicas = std::min(seen.fewest_replicas, window.replicas);
      seen.most_replicas = std::max(seen.most_replicas, window.replicas);
    }
    result_.load_of_request = load / rate;
    result_.levels = LoadLevelsOf(windows_);
    seen.load = MetricsQps(ThirdHighest(windows_, [](const auto& w) { return w.load.value(); }));
    seen.rate = seen.load.value() / result_.load_of_request;
    seen.held = ThirdHighest(windows_, [](const auto& w) { return w.held; });
  }

  void Fit() {
    const ProductionFitter fitter(windows_, result_.levels, limits(), result_.load_of_request);
    result_.fit = fitter.Fit();
    if (result_.fit.cpu && limits().cpu)
      result_.seen.cpu_share = CpuShareAt(result_.seen.load.value());
    queues_elsewhere_ = fitter.QueuesElsewhere(result_.fit);
    std::mt19937_64 random(question_.seed);
    const auto n = static_cast<Eigen::Index>(windows_.size());
    for (int i = 0; i < question_.resamples; ++i)
      redrawn_.push_back(fitter.FitRows(ResampleBlocks(n, random), queues_elsewhere_));
  }

  double CpuShareAt(double load) const {
    return (result_.fit.cpu->idle + result_.fit.cpu->factor * load) / limits().cpu->value();
  }

  void AddMemoryAndSlots() {
    if (auto memory = MemoryOutlook(View())) result_.outlooks.push_back(*std::move(memory));
    if (auto slots = SlotsOutlook(View())) result_.outlooks.push_back(*std::move(slots));
  }

  // The knee between loads that were clearly late and those below that were not.
  std::optional<RateEstimate> Knee() {
    std::vector<RampStep> steps;
    for (const LoadLevel& level : result_.levels)
      steps.push_back(StepOf(windows_, level, result_.load_of_request, limits().allowed_late));
    const auto first = FirstLate(steps);
    if (!first) return std::nullopt;
    const RateEstimate knee = FindLatencyKnee(steps, {.allowed_late = limits().allowed_late,
                                                      .carried = steps[*first - 1].rate,
                                                      .broken = steps[*first].rate,
                                                      .resamples = question_.resamples,
                                                      .seed = question_.seed});
    result_.outlooks.push_back({"latency", Standing::kMeasured, knee,
                                Text("in time at %.4g requests/s and less, late at %.4g and more",
                                     steps[*first - 1].rate, steps[*first].rate)});
    return knee;
  }

  void DecideByKnee(const RateEstimate& knee) {
    result_.outlooks.push_back(CpuOutlook(View()));
    AddMemoryAndSlots();
    result_.rate = knee;
    result_.standing = Standing::kMeasured;
    result_.binding = WhatBindsAt(knee.value);
  }

  Bottleneck WhatBindsAt(double rate) const {
    constexpr double kNearlyAll = 0.8;
    const double load = rate * result_.load_of_request;
    const ProductionFit& fit = result_.fit;
    if (fit.cpu && limits().cpu && CpuShareAt(load) >= kNearlyAll) return Bottleneck::kCpu;
    if (!queues_elsewhere_ && fit.cpu_knee > 0 && load > kNearlyAll * fit.cpu_knee)
      return Bottleneck::kCpu;
    if (limits().slots && rate * fit.light_seconds >= kNearlyAll * *limits().slots)
      return Bottleneck::kSlots;
    return Bottleneck::kUnknown;
  }

  bool IsNeverInTime() const {
    std::size_t late = 0;
    for (const LoadLevel& level : result_.levels)
      if (level.tail_seconds > limits().target_seconds) ++late;
    return result_.levels.front().tail_seconds > limits().target_seconds &&
           2 * late > result_.levels.size();
  }

  void DecideByOutlooks() {
    ResourceOutlook cpu = CpuOutlook(View());
    const bool has_cpu = cpu.rate.has_value();
    ResourceOutlook latency = LatencyOutlook(View(), has_cpu);
    const bool has_end = queues_elsewhere_ && latency.rate;
    result_.outlooks = {std::move(cpu), std::move(latency)};
    AddMemoryAndSlots();
    if (!has_cpu && !has_end)
      Because(
          "what the CPU would allow is not known: it needs the CPU of the replicas (--cpu or "
          "--prometheus), their limit (--cpu-limit), and load that varies");
    if (queues_elsewhere_ && !has_end)
      Because(
          "latency rises with load and the CPU does not explain it: a limit is near that only "
          "more load, or a ramp in a test environment, would show");
    if (const ResourceOutlook* const least = Least()) Conclude(*least, has_end);
  }

  const ResourceOutlook* Least() const {
    const ResourceOutlook* least = nullptr;
    for (const ResourceOutlook& outlook : result_.outlooks)
      if (outlook.rate && (least == nullptr || outlook.rate->value < least->rate->value))
        least = &outlook;
    return least;
  }

  void Conclude(const ResourceOutlook& least, bool has_end) {
    RateEstimate rate = *least.rate;
    // What is less certain than the least may be less than it.
    for (const ResourceOutlook& outlook : result_.outlooks)
      if (outlook.rate) rate.low = std::min(rate.low, outlook.rate->low);
    const double reach = result_.seen.rate / rate.value;
    if (reach < kLeastReach)
      Because(
          Text("by what is known it would carry %.3g requests/s, and never had more than "
               "%.0f %% of that",
               rate.value, 100 * reach));
    if (rate.high > kWidestInterval * rate.low)
      Because(Text("what is known leaves %.3g to %.3g requests/s", rate.low, rate.high));
    if (!limits().slots && !has_end) CheckHiddenSlots(rate.value);
    if (!result_.reasons.empty()) return;
    result_.rate = rate;
    result_.standing = least.standing;
    if (least.name == "slots")
      result_.binding = Bottleneck::kSlots;
    else if (least.name == "memory")
      result_.binding = Bottleneck::kMemory;
    else
      result_.binding =
          has_end && least.name == "latency" ? WhatBindsAt(rate.value) : Bottleneck::kCpu;
    Assume();
  }

  // A pool of workers whose size nobody told may be any size that was not held already. Within a
  // window there were moments with more than the mean, by two deviations of a Poisson number.
  void CheckHiddenSlots(double rate) {
    const double needed = rate * result_.fit.light_seconds;
    const double seen = result_.seen.held + 2 * std::sqrt(result_.seen.held);
    if (needed > seen)
      Because(
          Text("at %.3g requests/s it would hold %.3g requests at once, and held %.2g at most: "
               "whether it has workers or connections for that is not known; tell --slots",
               rate, needed, seen));
  }

  void Assume() {
    const ProductionFit& fit = result_.fit;
    if (result_.standing == Standing::kExtrapolated)
      result_.assumptions.push_back(
          Text("from %.4g to %.4g requests/s all goes on as it did below: nobody has seen it",
               result_.seen.rate, result_.rate->value));
    if (!fit.cpu || fit.light_seconds <= 0) return;
    const double computing = fit.cpu->factor * result_.load_of_request / fit.light_seconds;
    if (computing < 0.5)
      result_.assumptions.push_back(
          Text("what it waits for (%.0f %% of a request's time) carries as much more",
               100 * (1 - computing)));
  }

  const ProductionQuestion& question_;
  std::vector<ReplicaWindow> windows_;
  std::vector<ProductionFit> redrawn_;
  bool queues_elsewhere_ = false;
  ProductionCapacity result_;
};

}  // namespace

std::optional<ReplicaCapacity> ProductionCapacity::Capacity() const {
  if (!rate) return std::nullopt;
  return ReplicaCapacity{.load = MetricsQps(rate->value * load_of_request),
                         .low = MetricsQps(rate->low * load_of_request),
                         .high = MetricsQps(rate->high * load_of_request),
                         .binding = BindingOf(binding),
                         .weights_version = weights_version,
                         .target_share = Ratio(1),
                         .slots = {}};
}

std::optional<double> ProductionCapacity::Reach() const {
  if (!rate) return std::nullopt;
  return seen.rate / rate->value;
}

ProductionCapacity EstimateCapacity(std::span<const ReplicaWindow> windows,
                                    const ProductionQuestion& question) {
  return Estimator(windows, question).Run();
}

}  // namespace loadcurve
