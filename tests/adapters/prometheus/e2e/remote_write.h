#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "adapters/prometheus/time_series.h"

namespace loadcurve::prometheus {

// A native histogram as targets keep it: resolution 2^(2^-schema), bucket i of `counts`, from
// `first` on, ends at 2^(i * 2^-schema) units; whole counts.
struct NativeSample {
  std::int64_t time_ms = 0;
  double sum = 0;
  int schema = 0;
  int first = 0;
  std::vector<std::int64_t> counts;
};

// What a staleness marker is: https://prometheus.io/docs/specs/remote_write_spec/
double StalenessMarker();

// The body of a remote write (protocol 1.0: snappy, here without compressing) of one series,
// with {milliseconds, value} samples, and of one with native histograms.
std::string RemoteWriteBody(const Labels& labels,
                            const std::vector<std::pair<std::int64_t, double>>& samples);
std::string RemoteWriteBody(const Labels& labels, const std::vector<NativeSample>& samples);

}  // namespace loadcurve::prometheus
