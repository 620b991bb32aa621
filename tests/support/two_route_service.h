#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <random>

#include "metrics/cpu_source.h"
#include "metrics/metric_source.h"

namespace loadcurve::testing {

// A made-up service with two routes whose rates swing on periods of their own, minute by minute:
// "GET /cheap" takes 10 ms, "POST /dear" 20 ms. What they burn may change at a release; replicas
// come and go by the hour, and each burns 0.02 cores without any request. CPU is measured to 3 %.
struct TwoRouteService {
  static constexpr double kIdle = 0.02;
  static constexpr double kCheapSeconds = 0.010;
  static constexpr double kDearSeconds = 0.020;
  static constexpr double kCheapCpu = 0.002;

  std::function<double(TimePoint)> dear_cpu = [](TimePoint) { return 0.016; };
  double noise = 0.03;
  // Of both routes' rates, mean and swing.
  double cheap_rate = 40;
  double dear_rate = 12;
  bool has_swings = true;

  static std::int64_t Minute(TimePoint at) {
    return at.time_since_epoch() / std::chrono::minutes(1);
  }

  static Replicas ReplicasAt(TimePoint at) { return Replicas(2 + Minute(at) / 60 % 3); }

  double Rate(TimePoint at, double mean, double period) const {
    const double phase = 2 * std::numbers::pi * static_cast<double>(Minute(at)) / period;
    return mean * (has_swings ? 1 + 0.75 * std::sin(phase) : 1 + 0.5 * std::sin(phase / 3));
  }
  double CheapRate(TimePoint at) const { return std::floor(Rate(at, cheap_rate, 17)); }
  double DearRate(TimePoint at) const {
    return std::floor(has_swings ? Rate(at, dear_rate, 23)
                                 : CheapRate(at) * dear_rate / cheap_rate);
  }

  double CoresAt(TimePoint at) const {
    std::mt19937_64 random(static_cast<std::uint64_t>(Minute(at)));
    const double used = kIdle * static_cast<double>(ReplicasAt(at).value()) +
                        CheapRate(at) * kCheapCpu + DearRate(at) * dear_cpu(at);
    return used * (1 + noise * std::normal_distribution<>()(random));
  }

  MeasuredRequests Requests(TimePoint since, TimePoint until) const {
    const Duration minute = std::chrono::minutes(1);
    MeasuredRequests measured{RequestCounts::Make(DurationBounds::Default(), minute).value()};
    const auto cheap = measured.counts.Intern("shop", "GET /cheap", RequestClass::kServed);
    const auto dear = measured.counts.Intern("shop", "POST /dear", RequestClass::kServed);
    for (TimePoint at = since; at < until; at += minute) {
      Add(measured.counts, cheap, at, CheapRate(at) * 60, kCheapSeconds);
      Add(measured.counts, dear, at, DearRate(at) * 60, kDearSeconds);
    }
    return measured;
  }

  MeasuredCpu Cpu(TimePoint since, TimePoint until) const {
    const Duration minute = std::chrono::minutes(1);
    MeasuredCpu cpu;
    for (TimePoint at = since; at < until; at += minute)
      cpu.samples.push_back({.from = at,
                             .to = at + minute,
                             .used = CpuCores(CoresAt(at)),
                             .replicas = ReplicasAt(at),
                             .ready = ReplicasAt(at)});
    cpu.limit = CpuCores(1);
    return cpu;
  }

 private:
  static void Add(RequestCounts& counts, RequestCounts::SeriesId series, TimePoint at,
                  double requests, double seconds) {
    RequestCell cell;
    cell.count = static_cast<std::uint64_t>(requests);
    cell.duration_us = static_cast<std::uint64_t>(std::llround(requests * seconds * 1e6));
    const Duration duration(std::llround(seconds * 1e6));
    counts.AddCell(counts.WindowOf(at), series, counts.bounds().BucketOf(duration), cell);
  }
};

}  // namespace loadcurve::testing
