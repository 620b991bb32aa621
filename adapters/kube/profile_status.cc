#include "adapters/kube/profile_status.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/kube/advice_status.h"
#include "adapters/kube/capacity_status.h"
#include "adapters/kube/json_fields.h"
#include "adapters/kube/online_calibration_status.h"
#include "adapters/kube/parked_status.h"
#include "adapters/kube/rollout_status.h"
#include "adapters/kube/speed_status.h"
#include "adapters/kube/status_fields.h"
#include "base/time_text.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;

constexpr std::array kTypes = {
    ProfileConditionType::kMeasured,    ProfileConditionType::kCalibrated,
    ProfileConditionType::kForecasting, ProfileConditionType::kActive,
    ProfileConditionType::kAtLimit,     ProfileConditionType::kStale,
    ProfileConditionType::kPaused,      ProfileConditionType::kDoubtful,
    ProfileConditionType::kFleetBraked, ProfileConditionType::kRollingOut,
    ProfileConditionType::kManagedHpa};

constexpr std::array kStages = {
    DecisionStage::kTarget,    DecisionStage::kUntilReady,  DecisionStage::kReactiveFloor,
    DecisionStage::kSlots,     DecisionStage::kMemory,      DecisionStage::kSurvival,
    DecisionStage::kPath,      DecisionStage::kSchedule,    DecisionStage::kBudget,
    DecisionStage::kStepLimit, DecisionStage::kStabilizer,  DecisionStage::kParked,
    DecisionStage::kFreeze,    DecisionStage::kSafetyGuard, DecisionStage::kBounds,
    DecisionStage::kRollout,   DecisionStage::kFleetBrake,  DecisionStage::kPaused};

template <class List>
auto Named(const List& all, std::string_view name, auto name_of) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](auto candidate) { return name_of(candidate) == name; });
  return found == all.end() ? std::optional<typename List::value_type>() : *found;
}

json ToJson(const DecisionStatus& decision) {
  json reasons = json::array();
  for (const DecisionReason& reason : decision.reasons)
    reasons.push_back({{"stage", Name(reason.stage)},
                       {"before", reason.before.value()},
                       {"after", reason.after.value()},
                       {"why", reason.why}});
  return {{"time", WholeSeconds(decision.time)},
          {"current", decision.current.value()},
          {"desired", decision.desired.value()},
          {"stage", decision.reasons.empty() ? "" : Name(decision.reasons.back().stage)},
          {"reasons", std::move(reasons)}};
}

DecisionStatus DecisionFrom(const json& object) {
  DecisionStatus decision;
  decision.time = TimeAt(object, {"time"});
  decision.current = Replicas(WholeAt(object, {"current"}).value_or(0));
  decision.desired = Replicas(WholeAt(object, {"desired"}).value_or(0));
  const json* reasons = FieldAt(object, {"reasons"});
  if (reasons == nullptr || !reasons->is_array()) return decision;
  for (const json& reason : *reasons) {
    const auto stage =
        Named(kStages, TextAt(reason, {"stage"}), [](DecisionStage s) { return Name(s); });
    if (!stage) continue;
    decision.reasons.push_back({*stage, Replicas(WholeAt(reason, {"before"}).value_or(0)),
                                Replicas(WholeAt(reason, {"after"}).value_or(0)),
                                TextAt(reason, {"why"})});
  }
  return decision;
}

json ToJson(const CalibrationStatus& status) {
  json fits = json::object();
  for (const auto& [metric, fit] : status.out_of_sample) {
    json& judged = fits[metric] = {{"r2", fit.r2}, {"correlation", fit.correlation}};
    if (fit.r2_error) judged["r2Error"] = *fit.r2_error;
    if (fit.correlation_error) judged["correlationError"] = *fit.correlation_error;
  }
  json object = {
      {"time", ToRfc3339(status.calibrated_at)},
      {"verdict", status.verdict},
      {"lagSeconds", Seconds(status.lag)},
      {"idleCores", status.idle_cores.value()},
      {"windows", {{"used", status.windows_used}, {"excluded", status.windows_excluded}}},
      {"outOfSample", std::move(fits)}};
  if (status.condition_number) object["conditionNumber"] = *status.condition_number;
  return object;
}

CalibrationStatus CalibrationFrom(const json& object) {
  CalibrationStatus status;
  status.calibrated_at = TimeAt(object, {"time"});
  status.verdict = TextAt(object, {"verdict"});
  status.lag = Duration(std::llround(NumberAt(object, {"lagSeconds"}).value_or(0) * 1e6));
  status.idle_cores = CpuCores(NumberAt(object, {"idleCores"}).value_or(0));
  status.condition_number = NumberAt(object, {"conditionNumber"});
  status.windows_used = WholeAt(object, {"windows", "used"}).value_or(0);
  if (const json* excluded = FieldAt(object, {"windows", "excluded"});
      excluded != nullptr && excluded->is_object()) {
    for (const auto& [reason, count] : excluded->items())
      if (count.is_number_integer()) status.windows_excluded[reason] = count.get<std::int64_t>();
  }
  if (const json* fits = FieldAt(object, {"outOfSample"}); fits != nullptr && fits->is_object()) {
    for (const auto& [metric, fit] : fits->items())
      status.out_of_sample[metric] = {.r2 = NumberAt(fit, {"r2"}).value_or(0),
                                      .correlation = NumberAt(fit, {"correlation"}).value_or(0),
                                      .r2_error = NumberAt(fit, {"r2Error"}),
                                      .correlation_error = NumberAt(fit, {"correlationError"})};
  }
  return status;
}

bool HasMoved(const std::optional<MetricsQps>& written, const std::optional<MetricsQps>& next) {
  constexpr double kFifth = 0.2;
  if (written.has_value() != next.has_value()) return true;
  if (!written) return false;
  const double from = Rounded(written->value());
  const double to = Rounded(next->value());
  return std::abs(to - from) > kFifth * std::max(std::abs(from), std::abs(to)) ||
         (from == 0) != (to == 0);
}

// What people look at in a decision: the counts, and who had the last word.
auto GistOf(const DecisionStatus& decision) {
  const auto last =
      decision.reasons.empty() ? std::nullopt : std::optional(decision.reasons.back().stage);
  return std::tuple(decision.current, decision.desired, last);
}

}  // namespace

std::string_view Name(ProfileConditionType type) {
  switch (type) {
    case ProfileConditionType::kMeasured:
      return "Measured";
    case ProfileConditionType::kCalibrated:
      return "Calibrated";
    case ProfileConditionType::kForecasting:
      return "Forecasting";
    case ProfileConditionType::kActive:
      return "Active";
    case ProfileConditionType::kAtLimit:
      return "AtLimit";
    case ProfileConditionType::kStale:
      return "Stale";
    case ProfileConditionType::kPaused:
      return "Paused";
    case ProfileConditionType::kDoubtful:
      return "Doubtful";
    case ProfileConditionType::kFleetBraked:
      return "FleetBraked";
    case ProfileConditionType::kRollingOut:
      return "RollingOut";
    case ProfileConditionType::kManagedHpa:
      return "ManagedHPA";
  }
  return "Unknown";
}

json ToJson(const ProfileStatus& status) {
  json object = {{"observedGeneration", status.observed_generation}};
  if (status.load) object["load"] = Rounded(status.load->value());
  if (status.forecast) object["forecast"] = Rounded(status.forecast->value());
  if (status.decision) object["decision"] = ToJson(*status.decision);
  json conditions = json::array();
  for (const auto& [type, condition] : status.conditions)
    conditions.push_back(kube::ToJson(Name(type), condition, status.observed_generation));
  object["conditions"] = std::move(conditions);
  if (status.calibration) object["calibration"] = ToJson(*status.calibration);
  if (status.online_calibration)
    object["onlineCalibration"] = kube::ToJson(*status.online_calibration);
  if (status.capacity) object["capacity"] = kube::ToJson(*status.capacity);
  if (status.speeds) object["instanceSpeeds"] = kube::ToJson(*status.speeds);
  if (status.rollout) object["rollout"] = kube::ToJson(*status.rollout);
  if (status.parked) object["parked"] = kube::ToJson(*status.parked);
  if (status.advice) object["advice"] = kube::ToJson(*status.advice);
  return object;
}

ProfileStatus ProfileStatusFrom(const json& object) {
  ProfileStatus status;
  status.observed_generation = WholeAt(object, {"observedGeneration"}).value_or(0);
  if (const auto load = NumberAt(object, {"load"})) status.load = MetricsQps(*load);
  if (const auto forecast = NumberAt(object, {"forecast"})) status.forecast = MetricsQps(*forecast);
  if (const json* decision = FieldAt(object, {"decision"}))
    status.decision = DecisionFrom(*decision);
  if (const json* conditions = FieldAt(object, {"conditions"});
      conditions != nullptr && conditions->is_array()) {
    for (const json& condition : *conditions) {
      const auto type = Named(kTypes, TextAt(condition, {"type"}),
                              [](ProfileConditionType t) { return Name(t); });
      if (type) status.conditions[*type] = ConditionFrom(condition);
    }
  }
  if (const json* calibration = FieldAt(object, {"calibration"}))
    status.calibration = CalibrationFrom(*calibration);
  if (const json* online = FieldAt(object, {"onlineCalibration"}))
    status.online_calibration = CalibrationReportFrom(*online);
  if (const json* capacity = FieldAt(object, {"capacity"}))
    status.capacity = CapacityReportFrom(*capacity);
  if (const json* speeds = FieldAt(object, {"instanceSpeeds"}))
    status.speeds = SpeedReportFrom(*speeds);
  if (const json* rollout = FieldAt(object, {"rollout"}))
    status.rollout = RolloutStateFrom(*rollout);
  if (const json* parked = FieldAt(object, {"parked"})) status.parked = ParkedStateFrom(*parked);
  if (const json* advice = FieldAt(object, {"advice"})) status.advice = SizingAdviceFrom(*advice);
  return status;
}

bool IsNews(const ProfileStatus& written, const ProfileStatus& next) {
  if (written.observed_generation != next.observed_generation) return true;
  if (written.decision.has_value() != next.decision.has_value()) return true;
  if (next.decision && GistOf(*written.decision) != GistOf(*next.decision)) return true;
  if (next.calibration && (!written.calibration ||
                           written.calibration->calibrated_at != next.calibration->calibrated_at))
    return true;
  if (IsNews(written.online_calibration, next.online_calibration)) return true;
  if (IsNews(written.capacity, next.capacity)) return true;
  if (IsNews(written.speeds, next.speeds)) return true;
  if (IsNews(written.rollout, next.rollout)) return true;
  if (IsNews(written.parked, next.parked)) return true;
  if (IsNews(written.advice, next.advice)) return true;
  return !std::ranges::equal(
      written.conditions, next.conditions, [](const auto& before, const auto& after) {
        return before.first == after.first && before.second.state == after.second.state &&
               before.second.reason == after.second.reason;
      });
}

bool HasMoved(const ProfileStatus& written, const ProfileStatus& next) {
  return HasMoved(written.load, next.load) || HasMoved(written.forecast, next.forecast) ||
         HasMoved(written.rollout, next.rollout) || HasMoved(written.capacity, next.capacity);
}

ProfileStatus Settled(const ProfileStatus& written, ProfileStatus next) {
  for (auto& [type, condition] : next.conditions) {
    const auto before = written.conditions.find(type);
    if (before != written.conditions.end() && before->second.state == condition.state)
      condition.since = before->second.since;
  }
  if (next.decision && written.decision && next.decision->desired == written.decision->desired)
    next.decision->time = written.decision->time;
  if (!next.calibration) next.calibration = written.calibration;
  if (next.advice && next.advice->at == TimePoint() && written.advice) next.advice = written.advice;
  return next;
}

}  // namespace loadcurve::kube
