#include "metrics/capacity/step_judge.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "metrics/capacity/steadiness.h"

namespace loadcurve {
namespace {

constexpr std::size_t kLongestGrowth = 12;
constexpr std::size_t kLongestRefinement = 30;
// Long enough to see whether answers keep up, short enough to spare the target.
constexpr std::size_t kStressIntervals = 6;

// Near the limit late answers come in bursts, rare ones, so that many intervals without any say
// little: 13 of them, all good, are what tells that less than 5 % are late.
constexpr double kWorthOfInterval = 4;

std::size_t LongestOf(StepPurpose purpose) {
  const bool is_fine = purpose == StepPurpose::kRefine || purpose == StepPurpose::kConfirm;
  return is_fine ? kLongestRefinement : kLongestGrowth;
}

// The same step as if only its last intervals counted.
RampStep Latest(const RampStep& step, std::size_t count) {
  RampStep latest = step;
  latest.steady_from = step.intervals.size() - std::min(count, step.intervals.size());
  return latest;
}

// How many of the last intervals so many requests came in; all where fewer came.
std::size_t IntervalsOfRequests(const RampStep& step, std::uint64_t requests) {
  std::uint64_t came = 0;
  std::size_t intervals = 0;
  while (intervals < step.intervals.size() && came < requests) {
    ++intervals;
    for (const ReplicaInterval& replica :
         step.intervals[step.intervals.size() - intervals].replicas)
      came += replica.scheduled;
  }
  return intervals;
}

bool HasDied(const RampStep& step, const CarriedLimits& limits) {
  for (const ReplicaInterval& replica : step.intervals.back().replicas)
    if (!replica.use.is_alive || replica.use.has_restarted) return true;
  return IsSilent(step, limits.silent_intervals);
}

bool HasErrors(const RampStep& step, double allowed) {
  const RampStep latest = Latest(step, 3);
  if (latest.Steady().size() < 3) return false;
  const double ended = latest.Late().all;
  const LateShare errors{latest.ErrorShare() * ended, ended, ended};
  return errors.Low() > allowed;
}

// True where of what came in the last four intervals less than `share` was answered, and by more
// than what is under way changes by chance: three roots of the requests.
bool FallsBehind(const RampStep& step, double share) {
  if (step.intervals.size() < 5) return false;
  const RampStep latest = Latest(step, 4);
  const double scheduled = latest.ScheduledRate() * latest.Length();
  const double answered = latest.AnsweredRate() * latest.Length();
  return answered < share * scheduled && scheduled - answered > 3 * std::sqrt(scheduled);
}

enum class Lateness { kFew, kUnclear, kMany };

Lateness LatenessOf(const RampStep& step, const CarriedLimits& limits, bool must_tell) {
  const double allowed = limits.allowed_late.value();
  const auto replicas = static_cast<double>(step.replica_count());
  const double most = std::max(1.0, std::ceil(limits.late_replicas.value() * replicas - 1e-9));
  double clearly = 0;
  double perhaps = 0;
  double probably = 0;
  const bool is_fine =
      step.purpose == StepPurpose::kRefine || step.purpose == StepPurpose::kConfirm;
  for (std::size_t i = 0; i < step.replica_count(); ++i) {
    LateShare share = step.LateOf(i);
    if (is_fine)
      share.worth =
          std::min(share.worth, kWorthOfInterval * static_cast<double>(step.Steady().size()));
    clearly += share.Low() > allowed ? 1 : 0;
    perhaps += share.High() > allowed ? 1 : 0;
    probably += share.value() > allowed ? 1 : 0;
  }
  if (clearly >= most) return Lateness::kMany;
  if (perhaps < most) return Lateness::kFew;
  if (!must_tell) return Lateness::kUnclear;
  return probably >= most ? Lateness::kMany : Lateness::kFew;
}

StepVerdict JudgeStress(RampStep& step, const CarriedLimits& limits) {
  if (step.intervals.size() < kStressIntervals) return StepVerdict::kOpen;
  constexpr double kKeepsUp = 0.95;
  step.steady_from = 2;
  if (FallsBehind(step, kKeepsUp)) return StepVerdict::kSaturated;
  return LatenessOf(step, limits, true) == Lateness::kMany ? StepVerdict::kLate
                                                           : StepVerdict::kGood;
}

}  // namespace

bool IsSilent(const RampStep& step, std::size_t count) {
  if (step.intervals.size() < count) return false;
  const auto latest = std::span(step.intervals).last(count);
  return std::all_of(latest.begin(), latest.end(), [](const RampInterval& interval) {
    bool has_requests = interval.mean_in_flight > 0;
    bool has_answers = false;
    for (const ReplicaInterval& replica : interval.replicas) {
      has_requests = has_requests || replica.scheduled > 0;
      has_answers = has_answers || replica.answered > 0;
    }
    return has_requests && !has_answers;
  });
}

StepVerdict JudgeStep(RampStep& step, const CarriedLimits& limits) {
  constexpr double kKeepsUp = 0.85;
  if (HasDied(step, limits)) return StepVerdict::kDied;
  if (HasErrors(step, limits.allowed_errors.value())) return StepVerdict::kErrors;
  if (step.purpose == StepPurpose::kStress) return JudgeStress(step, limits);
  if (FallsBehind(step, kKeepsUp)) {
    step.steady_from = step.intervals.size() - 4;
    return StepVerdict::kSaturated;
  }
  const bool must_tell = step.intervals.size() >= LongestOf(step.purpose);
  const auto steady_from = SteadyFrom(step.intervals);
  if (!steady_from && !must_tell) return StepVerdict::kOpen;
  step.steady_from = steady_from.value_or(step.intervals.size() / 2);
  switch (LatenessOf(step, limits, must_tell)) {
    case Lateness::kFew:
      return StepVerdict::kGood;
    case Lateness::kMany:
      return StepVerdict::kLate;
    case Lateness::kUnclear:
      break;
  }
  return StepVerdict::kOpen;
}

bool IsAtEase(const RampStep& step, const CarriedLimits& limits, bool is_in_time) {
  if (step.intervals.size() < 2 || HasDied(step, limits)) return false;
  const RampStep latest = Latest(step, std::max<std::size_t>(2, IntervalsOfRequests(step, 3)));
  const LateShare late = latest.Late();
  double scheduled = 0;
  double answered = 0;
  for (const RampInterval& interval : latest.Steady()) {
    for (const ReplicaInterval& replica : interval.replicas) {
      scheduled += static_cast<double>(replica.scheduled);
      answered += static_cast<double>(replica.answered);
      if (!replica.use.is_alive) return false;
    }
  }
  constexpr double kFew = 3;  // under way at the end
  return scheduled >= kFew && answered > 0 && answered >= 0.8 * scheduled - kFew &&
         (!is_in_time || late.value() <= limits.allowed_late.value()) &&
         latest.ErrorShare() <= limits.allowed_errors.value();
}

}  // namespace loadcurve
