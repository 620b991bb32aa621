#include "scaler/deliberation.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/time_text.h"
#include "scaler/cheapest_ask.h"
#include "scaler/reason_words.h"
#include "scaler/replica_target.h"

namespace loadcurve {

Deliberation::Deliberation(const DecisionInputs& inputs, const ScalingProfile& profile)
    : inputs_(inputs),
      fields_(profile.fields()),
      capacity_(*profile.fields().load.per_replica),
      aim_(AimOf(fields_.objective, inputs.shortage_cost,
                 Sustained() * fields_.objective.target_utilization.value())),
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
  Memory();
  Survive();
  decision_.need = desired_;
  Path();
  ScheduledBounds();
  Budget();
  StepLimit();
  LC_TRY_VOID(Stabilizer());
  ReturnParked();
  HoldFrozen();
  SafetyGuard();
  Bounds();
  decision_.desired = desired_;
  Explain();
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
    const MetricsQps load(forecast.Quantile(ahead, aim_.level));
    highest = std::max(highest.value_or(load), load);
  }
  return highest;
}

std::span<const LoadRow> Deliberation::RowsFor(TimePoint from, TimePoint until) const {
  if (inputs_.outlook == nullptr) return {};
  const LoadOutlook& outlook = *inputs_.outlook;
  // Of a window that was not asked for, the next one is taken, which is known less well.
  const auto row_of = [&](TimePoint time) {
    const auto window = static_cast<std::size_t>(
        std::max<std::int64_t>(0, (time - outlook.issued_at) / outlook.step));
    return static_cast<std::size_t>(std::ranges::lower_bound(outlook.ahead, window) -
                                    outlook.ahead.begin());
  };
  const std::size_t first = row_of(from);
  const std::size_t last = row_of(std::max(from, until - Duration(1)));
  if (last >= outlook.rows.size()) return {};
  return outlook.rows.subspan(first, last - first + 1);
}

Replicas Deliberation::MostNeeded(std::span<const LoadRow> rows) const {
  Replicas most(0);
  for (const LoadRow& row : rows) most = std::max(most, NeedOf(UpperLoadOf(row), aim_));
  return most;
}

Replicas Deliberation::ReadyAlready(TimePoint time) const {
  Replicas least = inputs_.current;
  for (const PastCount& past : inputs_.past_counts)
    if (past.observed_at > time - fields_.startup) least = std::min(least, past.replicas);
  return least;
}

Replicas Deliberation::CheapestOver(std::span<const LoadRow> ready_rows) const {
  const LoadOutlook& outlook = *inputs_.outlook;
  const auto ready = static_cast<std::size_t>(ready_rows.data() - outlook.rows.data());
  const auto now =
      static_cast<std::size_t>(RowsFor(inputs_.now, inputs_.now).data() - outlook.rows.data());
  std::vector<StepToServe> steps;
  for (std::size_t i = now; i < ready; ++i)
    steps.push_back({UpperLoadOf(outlook.rows[i]), ReadyAlready(outlook.StartOf(i)),
                     static_cast<double>(outlook.ahead[i + 1] - outlook.ahead[i])});
  Replicas most(0);
  for (const LoadRow& row : ready_rows) {
    steps.push_back({UpperLoadOf(row), Replicas(0)});
    most = std::max(most, CheapestAsk(steps, {*aim_.shortage_cost, aim_.per_replica}));
    steps.pop_back();
  }
  return most;
}

std::string Deliberation::EachCarries() const {
  // What the reader should know of what limits a replica, where it is not what more of them bring.
  const char* limit = "";
  if (capacity_.binding == BindingResource::kLock)
    limit = "; a lock limits it: more CPU for each would not help";
  if (capacity_.binding == BindingResource::kDependency)
    limit = "; a dependency limits it, which all replicas may share: more of them may not help";
  const double utilization = fields_.objective.target_utilization.value();
  return "one replica carries " + Short(Sustained().value() * utilization) +
         " at a utilization of " + Short(utilization) + " (" + capacity_.weights_version +
         (PlannedLoad(capacity_) < capacity_.load ? ", near the lower end of a wide interval)"
                                                  : ")") +
         (inputs_.capacity_note.empty() ? "" : "; " + inputs_.capacity_note) + limit;
}

std::string Deliberation::Level() const {
  return "the " + Short(aim_.level) + " quantile";
}

std::string Deliberation::AimWords() const {
  if (aim_.shortage_cost)
    return "the cheapest count, at " + Short(*aim_.shortage_cost) +
           " replicas for a step short of capacity,";
  return "the " + Short(aim_.level) + " quantile";
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
  const TimePoint ready = ReadyAt();
  const TimePoint until = ready + step_;
  if (const auto rows = RowsFor(ready, until); !rows.empty()) {
    has_weighed_all_steps_ = aim_.shortage_cost.has_value();
    const Replicas need = has_weighed_all_steps_ ? CheapestOver(rows) : MostNeeded(rows);
    Move(DecisionStage::kTarget, need, [&] {
      return AimWords() + " of the load from " + Span(ready, until) +
             ", when a replica ordered now is ready, whose median is " +
             Short(LoadAt(UpperLoadOf(rows.back()), 0.5).value()) + "; " + EachCarries();
    });
    return {};
  }
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
  const Replicas standing = Standing();
  if (desired_ >= standing || has_weighed_all_steps_) return {};
  const TimePoint ready = ReadyAt();
  if (const auto rows = RowsFor(inputs_.now, ready); !rows.empty()) {
    const Replicas floor = std::min(MostNeeded(rows), standing);
    if (floor > desired_)
      Move(DecisionStage::kUntilReady, floor, [&] {
        return "before " + ToRfc3339(ready) + " " + CountWords(floor) +
               " are needed, and a replica given up now would not be back";
      });
    return {};
  }
  const auto load = HighestForecast(inputs_.now, ready);
  if (!load) return {};
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
  measured_need_ = need;
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
  measured_need_ = std::max(measured_need_, need);
  if (need > desired_)
    Move(DecisionStage::kSlots, need, [&] {
      return Short(inputs_.busy_slots->value()) + " requests are held at once; a replica has " +
             Short(capacity_.slots->value()) + " slots, planned at a utilization of " +
             Short(fields_.objective.target_utilization.value());
    });
  return {};
}

void Deliberation::Memory() {
  if (!capacity_.memory || !inputs_.memory) return;
  const Ratio utilization = fields_.objective.target_utilization;
  const Replicas by_use = MemoryNeedOf(*inputs_.memory, *capacity_.memory, utilization);
  const Replicas need = inputs_.memory_trial ? inputs_.memory_trial->replicas : by_use;
  measured_need_ = std::max(measured_need_, need);
  if (need <= desired_) return;
  Move(DecisionStage::kMemory, need, [&] {
    if (inputs_.memory_trial) return inputs_.memory_trial->why;
    return MemoryWords(*inputs_.memory, *capacity_.memory, utilization);
  });
}

void Deliberation::Survive() {
  const auto& survive = fields_.objective.survive;
  const Replicas with_reserve = WithReserve(desired_, survive);
  if (with_reserve != desired_)
    Move(DecisionStage::kSurvival, with_reserve, [&] {
      return CountWords(desired_) + " are left when " +
             (survive->zones == 0 ? CountWords(survive->pods) + " are lost"
                                  : "one of " + std::to_string(survive->zones) + " zones is lost");
    });
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
