#pragma once

#include "base/result.h"
#include "cmd/source_factory.h"
#include "metrics/load_series.h"
#include "scaler/scaling_profile.h"
#include "scaler/sizing_advice.h"

namespace loadcurve {

// What is known beside the profile.
struct SizingQuestion {
  TimePoint now;
  const LoadSeries* load = nullptr;  // null: none
  Replicas replicas{};               // that are wanted
};

// What the containers of the profile's workload should ask for, by what a Prometheus tells of their
// use, over spec.rightSizing.history or a week. kInvalidArgument where the profile names no
// namespace; otherwise errors of the Prometheus.
[[nodiscard]] Result<SizingAdvice> AdviceBy(const PrometheusAddress& address,
                                            const ScalingProfile& profile,
                                            const SizingQuestion& question);

}  // namespace loadcurve
