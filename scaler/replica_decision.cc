#include "scaler/replica_decision.h"

#include "scaler/deliberation.h"

namespace loadcurve {
namespace {

Result<void> ExpectWeights(std::string_view what, const std::string& found,
                           const std::string& expected) {
  if (found.empty() || found == expected) return {};
  return Fail(ErrorCode::kInvalidArgument,
              std::string(what) + " is measured in weights '" + found +
                  "', the capacity of the profile in '" + expected +
                  "'; measure the load with the profile's weights, as with --weights PROFILE");
}

}  // namespace

std::string_view Name(DecisionStage stage) {
  switch (stage) {
    case DecisionStage::kTarget:
      return "target";
    case DecisionStage::kUntilReady:
      return "until_ready";
    case DecisionStage::kReactiveFloor:
      return "reactive_floor";
    case DecisionStage::kSlots:
      return "slots";
    case DecisionStage::kMemory:
      return "memory";
    case DecisionStage::kSurvival:
      return "survival";
    case DecisionStage::kPath:
      return "path";
    case DecisionStage::kSchedule:
      return "schedule";
    case DecisionStage::kBudget:
      return "budget";
    case DecisionStage::kStepLimit:
      return "step_limit";
    case DecisionStage::kStabilizer:
      return "stabilizer";
    case DecisionStage::kParked:
      return "parked";
    case DecisionStage::kFreeze:
      return "freeze";
    case DecisionStage::kSafetyGuard:
      return "safety_guard";
    case DecisionStage::kBounds:
      return "bounds";
    case DecisionStage::kRollout:
      return "rollout";
    case DecisionStage::kFleetBrake:
      return "fleet_brake";
    case DecisionStage::kPaused:
      return "paused";
  }
  return "unknown";
}

Result<ReplicaDecision> Decide(const DecisionInputs& inputs, const ScalingProfile& profile) {
  const LoadSpec& load = profile.fields().load;
  if (!load.per_replica)
    return Fail(ErrorCode::kInvalidArgument,
                "the profile '" + profile.fields().metadata.name +
                    "' has no spec.load.perReplica, so what one replica carries is unknown; " +
                    (load.CountsRequests() ? "'loadcurve calibrate' measures it, or give it by hand"
                                           : "give it by hand, in the unit of the load"));
  if (inputs.current < Replicas(0))
    return Fail(ErrorCode::kInvalidArgument, "the current count is " +
                                                 std::to_string(inputs.current.value()) +
                                                 "; expected a whole number >= 0");
  if (!(inputs.error_share >= Ratio(0) && inputs.error_share <= Ratio(1)))
    return Fail(ErrorCode::kInvalidArgument, "the share of errors is " +
                                                 std::to_string(inputs.error_share.value()) +
                                                 "; expected a number in [0, 1]");
  if (!(inputs.coverage >= Ratio(0) && inputs.coverage <= Ratio(1)))
    return Fail(ErrorCode::kInvalidArgument, "the coverage is " +
                                                 std::to_string(inputs.coverage.value()) +
                                                 "; expected a number in [0, 1]");
  const std::string version = load.Scale();
  if (inputs.measured != nullptr)
    LC_TRY_VOID(ExpectWeights("the series", inputs.measured->weights_version(), version));
  if (inputs.forecast != nullptr)
    LC_TRY_VOID(ExpectWeights("the forecast", inputs.forecast->weights_version(), version));
  return Deliberation(inputs, profile).Run();
}

}  // namespace loadcurve
