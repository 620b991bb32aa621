#include "adapters/external_metrics/replica_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace loadcurve::external_metrics {
namespace {

std::int64_t WholeSeconds(Duration span) {
  return std::chrono::floor<std::chrono::seconds>(span).count();
}

}  // namespace

ReplicaReader::ReplicaReader(const MetricReader& board, const Clock& clock,
                             std::function<bool()> is_leading, Duration max_age)
    : board_(board), clock_(clock), is_leading_(std::move(is_leading)), max_age_(max_age) {}

void ReplicaReader::NoteBoard(Duration began) {
  const std::lock_guard lock(mutex_);
  began_ = std::max(began, began_.value_or(began));
}

void ReplicaReader::NoteOwnBoard(Duration began) {
  NoteBoard(began);
  const std::lock_guard lock(mutex_);
  is_own_ = true;
}

void ReplicaReader::EndLeading() {
  const std::lock_guard lock(mutex_);
  is_own_ = false;
}

void ReplicaReader::NoteFault(const std::optional<Error>& fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault ? fault->message : "";
}

Result<void> ReplicaReader::Check() const {
  const bool is_leading = is_leading_();
  const std::lock_guard lock(mutex_);
  if (is_leading && (is_own_ || !began_)) return {};
  const std::string cause = fault_.empty() ? "the leader made no newer step" : fault_;
  if (!began_)
    return Fail(ErrorCode::kUnavailable,
                "this replica does not lead and has no board of the leader yet: " + cause);
  const Duration age = clock_.MonotonicNow() - *began_;
  if (age <= max_age_) return {};
  if (is_leading)
    return Fail(ErrorCode::kUnavailable,
                fmt::format("this replica has just become the leader, and the board that it took "
                            "over is {} s old; at most {} s are served: its first step is not done",
                            WholeSeconds(age), WholeSeconds(max_age_)));
  return Fail(ErrorCode::kUnavailable,
              fmt::format("this replica does not lead, and the leader's board that it has is {} s "
                          "old; at most {} s are served: {}",
                          WholeSeconds(age), WholeSeconds(max_age_), cause));
}

Result<MetricItem> ReplicaReader::Read(const MetricQuery& query) const {
  LC_TRY_VOID(Check());
  return board_.Read(query);
}

}  // namespace loadcurve::external_metrics
