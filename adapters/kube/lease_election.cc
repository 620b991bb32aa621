#include "adapters/kube/lease_election.h"

#include <algorithm>
#include <utility>

#include "base/time_text.h"

namespace loadcurve::kube {

LeaseElection::LeaseElection(std::string identity, const LeaseTiming& timing)
    : identity_(std::move(identity)), timing_(timing) {}

Result<LeaseElection> LeaseElection::Make(std::string identity, const LeaseTiming& timing) {
  if (identity.empty())
    return Fail(ErrorCode::kInvalidArgument, "the identity for the election is empty");
  const bool is_whole = timing.lease == std::chrono::floor<std::chrono::seconds>(timing.lease);
  if (timing.lease < std::chrono::seconds(1) || !is_whole || timing.retry <= Duration(0) ||
      timing.retry >= timing.renew_deadline || timing.renew_deadline >= timing.lease)
    return Fail(ErrorCode::kInvalidArgument,
                "lease " + ToString(timing.lease) + ", renew deadline " +
                    ToString(timing.renew_deadline) + ", retry " + ToString(timing.retry) +
                    "; expected retry < renew deadline < lease, in whole seconds");
  return LeaseElection(std::move(identity), timing);
}

LeaseRecord LeaseElection::Mine(TimePoint wall) const {
  return {.holder = identity_,
          .lease_duration = timing_.lease,
          .acquired_at = wall,
          .renewed_at = wall};
}

bool LeaseElection::IsFree(const LeaseRecord& seen, Duration now) const {
  // Ours: a write of this very run went through whose answer was lost.
  if (seen.holder.empty() || seen.holder == identity_) return true;
  const Duration promised = seen.lease_duration > Duration(0) ? seen.lease_duration : timing_.lease;
  return now >= seen_at_ + promised;
}

std::optional<LeaseRecord> LeaseElection::OnRead(const std::optional<LeaseRecord>& seen,
                                                 Duration now, TimePoint wall) {
  must_read_ = false;
  if (!seen) {
    seen_.reset();
    seen_holder_.clear();
    held_.reset();
    // Someone deleted it: a token must not come back.
    LeaseRecord mine = Mine(wall);
    mine.transitions = highest_transitions_ + 1;
    return mine;
  }
  highest_transitions_ = std::max(highest_transitions_, seen->transitions);
  if (seen != seen_) {
    seen_ = seen;
    seen_at_ = now;
  }
  seen_holder_ = seen->holder;

  LeaseRecord mine = Mine(wall);
  mine.resource_version = seen->resource_version;
  const bool is_still_ours =
      held_ && seen->holder == identity_ && seen->transitions == held_->transitions;
  if (is_still_ours) {
    mine.acquired_at = seen->acquired_at;
    mine.transitions = seen->transitions;
    return mine;
  }
  held_.reset();
  if (!IsFree(*seen, now)) return std::nullopt;
  mine.transitions = seen->transitions + 1;
  return mine;
}

std::optional<LeaseRecord> LeaseElection::Renewal(TimePoint wall) const {
  if (!held_) return std::nullopt;
  LeaseRecord renewed = *held_;
  renewed.renewed_at = wall;
  return renewed;
}

void LeaseElection::OnWritten(const LeaseRecord& written, Duration asked_at) {
  held_ = written;
  highest_transitions_ = std::max(highest_transitions_, written.transitions);
  held_until_ = asked_at + timing_.renew_deadline;
  seen_ = written;
  seen_at_ = asked_at;
  seen_holder_ = written.holder;
  must_read_ = false;
}

void LeaseElection::OnConflict() {
  must_read_ = true;
}

std::optional<LeaseRecord> LeaseElection::Release(TimePoint wall) {
  if (!held_) return std::nullopt;
  LeaseRecord released = *std::exchange(held_, std::nullopt);
  must_read_ = true;
  seen_holder_.clear();
  released.holder.clear();
  released.lease_duration = std::chrono::seconds(1);
  released.renewed_at = wall;
  return released;
}

std::optional<std::int64_t> LeaseElection::Token(Duration now) const {
  if (!held_ || now >= held_until_) return std::nullopt;
  return held_->transitions;
}

}  // namespace loadcurve::kube
