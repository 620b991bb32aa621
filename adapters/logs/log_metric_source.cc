#include "adapters/logs/log_metric_source.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace loadcurve::logs {
namespace {

// A window may gain for so long after its end, however long single requests took.
constexpr Duration kLongestSettling = std::chrono::minutes(5);

}  // namespace

FollowedLogs::FollowedLogs(LogFollower follower, RequestCounts counts, Duration history)
    : follower_(std::move(follower)), counts_(std::move(counts)), history_(history) {}

Result<std::unique_ptr<FollowedLogs>> FollowedLogs::Open(const LogOptions& options,
                                                         Duration history) {
  LC_TRY(LogFollower follower, LogFollower::Open(options));
  LC_TRY(RequestCounts empty, RequestCounts::Make(options.bounds, options.step));
  std::unique_ptr<FollowedLogs> logs(
      new FollowedLogs(std::move(follower), std::move(empty), history));
  LC_TRY_VOID(logs->Refresh());
  return logs;
}

Result<void> FollowedLogs::Refresh() {
  const std::lock_guard lock(mutex_);
  LC_TRY(const RequestCounts added, follower_.Step());
  if (added.IsEmpty()) return {};
  const auto upper = added.bounds().upper();
  if (!latest_window_) oldest_window_ = std::numeric_limits<std::int64_t>::max();
  added.ForEach([&](const RequestCounts::Entry& entry) {
    oldest_window_ = std::min(oldest_window_, entry.window);
    if (entry.cell.count == 0) return;
    latest_window_ = std::max(latest_window_.value_or(entry.window), entry.window);
    if (added.series()[entry.series].request_class == RequestClass::kLongLived) return;
    const Duration mean(static_cast<std::int64_t>(entry.cell.duration_us / entry.cell.count));
    longest_ = std::max(longest_, entry.bucket < upper.size() ? upper[entry.bucket] : mean);
  });
  LC_TRY_VOID(counts_.Merge(added));
  ForgetOld();
  return {};
}

// Now and then, since it costs as much as all that is kept.
void FollowedLogs::ForgetOld() {
  const std::int64_t kept = history_ / counts_.step() + 1;
  if (*latest_window_ - oldest_window_ <= kept + kept / 4) return;
  RequestCounts young = RequestCounts::Make(counts_.bounds(), counts_.step()).value();
  for (const SeriesKey& key : counts_.series())
    young.Intern(key.workload, key.route, key.request_class);
  counts_.ForEach([&](const RequestCounts::Entry& entry) {
    if (*latest_window_ - entry.window <= kept)
      young.AddCell(entry.window, entry.series, entry.bucket, entry.cell);
  });
  counts_ = std::move(young);
  oldest_window_ = *latest_window_ - kept;
}

Result<MeasuredRequests> FollowedLogs::Read(const std::string& workload, TimePoint since,
                                            TimePoint until) const {
  const std::lock_guard lock(mutex_);
  LC_TRY(RequestCounts own, RequestCounts::Make(counts_.bounds(), counts_.step()));
  MeasuredRequests measured{std::move(own)};
  measured.settling = std::min(longest_, kLongestSettling);
  std::vector<std::optional<RequestCounts::SeriesId>> series_of;
  bool is_known = false;
  for (const SeriesKey& key : counts_.series()) {
    series_of.emplace_back();
    if (!workload.empty() && key.workload != workload) continue;
    series_of.back() = measured.counts.Intern(key.workload, key.route, key.request_class);
    is_known = true;
  }
  if (!is_known)
    return Fail(ErrorCode::kNotFound,
                workload.empty() ? "the log holds no request yet"
                                 : "the log holds no request of workload '" + workload + "' yet");
  const std::int64_t first = counts_.WindowOf(since - Duration(1)) + 1;
  const std::int64_t end = counts_.WindowOf(until);
  std::set<std::int64_t> busy;
  counts_.ForEach([&](const RequestCounts::Entry& entry) {
    if (entry.window < first || entry.window >= end || !series_of[entry.series]) return;
    measured.counts.AddCell(entry.window, *series_of[entry.series], entry.bucket, entry.cell);
    busy.insert(entry.window);
  });
  const std::int64_t heard_of = std::min(end, *latest_window_);
  for (std::int64_t window = std::max(first, oldest_window_); window < heard_of; ++window) {
    if (!busy.contains(window)) measured.idle_windows.push_back(window);
  }
  return measured;
}

LogMetricSource::LogMetricSource(FollowedLogs& logs, std::string workload)
    : logs_(logs), workload_(std::move(workload)) {}

Result<Measurement> LogMetricSource::Read(TimePoint since, TimePoint until) {
  LC_TRY_VOID(logs_.Refresh());
  LC_TRY(MeasuredRequests measured, logs_.Read(workload_, since, until));
  return measured;
}

}  // namespace loadcurve::logs
