#pragma once

#include <memory>
#include <optional>
#include <string>

#include "adapters/store/history_recorder.h"
#include "adapters/store/sqlite_history_store.h"
#include "base/clock.h"
#include "base/result.h"
#include "cmd/fault_log.h"
#include "scaler/control_loop.h"

namespace loadcurve {

// The history that `serve` keeps in a file: what was measured before it began is given to the
// loops, and what is measured is written when it is final. A store that fails is logged, once
// for each fault, and stops nobody. Not thread-safe.
class ServeHistory {
 public:
  // Opens the store, made where it is absent, and applies the retention. `span` of the past is
  // given to each loop. The clock outlives it. Errors as SqliteHistoryStore::Open.
  [[nodiscard]] static Result<std::unique_ptr<ServeHistory>> Open(const std::string& path,
                                                                  Duration span,
                                                                  const Clock& clock);

  // Gives a workload its past, in its weights and at its step, and keeps what its source measures
  // from now on. A step that does not divide an hour is not kept.
  void Join(LoopWorkload& workload);

  // Writes what became final; every hour it applies the retention too.
  void Write();

 private:
  ServeHistory(std::string path, std::unique_ptr<store::SqliteHistoryStore> store, Duration span,
               const Clock& clock);

  std::string path_;
  std::unique_ptr<store::SqliteHistoryStore> store_;
  store::HistoryRecorder recorder_;
  Duration span_;
  const Clock& clock_;
  TimePoint thinned_at_;
  FaultLog faults_;
};

}  // namespace loadcurve
