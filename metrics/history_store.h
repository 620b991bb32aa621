#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "metrics/request_counts.h"

namespace loadcurve {

// The finest step in which history is kept.
inline constexpr Duration kHistoryStep = std::chrono::minutes(1);

// What a store holds of one workload.
struct StoredWorkload {
  std::string name;        // as RequestCounts has it; empty where workloads are not told apart
  TimePoint since;         // start of the first hour that holds anything
  TimePoint until;         // end of the last such hour
  std::int64_t hours = 0;  // hours that hold anything
  std::int64_t bytes = 0;  // that these take in the store
};

// SEAM. Keeps counted requests by workload, so that the past can be weighed anew when
// weights change. Not thread-safe.
class HistoryStore {
 public:
  virtual ~HistoryStore() = default;

  // Adds counts of step kHistoryStep to what is there. Once it returns they are kept,
  // whatever happens to the machine; if it fails, nothing of them is. Other steps and other
  // duration bounds than the store's are kInvalidArgument.
  [[nodiscard]] virtual Result<void> Append(const RequestCounts& counts) = 0;

  // The requests of `workload` in the windows that start in [since, until), in windows of
  // `step`, a whole multiple of kHistoryStep. Old history may be kept in wider windows
  // only: where `step` asks for finer ones than there are, it is kInvalidArgument and the
  // message says what there is. No requests at all are empty counts.
  [[nodiscard]] virtual Result<RequestCounts> Load(const std::string& workload, TimePoint since,
                                                   TimePoint until,
                                                   Duration step = kHistoryStep) = 0;

  // In order of name.
  [[nodiscard]] virtual Result<std::vector<StoredWorkload>> Workloads() = 0;
};

}  // namespace loadcurve
