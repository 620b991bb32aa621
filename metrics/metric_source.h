#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "metrics/load_sample.h"
#include "metrics/request_counts.h"

namespace loadcurve {

// What a source that counts requests knows of one workload over a stretch of time.
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

// What a source that tells the load itself knows of it: a queue has no requests to weigh.
struct ToldLoad {
  // Whole windows within the stretch, rising. A window that the source cannot vouch for is left
  // out; one that is not complete is a lower bound; a load of 0 was measured, and is idle. Without
  // requests, errors and concurrency.
  std::vector<LoadSample> windows{};
  // Names the unit of the loads. Loads of different scales never meet.
  std::string scale{};
  // Why windows were left out, where a person must mend it: a load below zero.
  std::optional<Error> fault{};
};

using Measurement = std::variant<MeasuredRequests, ToldLoad>;

// SEAM. Where the load of one workload is measured. Not thread-safe.
class MetricSource {
 public:
  virtual ~MetricSource() = default;

  // The requests that ended in [since, until), or the load of its windows; always the same of the
  // two. kUnavailable and kDeadlineExceeded where the source cannot be asked now, kNotFound where
  // it never heard of the workload, kInvalidArgument where the question is wrong (a query the
  // source refuses).
  [[nodiscard]] virtual Result<Measurement> Read(TimePoint since, TimePoint until) = 0;

  // How many replicas should be heard of now; told before a Read. A source that is told of
  // replicas one by one holds it against the latest window's coverage, others have no use for it.
  virtual void Expect(Replicas ready) { static_cast<void>(ready); }
};

}  // namespace loadcurve
