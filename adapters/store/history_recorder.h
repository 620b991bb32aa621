#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "metrics/history_store.h"
#include "metrics/metric_source.h"

namespace loadcurve::store {

// Keeps what sources measure, each window once, when it is final. What is not final yet is in no
// file: a source that still has it gives it again after a restart. Thread-safe, apart from Write.
class HistoryRecorder {
 public:
  // `store` outlives it.
  explicit HistoryRecorder(HistoryStore& store) : store_(store) {}

  // Reads as `source` does; what is final of it is kept under `name`. The recorder outlives it.
  std::unique_ptr<MetricSource> Recording(std::unique_ptr<MetricSource> source, std::string name);

  // Writes what became final since the last time. After an error it is tried again at the next
  // call, but for the oldest where more waits than kMostWaiting readings.
  [[nodiscard]] Result<void> Write();

  static constexpr std::size_t kMostWaiting = 1000;

 private:
  class Source;

  void Take(const std::string& name, const MeasuredRequests& measured, TimePoint until);

  HistoryStore& store_;
  std::mutex mutex_;
  std::vector<MeasuredWorkload> waiting_;
};

}  // namespace loadcurve::store
