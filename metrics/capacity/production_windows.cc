#include "metrics/capacity/production_windows.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>
#include <unordered_set>
#include <utility>

namespace loadcurve {
namespace {

using WindowSet = std::unordered_set<std::int64_t>;

// Windows whose requests are all known, also that there were none.
WindowSet WholeWindows(const MeasuredRequests& requests) {
  WindowSet whole(requests.idle_windows.begin(), requests.idle_windows.end());
  requests.counts.ForEach([&](const RequestCounts::Entry& entry) { whole.insert(entry.window); });
  for (const auto& [window, share] : requests.partial_windows) whole.erase(window);
  return whole;
}

// The durations of one bucket, from `low` to `high`, as a power law whose mean is that of its
// requests: F(x) = ((x / low)^power - 1) / ((high / low)^power - 1).
struct BucketLaw {
  double low = 0;
  double high = 0;
  double power = 1;

  static BucketLaw Make(double low, double high, double mean) {
    constexpr double kSteepest = 40;
    constexpr int kHalvings = 30;
    BucketLaw law{low, high};
    double least = -kSteepest;
    double most = kSteepest;
    for (int i = 0; i < kHalvings; ++i) {
      law.power = (least + most) / 2;
      (law.Mean() < mean ? least : most) = law.power;
    }
    return law;
  }

  double ShareBelow(double duration) const {
    const double p = std::abs(power) < kFlat ? kFlat : power;
    return (std::pow(duration / low, p) - 1) / (std::pow(high / low, p) - 1);
  }
  double Quantile(double share) const {
    if (std::abs(power) < kFlat) return low * std::pow(high / low, share);
    return low * std::pow(1 + share * (std::pow(high / low, power) - 1), 1 / power);
  }

 private:
  static constexpr double kFlat = 1e-4;

  double Mean() const {
    const double p = std::abs(power) < kFlat ? kFlat : power;
    const double q = std::abs(p + 1) < kFlat ? p + kFlat : p;
    const double ratio = high / low;
    return low * q / (q + 1) * (std::pow(ratio, q + 1) - 1) / (std::pow(ratio, q) - 1);
  }
};

// Counts and sums of durations by bucket. The first bucket begins at a quarter of its edge; of the
// last, which has no end, all lie at their mean.
class Buckets {
 public:
  explicit Buckets(const DurationBounds& bounds)
      : bounds_(bounds), counts_(bounds.bucket_count()), seconds_(bounds.bucket_count()) {}

  void Add(std::size_t bucket, double count, double seconds) {
    counts_[bucket] += count;
    seconds_[bucket] += seconds;
  }

  double Count() const { return std::accumulate(counts_.begin(), counts_.end(), 0.0); }

  double CountAbove(double target) const {
    double above = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] <= 0) continue;
      const auto [low, high] = EdgesOf(i);
      if (low >= target)
        above += counts_[i];
      else if (high > target)
        above += counts_[i] * (1 - LawOf(i).ShareBelow(target));
    }
    return above;
  }

  double Quantile(double level) const {
    double left = level * Count();
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] <= 0) continue;
      if (left <= counts_[i]) return LawOf(i).Quantile(left / counts_[i]);
      left -= counts_[i];
    }
    return 0;
  }

 private:
  std::pair<double, double> EdgesOf(std::size_t bucket) const {
    constexpr double kFirstPart = 0.25;
    const auto upper = bounds_.upper();
    if (bucket == upper.size()) {
      const double mean = std::max(Seconds(upper.back()), seconds_[bucket] / counts_[bucket]);
      return {mean, mean * 1.0001};
    }
    const double high = Seconds(upper[bucket]);
    return {bucket == 0 ? high * kFirstPart : Seconds(upper[bucket - 1]), high};
  }

  BucketLaw LawOf(std::size_t bucket) const {
    const auto [low, high] = EdgesOf(bucket);
    return BucketLaw::Make(low, high, seconds_[bucket] / counts_[bucket]);
  }

  const DurationBounds& bounds_;
  std::vector<double> counts_;
  std::vector<double> seconds_;
};

// What is added up over one stretch.
struct Sums {
  double requests = 0;  // worth of holding
  double load = 0;
  double busy_seconds = 0;
  double errors = 0;
  Buckets durations;
};

// What one request of a series weighs, where its own duration is not to count.
std::vector<double> MeanWeights(const RequestCounts& counts, const RequestWeights& weights) {
  std::vector<double> count(counts.series().size());
  std::vector<double> us(count.size());
  counts.ForEach([&](const RequestCounts::Entry& entry) {
    count[entry.series] += static_cast<double>(entry.cell.count);
    us[entry.series] += static_cast<double>(entry.cell.duration_us);
  });
  std::vector<double> mean;
  for (std::size_t i = 0; i < count.size(); ++i) {
    const double duration = count[i] > 0 ? us[i] / count[i] : 0;
    mean.push_back(weights.CostOf(counts.series()[i], Duration(std::llround(duration))));
  }
  return mean;
}

// What the stretches from `first` on say of the window (start, start + step]; absent where they
// do not cover all of it.
std::optional<ReadyStretch> WindowOver(std::span<const ReadyStretch> stretches, TimePoint start,
                                       Duration step) {
  ReadyStretch window;
  window.from = start;
  window.to = start + step;
  window.ready = stretches.front().ready;
  double core_seconds = 0;
  bool has_cpu = true;
  Duration covered{0};
  for (const ReadyStretch& stretch : stretches) {
    if (stretch.from >= window.to) break;
    const Duration common = std::min(stretch.to, window.to) - std::max(stretch.from, start);
    covered += common;
    if (stretch.ready != window.ready) window.ready = std::nullopt;
    has_cpu = has_cpu && stretch.used.has_value();
    if (stretch.used) core_seconds += stretch.used->value() * Seconds(common);
    window.is_throttled = window.is_throttled || stretch.is_throttled;
    if (stretch.memory) window.memory = std::max(window.memory.value_or(Bytes()), *stretch.memory);
  }
  if (covered < step) return std::nullopt;
  if (has_cpu) window.used = CpuCores(core_seconds / Seconds(step));
  return window;
}

// Whole windows of `step`, each with the mean of the stretches that cover all of it.
std::vector<ReadyStretch> Joined(std::span<const ReadyStretch> stretches, Duration step) {
  std::vector<ReadyStretch> joined;
  if (stretches.empty()) return joined;
  std::size_t first = 0;
  TimePoint start(stretches.front().from.time_since_epoch() / step * step);
  while (first < stretches.size()) {
    if (const auto window = WindowOver(stretches.subspan(first), start, step))
      joined.push_back(*window);
    start += step;
    while (first < stretches.size() && stretches[first].to <= start) ++first;
    if (first < stretches.size() && stretches[first].from >= start + step)
      start = TimePoint(stretches[first].from.time_since_epoch() / step * step);
  }
  return joined;
}

class Layer {
 public:
  Layer(const MeasuredRequests& requests, const std::vector<ReadyStretch>& stretches,
        const RequestWeights& weights, const WindowOptions& options)
      : requests_(requests), stretches_(stretches), weights_(weights), options_(options) {
    for (const ReadyStretch& stretch : stretches) {
      sums_.push_back({.durations = Buckets(requests.counts.bounds())});
      ends_.push_back(stretch.to);
    }
  }

  ProductionWindows Lay() {
    if (weights_.kind() != WeightsKind::kFitted)
      mean_weights_ = MeanWeights(requests_.counts, weights_);
    requests_.counts.ForEach([&](const RequestCounts::Entry& entry) { Add(entry); });
    const WindowSet whole = WholeWindows(requests_);
    ProductionWindows result;
    for (std::size_t i = 0; i < stretches_.size(); ++i) {
      const char* const reason = ReasonToExclude(i, whole);
      if (reason != nullptr)
        ++result.excluded[reason];
      else
        result.windows.push_back(WindowOf(i));
    }
    return result;
  }

 private:
  void Add(const RequestCounts::Entry& entry) {
    const RequestCounts& counts = requests_.counts;
    const SeriesKey& series = counts.series()[entry.series];
    if (series.workload != options_.workload) return;
    const TimePoint from = counts.StartOf(entry.window) + options_.lag;
    const TimePoint to = from + counts.step();
    auto end = std::upper_bound(ends_.begin(), ends_.end(), from);
    for (; end != ends_.end(); ++end) {
      const auto i = static_cast<std::size_t>(end - ends_.begin());
      if (stretches_[i].from >= to) break;
      const Duration common = std::min(to, *end) - std::max(from, stretches_[i].from);
      AddShare(entry, Seconds(common) / Seconds(counts.step()), sums_[i]);
    }
  }

  void AddShare(const RequestCounts::Entry& entry, double share, Sums& sums) const {
    const SeriesKey& series = requests_.counts.series()[entry.series];
    const double requests = entry.cell.SharedCount() * share;
    sums.load += mean_weights_.empty() ? weights_.LoadOf(series, entry.cell) * share
                                       : requests * mean_weights_[entry.series];
    if (series.request_class == RequestClass::kLongLived) return;
    const double count = static_cast<double>(entry.cell.count) * share;
    sums.requests += requests;
    sums.busy_seconds += entry.cell.BusySeconds() * share;
    if (series.request_class == RequestClass::kError) {
      sums.errors += count;
    } else {
      sums.durations.Add(entry.bucket, count,
                         static_cast<double>(entry.cell.duration_us) * 1e-6 * share);
    }
  }

  const char* ReasonToExclude(std::size_t i, const WindowSet& whole) const {
    const ReadyStretch& stretch = stretches_[i];
    const Duration moment(1);
    if (!stretch.ready || stretch.ready->value() < 1) return "unknown_replicas";
    const RequestCounts& counts = requests_.counts;
    const std::int64_t last = counts.WindowOf(stretch.to - options_.lag - moment);
    for (std::int64_t w = counts.WindowOf(stretch.from - options_.lag); w <= last; ++w)
      if (!whole.contains(w)) return "unmeasured";
    return sums_[i].durations.Count() < 1 ? "no_requests" : nullptr;
  }

  ReplicaWindow WindowOf(std::size_t i) const {
    const ReadyStretch& stretch = stretches_[i];
    const Sums& sums = sums_[i];
    ReplicaWindow window;
    window.from = stretch.from;
    window.to = stretch.to;
    window.replicas = static_cast<double>(stretch.ready->value());
    const double seconds = window.Length() * window.replicas;
    window.rate = sums.requests / seconds;
    window.load = MetricsQps(sums.load / seconds);
    window.held = sums.busy_seconds / seconds;
    window.ended = sums.durations.Count() + sums.errors;
    window.late = sums.durations.CountAbove(Seconds(options_.latency_target));
    window.errors = sums.errors;
    window.tail_seconds = sums.durations.Quantile(options_.quantile);
    if (stretch.used) window.cpu_cores = stretch.used->value() / window.replicas;
    window.is_throttled = stretch.is_throttled;
    if (stretch.memory) window.memory_bytes = static_cast<double>(stretch.memory->value());
    return window;
  }

  const MeasuredRequests& requests_;
  const std::vector<ReadyStretch>& stretches_;
  const RequestWeights& weights_;
  const WindowOptions& options_;
  std::vector<double> mean_weights_;  // by series; empty where weights are fitted
  std::vector<Sums> sums_;
  std::vector<TimePoint> ends_;
};

}  // namespace

ProductionWindows ProductionWindowsOf(const MeasuredRequests& requests,
                                      std::vector<ReadyStretch> stretches,
                                      const RequestWeights& weights, const WindowOptions& options) {
  const Duration step = requests.counts.step();
  const bool is_finer = std::any_of(stretches.begin(), stretches.end(), [&](const ReadyStretch& s) {
    return s.to - s.from < step - std::chrono::milliseconds(1);
  });
  if (is_finer) stretches = Joined(stretches, step);
  return Layer(requests, stretches, weights, options).Lay();
}

}  // namespace loadcurve
