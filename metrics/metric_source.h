#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "metrics/request_counts.h"

namespace loadcurve {

// What a source knows of one workload over a stretch of time.
struct MeasuredRequests {
  // Whole windows within the stretch. A window that the source cannot vouch for is left
  // out: absent is neither zero nor idle.
  RequestCounts counts;
  // Windows that were measured and held no request at all: idle, not missing. Numbers of
  // windows as RequestCounts has them, rising.
  std::vector<std::int64_t> idle_windows{};
  // How long after its end a window may still gain: a request that began in it and has not
  // ended yet. Zero where the source counts requests at their end only.
  Duration settling{0};
  // Requests being held at the end of the stretch, where the source can tell: it rises
  // while completions stop when a service hangs.
  std::optional<BusySlots> in_flight{};
  // Windows in which some of the workload's replicas were not heard of, and the share that
  // was, in [0, 1): what was counted there is a lower bound.
  std::map<std::int64_t, Ratio> partial_windows{};
  // That share in the latest window: 1 where all were heard of, 0 where nothing was measured.
  Ratio coverage{1};
};

// SEAM. Where the requests of one workload are counted. Not thread-safe.
class MetricSource {
 public:
  virtual ~MetricSource() = default;

  // The requests that ended in [since, until). kUnavailable and kDeadlineExceeded where the
  // source cannot be asked now, kNotFound where it never heard of the workload,
  // kInvalidArgument where the question is wrong (a query the source refuses).
  [[nodiscard]] virtual Result<MeasuredRequests> Read(TimePoint since, TimePoint until) = 0;

  // How many replicas should be heard of now; told before a Read. A source that is told of
  // replicas one by one holds it against the latest window's coverage, others have no use for it.
  virtual void Expect(Replicas ready) { static_cast<void>(ready); }
};

}  // namespace loadcurve
