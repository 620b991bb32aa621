#pragma once

#include <span>
#include <vector>

#include "adapters/plot/chart.h"
#include "cmd/demo_run.h"

namespace loadcurve {

// Pearson's correlation over the pairs in which both are numbers; NaN for fewer than
// three, or where one never changes.
double Correlation(std::span<const double> a, std::span<const double> b);

// How well three ways to look at the same requests follow the CPU, window by window.
struct DemoCorrelations {
  double qps = 0;
  double concurrency = 0;
  double metricsqps = 0;
};
DemoCorrelations CorrelationsOf(const DemoOutcome& outcome);

// CPU, MetricsQPS, busy requests and QPS one under the other, each on its own scale: the
// eye sees which of them follows the CPU.
std::vector<plot::Chart> LoadCharts(const DemoOutcome& outcome);

// The last days measured, and the forecast with its band.
plot::Chart ForecastChart(const DemoOutcome& outcome);

}  // namespace loadcurve
