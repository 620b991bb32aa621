#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "scaler/workload_status.h"

namespace loadcurve::telemetry {

// What is known of each workload, as gauges with the labels `namespace` and `scalingprofile`:
// load and forecast in MetricsQPS, replicas, coverage as a share, times in seconds since 1970.
// A value that is not known has no sample, so that an alert can tell missing from zero.
std::vector<::prometheus::MetricFamily> WorkloadMetrics(
    const std::vector<WorkloadStatus>& workloads);

}  // namespace loadcurve::telemetry
