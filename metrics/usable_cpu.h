#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "metrics/cpu_sample.h"
#include "metrics/metric_source.h"

namespace loadcurve {

// CPU samples of which it is known whose they are, and that all requests beneath were counted.
struct UsableCpu {
  std::vector<CpuSample> samples;
  std::map<std::string, std::int64_t> excluded;  // by reason, see OnlineCalibration
};

UsableCpu UsableOf(const std::vector<CpuSample>& samples, const MeasuredRequests& requests);

}  // namespace loadcurve
