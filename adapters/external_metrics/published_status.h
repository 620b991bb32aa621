#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/external_metrics/metric_board.h"
#include "base/units.h"
#include "scaler/workload_status.h"

namespace loadcurve::external_metrics {

// What is published of every profile. An HPA is given the first, at AverageValue 1, and then
// does not change when weights, capacity or forecast are made anew. The others are for people
// and for those who steer by themselves; loads are rounded to three digits, since a number that
// trembles costs a write to etcd at each sync of an HPA.
inline constexpr std::string_view kReplicasMetric = "loadcurve-replicas";
inline constexpr std::string_view kLoadMetric = "loadcurve-load";               // MetricsQPS
inline constexpr std::string_view kForecastMetric = "loadcurve-load-forecast";  // MetricsQPS
inline constexpr std::string_view kPerReplicaMetric = "loadcurve-load-per-replica";
inline constexpr std::string_view kUtilizationMetric = "loadcurve-utilization";  // 1: planned for
inline constexpr std::string_view kQpsMetric = "loadcurve-qps";

std::vector<std::string> PublishedMetrics();

// The namespace that a profile's values are read in: outside a cluster profiles have none, and
// kubectl looks in "default".
std::string PublishedNamespace(const ProfileKey& profile);

// Puts on the board what a step of the loop found of a workload, each value with the age after
// which it is an error, and for each it could not find, why. `hpa_tolerance`: of the HPAs that
// read, see HpaValueFor.
void PublishStatus(const WorkloadStatus& status, Ratio hpa_tolerance, MetricBoard& board);

}  // namespace loadcurve::external_metrics
