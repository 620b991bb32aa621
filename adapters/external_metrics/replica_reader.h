#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "adapters/external_metrics/metric_reader.h"
#include "base/clock.h"

namespace loadcurve::external_metrics {

// What one of several replicas answers from its copy of the board: the leader at once, another
// only while the leader's last step that it has heard of is recent. Each value has its own limit
// besides. Thread-safe.
class ReplicaReader final : public MetricReader {
 public:
  // All outlive it. `is_leading` is asked for every reading.
  ReplicaReader(const MetricReader& board, const Clock& clock, std::function<bool()> is_leading,
                Duration max_age);

  // The board is that of a step which began at `began` (monotonic, of this machine).
  void NoteBoard(Duration began);
  // Why there is no newer one; nothing where all went well.
  void NoteFault(const std::optional<Error>& fault);

  // Whether it may be read: leading, or of a recent step; else kUnavailable with cause and age.
  [[nodiscard]] Result<void> Check() const;

  [[nodiscard]] Result<MetricItem> Read(const MetricQuery& query) const override;

 private:
  const MetricReader& board_;
  const Clock& clock_;
  const std::function<bool()> is_leading_;
  const Duration max_age_;
  mutable std::mutex mutex_;
  std::optional<Duration> began_;
  std::string fault_;
};

}  // namespace loadcurve::external_metrics
