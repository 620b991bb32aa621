#include "adapters/kube/profile_conditions.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/time_text.h"
#include "scaler/fleet_brake.h"

namespace loadcurve::kube {
namespace {

using enum ProfileConditionType;
using enum ConditionState;

// A reason of the API is one word.
std::string ReasonOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "InvalidQuestion";
    case ErrorCode::kNotFound:
      return "NotFound";
    case ErrorCode::kPermissionDenied:
      return "NotAllowed";
    case ErrorCode::kInsufficientData:
      return "TooLittleEvidence";
    default:
      return "SourceUnavailable";
  }
}

// Absent where other conditions tell it.
std::optional<std::string> DoubtOf(EvidenceKind kind) {
  switch (kind) {
    case EvidenceKind::kHung:
      return "ServiceHangs";
    case EvidenceKind::kRefused:
      return "RequestsRefused";
    case EvidenceKind::kRetryStorm:
      return "RetryStorm";
    case EvidenceKind::kFailing:
      return "RequestsFail";
    case EvidenceKind::kUpstreamOutage:
      return "UpstreamOutage";
    case EvidenceKind::kCensored:
      return "OwnSaturation";
    default:
      return std::nullopt;
  }
}

std::string Percent(Ratio share) {
  return std::to_string(std::lround(share.value() * 100)) + " %";
}

class Conditions {
 public:
  explicit Conditions(const WorkloadStatus& workload) : workload_(workload) {}

  ProfileCondition Measured() const {
    if (workload_.latest && workload_.coverage < kEnoughCoverage && !workload_.counts_requests)
      return True("PartlyTold",
                  "Told by the source until " + ToRfc3339(LatestEnd()) +
                      ", but now in part only, or not at all: the count holds or grows. See "
                      "whether all expressions of spec.load.source yield a value.");
    if (workload_.latest && workload_.coverage < kEnoughCoverage)
      return True("PartlyCounted",
                  "Counted until " + ToRfc3339(LatestEnd()) + ", but only " +
                      Percent(workload_.coverage) +
                      " of the replicas were heard of: the count holds or grows. See whether the "
                      "source scrapes all of them.");
    if (workload_.latest && !workload_.counts_requests)
      return True("LoadTold", "Told by the source until " + ToRfc3339(LatestEnd()) + ".");
    if (workload_.latest)
      return True("RequestsCounted", "Counted until " + ToRfc3339(LatestEnd()) + ".");
    return False(ProblemOr("NothingCounted"),
                 StoryOr("No window was measured yet; see spec.load.source."));
  }

  ProfileCondition Calibrated() const {
    const auto& online = workload_.calibration;
    if (online && online->adopted) return True("CalibrationAdopted", Adoption() + LastAttempt());
    if (workload_.per_replica)
      return True("CapacityKnown", "spec.load.perReplica is there." + LastAttempt());
    if (online)
      return False("CapacityUnknown",
                   "There is no spec.load.perReplica, so nothing is decided until the calibration "
                   "finds it." +
                       LastAttempt());
    return False("CapacityUnknown",
                 workload_.counts_requests
                     ? "There is no spec.load.perReplica, so nothing is decided; 'loadcurve "
                       "calibrate' finds it."
                     : "There is no spec.load.perReplica, so nothing is decided; give what one "
                       "replica carries of the load that the source tells.");
  }

  ProfileCondition Forecasting() const {
    if (workload_.forecast) return True("ForecastMade", "By " + workload_.forecast_model + ".");
    return False("NoForecast",
                 "Too little was measured for a forecast; the latest load stands in for it.");
  }

  ProfileCondition Active() const {
    if (workload_.not_applied) return False("CountNotSet", workload_.not_applied->message + ".");
    if (workload_.decision)
      return True("DecisionServed",
                  "Wanted: " + std::to_string(workload_.decision->desired.value()) + " replicas.");
    return False(ProblemOr("NothingDecided"), StoryOr("Nothing was decided yet."));
  }

  ProfileCondition AtLimit() const {
    const auto limit = LastReason([](const DecisionReason& reason) {
      return reason.stage == DecisionStage::kBounds || reason.stage == DecisionStage::kStepLimit ||
             reason.stage == DecisionStage::kBudget;
    });
    if (!limit) return False("WithinLimits", "No limit holds the count.");
    const char* reached = limit->stage == DecisionStage::kBounds   ? "BoundReached"
                          : limit->stage == DecisionStage::kBudget ? "BudgetReached"
                                                                   : "StepLimitReached";
    return True(reached, limit->why);
  }

  ProfileCondition Stale() const {
    if (!workload_.latest) return Unknown("NothingCounted", "No window was measured yet.");
    if (workload_.at - LatestEnd() <= kFreshSteps * workload_.step)
      return False("Fresh", "The latest window is recent.");
    return True("MeasurementsTooOld",
                StoryOr("The latest window ended at " + ToRfc3339(LatestEnd()) +
                        ". The count holds or grows until fresh ones come."));
  }

  // Of evidence that the source does not tell of itself.
  ProfileCondition Doubtful() const {
    const auto reason = DoubtOf(workload_.evidence.kind);
    if (!reason)
      return False("NoDisturbance", "Nothing in the latest windows speaks against them.");
    return True(*reason, "Nothing shrinks: " + workload_.evidence.why + ".");
  }

  ProfileCondition FleetBraked() const {
    if (workload_.why_braked.empty()) return False("NotBraked", "The fleet's brake holds nothing.");
    return True("EvidenceSuspected", "The count is held: " + workload_.why_braked +
                                         ". To lift it, annotate Loadcurve's "
                                         "namespace (all) or this profile with " +
                                         std::string(kBrakeAnnotation) + "=off.");
  }

  ProfileCondition RollingOut() const {
    if (!workload_.observed || !workload_.observed->is_rolling_out)
      return False("OneRevision", "All pods are of one revision, as far as their labels tell.");
    return True("TwoRevisions", "Nothing shrinks while pods of an older revision than " +
                                    workload_.observed->revision + " run.");
  }

  ProfileCondition Paused() const {
    if (workload_.why_paused.empty()) return False("NotPaused", "The count follows the decisions.");
    return True("CountHeld", "The count stays as it is: " + workload_.why_paused + ".");
  }

 private:
  static ProfileCondition Of(ConditionState state, std::string reason, std::string message) {
    return {state, std::move(reason), std::move(message), {}};
  }
  static ProfileCondition True(std::string reason, std::string message) {
    return Of(kTrue, std::move(reason), std::move(message));
  }
  static ProfileCondition False(std::string reason, std::string message) {
    return Of(kFalse, std::move(reason), std::move(message));
  }
  static ProfileCondition Unknown(std::string reason, std::string message) {
    return Of(kUnknown, std::move(reason), std::move(message));
  }

  std::string Adoption() const {
    const AdoptedCalibration& adopted = *workload_.calibration->adopted;
    return "Weights " + adopted.costs.weights.version() + " and their capacity stand in for " +
           adopted.instead_of + " since " + ToRfc3339(adopted.adopted_at) + ".";
  }

  std::string LastAttempt() const {
    if (!workload_.calibration || !workload_.calibration->tried_at) return "";
    const CalibrationReport& report = *workload_.calibration;
    return " The attempt of " + ToRfc3339(*report.tried_at) + ": " +
           std::string(Name(report.last.outcome)) + ", " + report.last.why + ".";
  }

  TimePoint LatestEnd() const { return workload_.latest->window_start + workload_.step; }

  std::string ProblemOr(std::string reason) const {
    return workload_.problems.empty() ? reason : ReasonOf(workload_.problems.front().code);
  }
  std::string StoryOr(std::string story) const {
    return workload_.problems.empty() ? story : workload_.problems.front().message;
  }

  std::optional<DecisionReason> LastReason(auto is_wanted) const {
    if (!workload_.decision) return std::nullopt;
    const auto& reasons = workload_.decision->reasons;
    const auto found = std::find_if(reasons.rbegin(), reasons.rend(), is_wanted);
    return found == reasons.rend() ? std::nullopt : std::optional(*found);
  }

  const WorkloadStatus& workload_;
};

}  // namespace

ProfileStatus StatusOf(const WorkloadStatus& workload) {
  ProfileStatus status;
  if (workload.latest) status.load = workload.latest->load;
  status.forecast = workload.forecast;
  status.online_calibration = workload.calibration;
  status.capacity = workload.capacity;
  status.speeds = workload.speeds;
  status.rollout = workload.rollout;
  status.parked = workload.parked;
  status.advice = workload.advice;
  if (workload.decision)
    status.decision = DecisionStatus{workload.at, workload.decision->current,
                                     workload.decision->desired, workload.decision->reasons};
  const Conditions conditions(workload);
  status.conditions = {
      {kMeasured, conditions.Measured()},       {kCalibrated, conditions.Calibrated()},
      {kForecasting, conditions.Forecasting()}, {kActive, conditions.Active()},
      {kAtLimit, conditions.AtLimit()},         {kStale, conditions.Stale()},
      {kPaused, conditions.Paused()},           {kDoubtful, conditions.Doubtful()},
      {kFleetBraked, conditions.FleetBraked()}, {kRollingOut, conditions.RollingOut()}};
  for (auto& [type, condition] : status.conditions) condition.since = workload.at;
  return status;
}

ProfileStatus StatusOfBroken(const StoredProfile& profile, TimePoint now) {
  Check(!profile.profile, "only a profile that cannot be read is broken");
  ProfileStatus status = profile.status;
  std::string message = profile.profile.error().message;
  if (profile.last_good) message += ". What was valid before stays in force.";
  status.conditions[kActive] = {kFalse, "InvalidProfile", std::move(message), now};
  return status;
}

ProfileStatus StatusOfRival(const StoredProfile& profile, const std::string& ruler, TimePoint now) {
  ProfileStatus status{.observed_generation = profile.generation,
                       .calibration = profile.status.calibration,
                       .online_calibration = profile.status.online_calibration,
                       .capacity = profile.status.capacity,
                       .speeds = profile.status.speeds,
                       .rollout = profile.status.rollout,
                       .parked = profile.status.parked,
                       .advice = profile.status.advice};
  status.conditions[kActive] = {kFalse, "TargetTaken", WhyRival(ruler), now};
  return status;
}

std::string WhyRival(const std::string& ruler) {
  return "ScalingProfile " + ruler +
         " is older and names the same targetRef, so this one decides nothing; delete one of them";
}

}  // namespace loadcurve::kube
