#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/units.h"
#include "metrics/calibration.h"
#include "metrics/cost_model.h"
#include "metrics/cpu_sample.h"
#include "metrics/request_timeline.h"

namespace loadcurve {

// The windows that a fit may use, and how many samples were left out for which reason.
struct AlignedWindows {
  CostWindows windows;
  std::map<std::string, std::int64_t> excluded;
};

// Lays CPU samples over the requests of some time before. Timeline, samples and options are
// borrowed: they outlive the alignment.
class CpuAlignment {
 public:
  CpuAlignment(const RequestTimeline& timeline, std::span<const CpuSample> cpu,
               const CalibrationOptions& options)
      : timeline_(timeline), cpu_(cpu), options_(options) {}

  // With each sample over the requests of `lag` before; see WorkloadCalibration for the
  // reasons to leave one out.
  AlignedWindows At(Duration lag) const;

 private:
  double RequestsIn(const CpuSample& sample, Duration lag) const;
  Duration TypicalSilence(Duration lag) const;
  bool HasHole(const CpuSample& sample, Duration lag, Duration typical_silence) const;
  const char* ReasonToExclude(const CpuSample& sample, Duration lag,
                              Duration typical_silence) const;
  CostWindows Windows(const std::vector<const CpuSample*>& used, Duration lag) const;

  const RequestTimeline& timeline_;
  std::span<const CpuSample> cpu_;
  const CalibrationOptions& options_;
};

// Samples arrive some seconds after what they measure, by an amount that nobody writes down:
// the lag at which a coarse model explains the CPU best; none, where that is not clearly
// better. Only samples that have requests at every lag take part, or those with the fewest
// samples would seem the best.
//
// Searched up to 30 s or two samples, whichever is longer, but no further than 3 minutes or a
// quarter of the record; `step` is the finest that the timeline can tell. `cpu` is not empty.
Duration FindLag(const RequestTimeline& timeline, std::span<const CpuSample> cpu,
                 const CalibrationOptions& options, Duration step);

}  // namespace loadcurve
