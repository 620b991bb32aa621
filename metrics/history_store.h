#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "metrics/metric_source.h"
#include "metrics/request_counts.h"

namespace loadcurve {

// The step of history that comes from files, and the finest that is kept for weeks.
inline constexpr Duration kHistoryStep = std::chrono::minutes(1);

// What a store holds of one workload.
struct StoredWorkload {
  std::string name;        // as RequestCounts has it; empty where workloads are not told apart
  TimePoint since;         // start of the first hour that holds anything
  TimePoint until;         // end of the last such hour
  std::int64_t hours = 0;  // hours that hold anything
  std::int64_t bytes = 0;  // that these take in the store
};

// What was measured of one workload, to be kept under that name whatever its series are called.
struct MeasuredWorkload {
  std::string name;
  MeasuredRequests measured;
};

// SEAM. Keeps counted requests by workload, so that the past can be weighed anew when
// weights change. Not thread-safe.
class HistoryStore {
 public:
  virtual ~HistoryStore() = default;

  // Keeps windows that are final: those with requests, and those that were idle. A window that
  // is known already stays as it is, so that whoever measures the same again, after a restart
  // or beside another, doubles nothing. Once it returns all are kept, whatever happens to the
  // machine; if it fails, none is. Steps that do not divide an hour and other duration bounds
  // than the store's are kInvalidArgument.
  [[nodiscard]] virtual Result<void> Record(const std::vector<MeasuredWorkload>& workloads) = 0;

  // All requests of `workload` that were counted in [since, until), in windows of `step`. Where
  // only wider windows are kept it is kInvalidArgument and the message says what there is. No
  // requests at all are empty counts.
  [[nodiscard]] virtual Result<RequestCounts> Load(const std::string& workload, TimePoint since,
                                                   TimePoint until,
                                                   Duration step = kHistoryStep) = 0;

  // The windows within [since, until) that were measured whole, be it in several parts: with
  // requests, or idle. What is known in part, or in wider windows only, is left out.
  [[nodiscard]] virtual Result<MeasuredRequests> Measured(const std::string& workload,
                                                          TimePoint since, TimePoint until,
                                                          Duration step = kHistoryStep) = 0;

  // In order of name.
  [[nodiscard]] virtual Result<std::vector<StoredWorkload>> Workloads() = 0;
};

}  // namespace loadcurve
