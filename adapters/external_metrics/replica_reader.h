#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "adapters/external_metrics/metric_reader.h"
#include "base/clock.h"

namespace loadcurve::external_metrics {

// What one of several replicas answers from its copy of the board: another's board only while the
// step that made it is recent, whether this replica follows or has just taken over; its own at
// once. Each value has its own limit besides. Thread-safe.
class ReplicaReader final : public MetricReader {
 public:
  // All outlive it. `is_leading` is asked for every reading.
  ReplicaReader(const MetricReader& board, const Clock& clock, std::function<bool()> is_leading,
                Duration max_age);

  // The board is that of a step which began at `began` (monotonic, of this machine): of the
  // leader's, or of our own.
  void NoteBoard(Duration began);
  void NoteOwnBoard(Duration began);
  // This replica leads no more.
  void EndLeading();
  // Why there is no newer one; nothing where all went well.
  void NoteFault(const std::optional<Error>& fault);

  // Whether it may be read: our own while we lead, or of a recent step; else kUnavailable with
  // cause and age.
  [[nodiscard]] Result<void> Check() const;

  [[nodiscard]] Result<MetricItem> Read(const MetricQuery& query) const override;

 private:
  const MetricReader& board_;
  const Clock& clock_;
  const std::function<bool()> is_leading_;
  const Duration max_age_;
  mutable std::mutex mutex_;
  std::optional<Duration> began_;
  bool is_own_ = false;  // no other leader's values are on it that this one did not look at
  std::string fault_;
};

}  // namespace loadcurve::external_metrics
