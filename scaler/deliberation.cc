#include "scaler/deliberation.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/time_text.h"
#include "scaler/reason_words.h"
#include "scaler/replica_target.h"

namespace loadcurve {

Deliberation::Deliberation(const DecisionInputs& inputs, const ScalingProfile& profile)
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

Result<ReplicaDecision> Deliberation::Run() {
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

std::size_t Deliberation::BegunWindows() const {
  const LoadSeries& measured = *inputs_.measured;
  const std::int64_t since_start = (inputs_.now - measured.start()).count();
  if (since_start <= 0) return 0;
  const std::int64_t step = measured.step().count();
  return std::min(measured.size(), static_cast<std::size_t>((since_start - 1) / step + 1));
}

void Deliberation::FindLatest() {
  if (inputs_.measured == nullptr) return;
  const auto values = inputs_.measured->values();
  for (std::size_t i = BegunWindows(); i-- > 0;) {
    if (std::isnan(values[i])) continue;
    latest_ = LatestLoad{MetricsQps(values[i]), inputs_.measured->TimeAt(i + 1)};
    return;
  }
}

MetricsQps Deliberation::Sustained() const {
  return PlannedLoad(capacity_) / capacity_.target_share.value();
}

Result<Replicas> Deliberation::Need(MetricsQps load) const {
  return ReplicasFor(load, Sustained(), fields_.objective.target_utilization);
}

std::optional<Duration> Deliberation::FadedAge() const {
  std::optional<TimePoint> known;
  if (latest_) known = latest_->measured_until;
  if (inputs_.forecast != nullptr)
    known = std::max(known.value_or(TimePoint::min()), inputs_.forecast->issued_at());
  if (!known || inputs_.now - *known <= step_ * kForecastSteps) return std::nullopt;
  return inputs_.now - *known;
}

std::optional<MetricsQps> Deliberation::HighestForecast(TimePoint from, TimePoint until) const {
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

std::string Deliberation::EachCarries() const {
  const double utilization = fields_.objective.target_utilization.value();
  return "one replica carries " + Short(Sustained().value() * utilization) +
         " at a utilization of " + Short(utilization) + " (" + capacity_.weights_version +
         (PlannedLoad(capacity_) < capacity_.load ? ", near the lower end of a wide interval)"
                                                  : ")");
}

std::string Deliberation::Level() const {
  return "the " + Short(fields_.objective.quantile) + " quantile";
}

Result<void> Deliberation::Target() {
  if (const auto age = FadedAge()) {
    Move(DecisionStage::kTarget, desired_, [&] {
      return "the last measured load is " + ToString(*age) +
             " old, and neither it nor a forecast " + "from it is followed for more than " +
             ToString(step_ * kForecastSteps) + ": the count holds";
    });
    return {};
  }
  const TimePoint ready = inputs_.now + fields_.startup;
  const TimePoint until = ready + step_;
  if (const auto load = HighestForecast(ready, until)) {
    LC_TRY(const Replicas need, Need(*load));
    Move(DecisionStage::kTarget, need, [&] {
      return Level() + " of the load from " + Span(ready, until) +
             ", when a replica ordered now is "
             "ready, is " +
             Short(load->value()) + "; " + EachCarries();
    });
    return {};
  }
  has_forecast_doubt_ = inputs_.forecast != nullptr;
  const std::string missing = has_forecast_doubt_
                                  ? "the forecast does not reach " + ToRfc3339(ready)
                                  : "there is no forecast";
  if (!latest_) {
    Move(DecisionStage::kTarget, desired_, [&] { return missing + " and no measured load"; });
    return {};
  }
  LC_TRY(const Replicas need, Need(latest_->load));
  Move(DecisionStage::kTarget, need, [&] {
    return missing + "; the latest load is " + Short(latest_->load.value()) + "; " + EachCarries();
  });
  return {};
}

Result<void> Deliberation::UntilReady() {
  const TimePoint ready = inputs_.now + fields_.startup;
  const auto load = HighestForecast(inputs_.now, ready);
  const Replicas standing = Standing();
  if (!load || desired_ >= standing) return {};
  LC_TRY(const Replicas need, Need(*load));
  const Replicas floor = std::min(need, standing);
  if (floor > desired_)
    Move(DecisionStage::kUntilReady, floor, [&] {
      return Level() + " of the load up to " + ToRfc3339(ready) + " is " + Short(load->value()) +
             ", and a replica given up now would not be back before";
    });
  return {};
}

Result<void> Deliberation::ReactiveFloor() {
  if (!latest_ || FadedAge()) return {};
  LC_TRY(const Replicas need, Need(latest_->load));
  if (need > desired_)
    Move(DecisionStage::kReactiveFloor, need, [&] {
      return "the load measured up to " + ToRfc3339(latest_->measured_until) + " is " +
             Short(latest_->load.value());
    });
  return {};
}

Result<void> Deliberation::Slots() {
  if (!capacity_.slots || !inputs_.busy_slots) return {};
  LC_TRY(const Replicas need,
         ReplicasFor(*inputs_.busy_slots, *capacity_.slots, fields_.objective.target_utilization));
  if (need > desired_)
    Move(DecisionStage::kSlots, need, [&] {
      return Short(inputs_.busy_slots->value()) + " requests are held at once; a replica has " +
             Short(capacity_.slots->value()) + " slots, planned at a utilization of " +
             Short(fields_.objective.target_utilization.value());
    });
  return {};
}

std::optional<MetricsQps> Deliberation::HighestMeasured(TimePoint since) const {
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

}  // namespace loadcurve
