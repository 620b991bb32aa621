#include "scaler/replica_decision.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "base/time_text.h"
#include "scaler/replica_target.h"

namespace loadcurve {
namespace {

std::string Short(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", number);
  return text.data();
}

std::string Count(Replicas replicas) {
  return std::to_string(replicas.value()) + (replicas.value() == 1 ? " replica" : " replicas");
}

std::string Span(TimePoint from, TimePoint until) {
  return ToRfc3339(from) + " to " + ToRfc3339(until);
}

struct LatestLoad {
  MetricsQps load;
  TimePoint measured_until;
};

// One decision on its way through the stages.
class Deliberation {
 public:
  Deliberation(const DecisionInputs& inputs, const ScalingProfile& profile)
      : inputs_(inputs),
        fields_(profile.fields()),
        capacity_(*profile.fields().load.per_replica),
        step_(std::max(fields_.forecast.step,
                       inputs.measured == nullptr ? Duration(0) : inputs.measured->step())),
        desired_(inputs.current) {
    decision_.workload = profile.Workload();
    decision_.current = inputs.current;
    decision_.valid_until = inputs.now + step_ * kFreshSteps;
    FindLatest();
  }

  Result<ReplicaDecision> Run() {
    LC_TRY_VOID(Target());
    LC_TRY_VOID(UntilReady());
    LC_TRY_VOID(ReactiveFloor());
    LC_TRY_VOID(Slots());
    decision_.need = desired_;
    StepLimit();
    LC_TRY_VOID(Stabilizer());
    SafetyGuard();
    Bounds();
    decision_.desired = desired_;
    return std::move(decision_);
  }

 private:
  void Move(DecisionStage stage, Replicas after, std::string why) {
    decision_.reasons.push_back({stage, desired_, after, std::move(why)});
    desired_ = after;
  }

  // How many of the measured windows begin before now.
  std::size_t BegunWindows() const {
    const LoadSeries& measured = *inputs_.measured;
    const std::int64_t since_start = (inputs_.now - measured.start()).count();
    if (since_start <= 0) return 0;
    const std::int64_t step = measured.step().count();
    return std::min(measured.size(), static_cast<std::size_t>((since_start - 1) / step + 1));
  }

  void FindLatest() {
    if (inputs_.measured == nullptr) return;
    const auto values = inputs_.measured->values();
    for (std::size_t i = BegunWindows(); i-- > 0;) {
      if (std::isnan(values[i])) continue;
      latest_ = LatestLoad{MetricsQps(values[i]), inputs_.measured->TimeAt(i + 1)};
      return;
    }
  }

  // What one replica sustains at its whole limit: measured at a share of it, and taken as
  // proportional, which is exact where the objective is that share.
  MetricsQps Sustained() const { return PlannedLoad(capacity_) / capacity_.target_share.value(); }

  Result<Replicas> Need(MetricsQps load) const {
    return ReplicasFor(load, Sustained(), fields_.objective.target_utilization);
  }

  // The age of the last measurement, in the series or in what the forecast was made from, where
  // it is too old to act on.
  std::optional<Duration> FadedAge() const {
    std::optional<TimePoint> known;
    if (latest_) known = latest_->measured_until;
    if (inputs_.forecast != nullptr)
      known = std::max(known.value_or(TimePoint::min()), inputs_.forecast->issued_at());
    if (!known || inputs_.now - *known <= step_ * kForecastSteps) return std::nullopt;
    return inputs_.now - *known;
  }

  // The highest forecast load over the windows that touch [from, until]; absent where the
  // forecast does not reach.
  std::optional<MetricsQps> HighestForecast(TimePoint from, TimePoint until) const {
    if (inputs_.forecast == nullptr) return std::nullopt;
    std::optional<MetricsQps> highest;
    const Forecast& forecast = *inputs_.forecast;
    for (std::size_t ahead = 0; ahead < forecast.horizon(); ++ahead) {
      const TimePoint start = forecast.TimeAt(ahead);
      if (start > until || start + forecast.step() <= from) continue;
      const MetricsQps load(forecast.Quantile(ahead, fields_.objective.quantile));
      highest = std::max(highest.value_or(load), load);
    }
    return highest;
  }

  // How far one decision may go; absent where there is no limit.
  std::optional<Replicas> LargestStep(const StepLimits& limits) const {
    if (!limits.max_step && !limits.max_share) return std::nullopt;
    Replicas step = limits.max_step.value_or(Replicas(1));
    if (limits.max_share) {
      const double share = std::ceil(limits.max_share->value() *
                                     static_cast<double>(inputs_.current.value()) * (1 - 1e-9));
      step = std::max(step, Replicas(static_cast<std::int64_t>(share)));
    }
    return step;
  }

  // As far as one decision may grow.
  Replicas InReach(Replicas count) const {
    const auto step = LargestStep(fields_.behavior.scale_up);
    if (!step || count <= inputs_.current) return count;
    return std::min(count, inputs_.current + *step);
  }

  // What a hold holds. The observed count alone may be older than the last decision, or follow one
  // that is: held at it, the count would go down by its own echo.
  Replicas Standing() const {
    return std::max(inputs_.current, InReach(inputs_.wanted.value_or(inputs_.current)));
  }

  std::string EachCarries() const {
    const double utilization = fields_.objective.target_utilization.value();
    return "one replica carries " + Short(Sustained().value() * utilization) +
           " at a utilization of " + Short(utilization) + " (" + capacity_.weights_version +
           (PlannedLoad(capacity_) < capacity_.load ? ", near the lower end of a wide interval)"
                                                    : ")");
  }

  std::string Level() const { return "the " + Short(fields_.objective.quantile) + " quantile"; }

  Result<void> Target() {
    if (const auto age = FadedAge()) {
      Move(DecisionStage::kTarget, desired_,
           "the last measured load is " + ToString(*age) + " old, and neither it nor a forecast " +
               "from it is followed for more than " + ToString(step_ * kForecastSteps) +
               ": the count holds");
      return {};
    }
    const TimePoint ready = inputs_.now + fields_.startup;
    const TimePoint until = ready + step_;
    if (const auto load = HighestForecast(ready, until)) {
      LC_TRY(const Replicas need, Need(*load));
      Move(DecisionStage::kTarget, need,
           Level() + " of the load from " + Span(ready, until) +
               ", when a replica ordered now is "
               "ready, is " +
               Short(load->value()) + "; " + EachCarries());
      return {};
    }
    has_forecast_doubt_ = inputs_.forecast != nullptr;
    const std::string missing = has_forecast_doubt_
                                    ? "the forecast does not reach " + ToRfc3339(ready)
                                    : "there is no forecast";
    if (!latest_) {
      Move(DecisionStage::kTarget, desired_, missing + " and no measured load");
      return {};
    }
    LC_TRY(const Replicas need, Need(latest_->load));
    Move(DecisionStage::kTarget, need,
         missing + "; the latest load is " + Short(latest_->load.value()) + "; " + EachCarries());
    return {};
  }

  Result<void> UntilReady() {
    const TimePoint ready = inputs_.now + fields_.startup;
    const auto load = HighestForecast(inputs_.now, ready);
    const Replicas standing = Standing();
    if (!load || desired_ >= standing) return {};
    LC_TRY(const Replicas need, Need(*load));
    const Replicas floor = std::min(need, standing);
    if (floor > desired_)
      Move(DecisionStage::kUntilReady, floor,
           Level() + " of the load up to " + ToRfc3339(ready) + " is " + Short(load->value()) +
               ", and a replica given up now would not be back before");
    return {};
  }

  Result<void> ReactiveFloor() {
    if (!latest_ || FadedAge()) return {};
    LC_TRY(const Replicas need, Need(latest_->load));
    if (need > desired_)
      Move(DecisionStage::kReactiveFloor, need,
           "the load measured up to " + ToRfc3339(latest_->measured_until) + " is " +
               Short(latest_->load.value()));
    return {};
  }

  Result<void> Slots() {
    if (!capacity_.slots || !inputs_.busy_slots) return {};
    LC_TRY(const Replicas need, ReplicasFor(*inputs_.busy_slots, *capacity_.slots,
                                            fields_.objective.target_utilization));
    if (need > desired_)
      Move(DecisionStage::kSlots, need,
           Short(inputs_.busy_slots->value()) + " requests are held at once; a replica has " +
               Short(capacity_.slots->value()) + " slots, planned at a utilization of " +
               Short(fields_.objective.target_utilization.value()));
    return {};
  }

  void StepLimit() {
    const bool is_growing = desired_ > inputs_.current;
    const auto step =
        LargestStep(is_growing ? fields_.behavior.scale_up : fields_.behavior.scale_down);
    if (!step) return;
    const Replicas nearest =
        is_growing ? std::min(desired_, inputs_.current + *step)
                   : std::max(desired_, std::max(Replicas(0), inputs_.current - *step));
    if (nearest != desired_)
      Move(DecisionStage::kStepLimit, nearest,
           std::string(is_growing ? "one decision may add " : "one decision may remove ") +
               Count(*step) + " to a count of " + std::to_string(inputs_.current.value()));
  }

  void HeldNeed() {
    if (!inputs_.held_need) return;
    const Replicas floor = InReach(*inputs_.held_need);
    if (floor > desired_)
      Move(DecisionStage::kStabilizer, floor,
           Count(*inputs_.held_need) +
               " were needed before weights and capacity changed, and are held for a while");
  }

  Result<void> Stabilizer() {
    HeldNeed();
    const Replicas standing = Standing();
    if (desired_ >= standing) return {};
    const TimePoint since = inputs_.now - fields_.behavior.scale_down_window;
    Replicas highest(0);
    for (const PastNeed& past : inputs_.past_needs) {
      if (past.decided_at >= since && past.decided_at <= inputs_.now)
        highest = std::max(highest, past.replicas);
    }
    if (const auto load = HighestMeasured(since)) {
      LC_TRY(const Replicas need, Need(*load));
      highest = std::max(highest, need);
    }
    const Replicas floor = std::min(highest, standing);
    if (floor > desired_)
      Move(DecisionStage::kStabilizer, floor,
           "within the last " + ToString(fields_.behavior.scale_down_window) + " " +
               Count(highest) + " were needed");
    return {};
  }

  std::optional<MetricsQps> HighestMeasured(TimePoint since) const {
    if (inputs_.measured == nullptr) return std::nullopt;
    std::optional<MetricsQps> highest;
    const auto values = inputs_.measured->values();
    for (std::size_t i = BegunWindows(); i-- > 0;) {
      if (inputs_.measured->TimeAt(i + 1) <= since) break;
      if (std::isnan(values[i])) continue;
      highest = std::max(highest.value_or(MetricsQps(0)), MetricsQps(values[i]));
    }
    return highest;
  }

  // Why the evidence is not good enough to shrink on; empty where it is.
  std::string Doubt() const {
    if (!latest_) return "no load was measured: missing is not idle";
    const Duration age = inputs_.now - latest_->measured_until;
    const Duration fresh = step_ * kFreshSteps;
    if (age > fresh)
      return "the last measured load is " + ToString(age) + " old, and fresh means at most " +
             ToString(fresh);
    if (inputs_.evidence && !MayShrinkOn(inputs_.evidence->kind)) return inputs_.evidence->why;
    if (inputs_.error_share >= kTooManyErrors)
      return Short(inputs_.error_share.value() * 100) +
             " % of the requests fail: refused demand is not seen as load";
    if (inputs_.coverage < kEnoughCoverage && !fields_.load.CountsRequests())
      return "the source tells the load in part only: what is known of it is a lower bound";
    if (inputs_.coverage < kEnoughCoverage)
      return "only " + Short(inputs_.coverage.value() * 100) +
             " % of the replicas were heard of: the others carry load that is not seen";
    if (has_forecast_doubt_) return "the forecast ends before a replica ordered now is ready";
    return "";
  }

  void SafetyGuard() {
    const std::string doubt = Doubt();
    if (doubt.empty()) return;
    const Replicas after = std::max(desired_, Standing());
    Move(DecisionStage::kSafetyGuard, after, doubt + "; hold or grow, never shrink");
  }

  void Bounds() {
    const ReplicaBounds& bounds = fields_.bounds;
    if (desired_ > bounds.max)
      Move(DecisionStage::kBounds, bounds.max,
           "at limit: maxReplicas is " + std::to_string(bounds.max.value()));
    if (desired_ < bounds.min)
      Move(DecisionStage::kBounds, bounds.min,
           "at limit: minReplicas is " + std::to_string(bounds.min.value()));
  }

  const DecisionInputs& inputs_;
  const ScalingProfileFields& fields_;
  const ReplicaCapacity& capacity_;
  // Of the forecast, or of the series where that is coarser.
  Duration step_;
  Replicas desired_;
  std::optional<LatestLoad> latest_;
  bool has_forecast_doubt_ = false;
  ReplicaDecision decision_;
};

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
    case DecisionStage::kStepLimit:
      return "step_limit";
    case DecisionStage::kStabilizer:
      return "stabilizer";
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
