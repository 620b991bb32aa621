#pragma once

#include <optional>

#include "metrics/cpu_source.h"
#include "metrics/metric_source.h"
#include "tests/support/two_route_service.h"

namespace loadcurve::testing {

// A TwoRouteService as sources tell of it; either may fail.
struct TwoRouteWorld {
  TwoRouteService service{};
  std::optional<Error> failure{};
  std::optional<Error> cpu_failure{};
  bool knows_ready = true;
  int reads = 0;
  int cpu_reads = 0;
};

class TwoRouteRequests final : public MetricSource {
 public:
  // `world` outlives it.
  explicit TwoRouteRequests(TwoRouteWorld& world) : world_(world) {}

  [[nodiscard]] Result<Measurement> Read(TimePoint since, TimePoint until) override {
    ++world_.reads;
    if (world_.failure) return tl::unexpected<Error>(*world_.failure);
    return world_.service.Requests(since, until);
  }

 private:
  TwoRouteWorld& world_;
};

class TwoRouteCpu final : public CpuSource {
 public:
  explicit TwoRouteCpu(TwoRouteWorld& world) : world_(world) {}

  [[nodiscard]] Result<MeasuredCpu> Read(TimePoint since, TimePoint until, Duration) override {
    ++world_.cpu_reads;
    if (world_.cpu_failure) return tl::unexpected<Error>(*world_.cpu_failure);
    MeasuredCpu cpu = world_.service.Cpu(since, until);
    if (!world_.knows_ready)
      for (CpuSample& sample : cpu.samples) sample.ready.reset();
    return cpu;
  }

 private:
  TwoRouteWorld& world_;
};

}  // namespace loadcurve::testing
