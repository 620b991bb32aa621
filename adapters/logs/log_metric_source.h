#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "adapters/logs/log_follower.h"
#include "adapters/logs/log_options.h"
#include "base/result.h"
#include "metrics/metric_source.h"

namespace loadcurve::logs {

// Logs that are being written, read once for all workloads in them, and what they held of
// late. Thread-safe.
class FollowedLogs {
 public:
  // Reads what is there and keeps the windows of the last `history`. `options` as LogFollower
  // takes them.
  [[nodiscard]] static Result<std::unique_ptr<FollowedLogs>> Open(const LogOptions& options,
                                                                  Duration history);

  // Reads what was written since.
  [[nodiscard]] Result<void> Refresh();

  // The requests of `workload`, or of all where it is empty, in windows that lie wholly within
  // [since, until). A window
  // without any is idle where the log went on after it, be it for another workload, and
  // missing where it did not: a log that is silent may be idle or cut off.
  [[nodiscard]] Result<MeasuredRequests> Read(const std::string& workload, TimePoint since,
                                              TimePoint until) const;

 private:
  FollowedLogs(LogFollower follower, RequestCounts counts, Duration history);
  void ForgetOld();

  mutable std::mutex mutex_;
  LogFollower follower_;
  RequestCounts counts_;
  const Duration history_;
  // In which a request ended, and any was held; both or neither.
  std::optional<std::int64_t> latest_window_;
  std::int64_t oldest_window_ = 0;
  Duration longest_{0};  // ordinary request seen
};

// One workload of FollowedLogs, which outlive it. Every Read refreshes them.
class LogMetricSource final : public MetricSource {
 public:
  LogMetricSource(FollowedLogs& logs, std::string workload);

  [[nodiscard]] Result<Measurement> Read(TimePoint since, TimePoint until) override;

 private:
  FollowedLogs& logs_;
  std::string workload_;
};

}  // namespace loadcurve::logs
