#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "metrics/metric_source.h"

namespace loadcurve {

// A small world of requests, minute by minute: each window holds so many requests of 100 ms,
// so that the load in occupancy weights of 100 ms is requests per second. It can go silent,
// be idle, hear half of the replicas, or fail.
class ScriptedMetricSource final : public MetricSource {
 public:
  struct Script {
    // Requests per second in the window that starts then; absent: no word of that window.
    std::function<std::optional<double>(TimePoint)> qps;
    Ratio coverage{1};
    TimePoint part_since{};  // from when on that was the coverage
    std::optional<BusySlots> in_flight{};
    Duration settling{0};
    std::optional<Error> failure{};
    int reads = 0;
    std::optional<Replicas> expected{};
  };

  // `script` outlives it and may change between reads.
  ScriptedMetricSource(Script& script, Duration step) : script_(script), step_(step) {}

  void Expect(Replicas ready) override { script_.expected = ready; }

  [[nodiscard]] Result<Measurement> Read(TimePoint since, TimePoint until) override {
    ++script_.reads;
    if (script_.failure) return tl::unexpected<Error>(*script_.failure);
    MeasuredRequests measured{RequestCounts::Make(DurationBounds::Default(), step_).value()};
    measured.coverage = script_.coverage;
    const bool is_part = script_.coverage < Ratio(1);
    measured.in_flight = script_.in_flight;
    measured.settling = script_.settling;
    const auto series = measured.counts.Intern("", "", RequestClass::kServed);
    const auto bucket = measured.counts.bounds().BucketOf(kDuration);
    for (TimePoint at = since; at < until; at += step_) {
      const auto qps = script_.qps(at);
      if (!qps) continue;
      const std::int64_t window = measured.counts.WindowOf(at);
      if (is_part && at >= script_.part_since) measured.partial_windows[window] = script_.coverage;
      const auto count = static_cast<std::uint64_t>(*qps * Seconds(step_) + 0.5);
      if (count == 0) {
        measured.idle_windows.push_back(window);
      } else {
        RequestCell cell;
        cell.count = count;
        cell.duration_us = count * static_cast<std::uint64_t>(kDuration.count());
        measured.counts.AddCell(window, series, bucket, cell);
      }
    }
    return measured;
  }

 private:
  static constexpr Duration kDuration = std::chrono::milliseconds(100);

  Script& script_;
  Duration step_;
};

}  // namespace loadcurve
