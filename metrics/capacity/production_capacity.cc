#include "metrics/capacity/production_capacity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <utility>

#include "metrics/block_bootstrap.h"
#include "metrics/capacity/latency_knee.h"

namespace loadcurve {
namespace {

using Index = std::ptrdiff_t;

constexpr double kMostErrors = 0.05;
constexpr double kLeastReach = 0.2;
constexpr double kWidest = 2;
// A curve through latencies is followed no further than this share of its own end allows.
constexpr double kLeastBend = 0.7;

std::string Text(const char* format, double a, double b = 0, double c = 0, double d = 0) {
  std::array<char, 400> text{};
  std::snprintf(text.data(), text.size(), format, a, b, c, d);
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
  return values[std::min<std::size_t>(values.size() - 1, values.size() < 60 ? 0 : 2)];
}

RateEstimate Widened(const RateEstimate& rate, double reach) {
  constexpr double kModelError = 0.03;
  constexpr double kErrorAFold = 0.05;
  const double more = kModelError + kErrorAFold * std::max(0.0, 1 / std::max(reach, 0.01) - 1);
  const double below = std::hypot(std::log(rate.value / rate.low), more);
  const double above = std::hypot(std::log(rate.high / rate.value), more);
  return {rate.value, rate.value * std::exp(-below), rate.value * std::exp(above)};
}

// One of the loads that a fit tells of.
using LoadOfFit = double (*)(const ProductionFit&);

class Estimator {
 public:
  Estimator(std::span<const ReplicaWindow> windows, const ProductionQuestion& question)
      : question_(question), windows_(Usable(windows)) {}

  ProductionCapacity Run() {
    result_.weights_version = question_.weights_version;
    if (static_cast<Eigen::Index>(windows_.size()) < kFewestWindows) {
      result_.reasons.push_back(std::to_string(windows_.size()) + " usable windows of " +
                                std::to_string(kFewestWindows) + " that are needed");
      return std::move(result_);
    }
    Look();
    const ProductionFitter fitter(windows_, result_.levels, question_.limits,
                                  result_.load_of_request);
    result_.fit = fitter.Fit();
    Redraw(fitter);
    queues_elsewhere_ = fitter.QueuesElsewhere(result_.fit);
    if (FindKnee()) return Finish();
    OutlookOnCpu();
    OutlookOnSlots();
    OutlookOnLatency();
    if (IsNeverInTime())
      Because(
          "answers are later than the target where load is lightest: that is not for want of "
          "capacity");
    else
      Decide();
    return Finish();
  }

 private:
  const ReplicaLimits& limits() const { return question_.limits; }
  void Because(std::string reason) { result_.reasons.push_back(std::move(reason)); }
  double RateOf(double load) const { return load / result_.load_of_request; }

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
    seen.rate = RateOf(seen.load.value());
    seen.held = ThirdHighest(windows_, [](const auto& w) { return w.held; });
  }

  void Redraw(const ProductionFitter& fitter) {
    const ProductionFit& fit = result_.fit;
    if (fit.cpu && limits().cpu)
      result_.seen.cpu_share =
          (fit.cpu->idle + fit.cpu->factor * result_.seen.load.value()) / limits().cpu->value();
    std::mt19937_64 random(question_.seed);
    for (int i = 0; i < question_.resamples; ++i)
      redrawn_.push_back(
          fitter.FitRows(ResampleBlocks(static_cast<Index>(windows_.size()), random)));
  }

  // The rate that belongs to a load, with its interval.
  RateEstimate Estimate(LoadOfFit of) const {
    std::vector<double> others;
    for (const ProductionFit& fit : redrawn_) others.push_back(of(fit));
    if (others.empty()) others.push_back(of(result_.fit));
    const double load = of(result_.fit);
    const RateEstimate rate{RateOf(load), RateOf(std::min(load, QuantileOf(others, 0.05))),
                            RateOf(std::max(load, QuantileOf(others, 0.95)))};
    return Widened(rate, result_.seen.rate / rate.value);
  }

  bool IsNeverInTime() const {
    std::size_t late = 0;
    for (const LoadLevel& level : result_.levels)
      if (level.tail_seconds > limits().target_seconds) ++late;
    return result_.levels.front().tail_seconds > limits().target_seconds &&
           2 * late > result_.levels.size();
  }

  // The knee between loads that were clearly late and those below that were not.
  bool FindKnee() {
    std::vector<RampStep> steps;
    for (const LoadLevel& level : result_.levels)
      steps.push_back(StepOf(windows_, level, result_.load_of_request, limits().allowed_late));
    // The levels from `first` on are late, with the fewest exceptions on both sides.
    std::size_t first = steps.size();
    int fewest = 0;
    for (const RampStep& step : steps)
      if (step.verdict == StepVerdict::kLate) ++fewest;
    for (std::size_t i = steps.size(), wrong = static_cast<std::size_t>(fewest); i-- > 0;) {
      if (steps[i].verdict == StepVerdict::kLate)
        --wrong;
      else
        ++wrong;
      if (static_cast<int>(wrong) < fewest) first = i, fewest = static_cast<int>(wrong);
    }
    if (first == steps.size() || first == 0) return false;
    const RateEstimate knee = FindLatencyKnee(steps, {.allowed_late = limits().allowed_late,
                                                      .carried = steps[first - 1].rate,
                                                      .broken = steps[first].rate,
                                                      .resamples = question_.resamples,
                                                      .seed = question_.seed});
    result_.rate = knee;
    result_.standing = Standing::kMeasured;
    result_.outlooks.push_back(
        {"latency", Standing::kMeasured, knee,
         Text("late from %.4g requests/s on, in time below", steps[first].rate)});
    OutlookOnCpu();
    OutlookOnSlots();
    result_.binding = WhatBindsAt(knee.value * result_.load_of_request);
    return true;
  }

  Bottleneck WhatBindsAt(double load) const {
    constexpr double kNearlyAll = 0.8;
    const ProductionFit& fit = result_.fit;
    if (fit.cpu && limits().cpu &&
        (fit.cpu->idle + fit.cpu->factor * load) / limits().cpu->value() >= kNearlyAll)
      return Bottleneck::kCpu;
    if (fit.cpu_knee > 0 && load > 0.85 * fit.cpu_knee) return Bottleneck::kCpu;
    if (limits().slots && RateOf(load) * fit.light_seconds >= kNearlyAll * *limits().slots)
      return Bottleneck::kSlots;
    return Bottleneck::kUnknown;
  }

  bool HasCpu() const {
    return std::any_of(windows_.begin(), windows_.end(),
                       [](const ReplicaWindow& w) { return w.cpu_cores.has_value(); });
  }

  // How much of the CPU's variance the line explains.
  double Explained() const {
    double n = 0, sum = 0, squares = 0, missed = 0;
    for (const ReplicaWindow& window : windows_) {
      if (!window.cpu_cores || window.is_throttled) continue;
      const LineFit& line = *result_.fit.cpu;
      n += 1;
      sum += *window.cpu_cores;
      squares += *window.cpu_cores * *window.cpu_cores;
      missed += std::pow(*window.cpu_cores - line.idle - line.factor * window.load.value(), 2);
    }
    const double deviation = squares - sum * sum / std::max(1.0, n);
    return deviation > 0 ? 1 - missed / deviation : 0;
  }

  void Unknown(std::string name, std::string basis) {
    result_.outlooks.push_back({std::move(name), Standing::kUnknown, {}, std::move(basis)});
  }

  void OutlookOnCpu() {
    constexpr double kLeastExplained = 0.3;
    const ProductionFit& fit = result_.fit;
    if (!HasCpu()) return Unknown("cpu", "nobody told the CPU");
    if (!fit.cpu) return Unknown("cpu", "the CPU does not rise with the load");
    if (Explained() < kLeastExplained)
      return Unknown("cpu", Text("load explains %.0f %% of how the CPU varies: too little for a "
                                 "line",
                                 100 * std::max(0.0, Explained())));
    if (!limits().cpu) return Unknown("cpu", "nobody told the CPU limit of a replica");
    if (fit.cpu_load <= 0) return Unknown("cpu", "CPU without load exceeds the limit already");
    const RateEstimate rate = Estimate([](const ProductionFit& f) { return f.cpu_load; });
    const double cost = fit.cpu->factor * result_.load_of_request;
    std::string basis =
        Text("%.3g cores without load, %.3g ms a request; %.0f %% of %.3g cores seen",
             fit.cpu->idle, 1e3 * cost, 100 * *result_.seen.cpu_share, limits().cpu->value());
    const bool is_reached = *result_.seen.cpu_share >= 0.95;
    if (!is_reached)
      basis += Text(", a straight line %.1f times as far", rate.value / result_.seen.rate);
    has_cpu_outlook_ = rate.high <= kWidest * rate.low;
    if (!has_cpu_outlook_)
      return Unknown("cpu",
                     basis + Text(": %.3g to %.3g requests/s, too wide", rate.low, rate.high));
    result_.outlooks.push_back({"cpu", is_reached ? Standing::kMeasured : Standing::kExtrapolated,
                                rate, std::move(basis)});
  }

  void OutlookOnSlots() {
    const ProductionFit& fit = result_.fit;
    if (!limits().slots)
      return Unknown("slots", Text("nobody told how many there are; %.3g were held in the mean at "
                                   "the highest load",
                                   result_.seen.held));
    if (std::isinf(*limits().slots)) return;
    if (!(fit.slots_load > 0)) return Unknown("slots", "held longer than the target without load");
    const RateEstimate rate = Estimate([](const ProductionFit& f) { return f.slots_load; });
    result_.outlooks.push_back(
        {"slots", Standing::kExtrapolated, rate,
         Text("%.4g slots, held for %.3g ms a request; %.3g held in the mean at the highest load",
              *limits().slots, 1e3 * fit.light_seconds, result_.seen.held)});
  }

  // Of loads that were all in time.
  void OutlookOnLatency() {
    const ProductionFit& fit = result_.fit;
    if (!queues_elsewhere_) {
      if (!has_cpu_outlook_ || fit.cpu_knee <= 0)
        return Unknown("latency", "it does not rise: nothing tells where it would");
      const RateEstimate rate = Estimate([](const ProductionFit& f) { return f.cpu_knee; });
      result_.outlooks.push_back(
          {"latency", Standing::kExtrapolated, rate,
           Text("the tail is %.3g ms without a queue, and grows as that of %.0f CPUs (times %.2g) "
                "to the target at %.4g",
                1e3 * fit.queue->light_seconds, fit.queue->servers, fit.queue->growth,
                rate.value)});
      return;
    }
    const double bend = fit.scalability && fit.scalability->most_rate
                            ? result_.seen.rate / *fit.scalability->most_rate
                            : 0;
    if (bend < kLeastBend || !(fit.scalability_knee > 0))
      return Unknown("latency",
                     "it rises with load, and the CPU does not explain it: something else fills "
                     "up, and nothing tells where it ends");
    const RateEstimate rate = Estimate([](const ProductionFit& f) { return f.scalability_knee; });
    if (rate.high > 1.5 * rate.low)
      return Unknown("latency", Text("it rises to an end somewhere from %.3g to %.3g requests/s",
                                     rate.low, rate.high));
    has_bend_ = true;
    result_.outlooks.push_back(
        {"latency", Standing::kExtrapolated, rate,
         Text("it rises with load, and the CPU does not explain it; by the Universal Scalability "
              "Law throughput ends at %.4g requests/s, with %.3g held at once",
              *fit.scalability->most_rate, fit.scalability->most_held.value_or(0))});
  }

  const ResourceOutlook* Least() const {
    const ResourceOutlook* least = nullptr;
    for (const ResourceOutlook& outlook : result_.outlooks)
      if (outlook.rate && (least == nullptr || outlook.rate->value < least->rate->value))
        least = &outlook;
    return least;
  }

  void Decide() {
    const ResourceOutlook* const least = Least();
    if (!has_cpu_outlook_ && !has_bend_)
      Because(
          "what the CPU would allow is not known: it needs the CPU of the replicas (--cpu or "
          "--prometheus), their limit (--cpu-limit), and load that varies");
    if (queues_elsewhere_ && !has_bend_)
      Because(
          "latency rises with load and the CPU does not explain it: a limit is near that only "
          "more load, or a ramp in a test environment, would show");
    if (least == nullptr) return;
    const RateEstimate rate = *least->rate;
    const double reach = result_.seen.rate / rate.value;
    if (reach < kLeastReach)
      Because(
          Text("by what is known it would carry %.3g requests/s, and never had more than "
               "%.0f %% of that",
               rate.value, 100 * reach));
    if (rate.high > kWidest * rate.low)
      Because(Text("what is known leaves %.3g to %.3g requests/s", rate.low, rate.high));
    if (!limits().slots && !has_bend_) CheckHiddenSlots(rate.value);
    if (!result_.reasons.empty()) return;
    result_.rate = rate;
    result_.standing = least->standing;
    result_.binding = least->name == "slots" ? Bottleneck::kSlots
                      : has_bend_ && least->name == "latency"
                          ? WhatBindsAt(rate.value * result_.load_of_request)
                          : Bottleneck::kCpu;
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

  ProductionCapacity Finish() {
    std::stable_sort(result_.outlooks.begin(), result_.outlooks.end(),
                     [](const ResourceOutlook& a, const ResourceOutlook& b) {
                       if (!a.rate || !b.rate) return a.rate.has_value() && !b.rate;
                       return a.rate->value < b.rate->value;
                     });
    return std::move(result_);
  }

  const ProductionQuestion& question_;
  std::vector<ReplicaWindow> windows_;
  std::vector<ProductionFit> redrawn_;
  bool queues_elsewhere_ = false;
  bool has_cpu_outlook_ = false;
  bool has_bend_ = false;
  ProductionCapacity result_;
};

}  // namespace

std::string_view Name(Standing standing) {
  constexpr std::string_view kNames[] = {"measured", "extrapolated", "not known"};
  return kNames[static_cast<std::size_t>(standing)];
}

std::optional<ReplicaCapacity> ProductionCapacity::Capacity() const {
  if (!rate) return std::nullopt;
  return ReplicaCapacity{
      .load = MetricsQps(rate->value * load_of_request),
      .low = MetricsQps(rate->low * load_of_request),
      .high = MetricsQps(rate->high * load_of_request),
      .binding = binding == Bottleneck::kSlots ? BindingResource::kSlots : BindingResource::kCpu,
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
