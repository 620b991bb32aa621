#include "scaler/workload_loop.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/time_text.h"
#include "metrics/settled_requests.h"
#include "scaler/outlook_need.h"
#include "scaler/request_samples.h"
#include "scaler/step_start.h"
#include "scaler/usual_load.h"

namespace loadcurve {
namespace {

// Of a past that is read later.
constexpr std::int64_t kStepsReadFirst = 2;

// Of a past that is read at once, so much is looked at for disturbances: an outage that still
// lasts, and what was before it.
constexpr Duration kEvidenceSpan = std::chrono::hours(3);
constexpr std::int64_t kEvidenceSteps = 30;

// What a decision looks back on.
Duration RecentSpan(const ScalingProfile& profile, Duration step) {
  return std::max(profile.fields().behavior.scale_down_window, step * kFreshSteps) + 2 * step;
}

Ratio ErrorShareOf(const LoadSample& sample) {
  if (sample.requests == 0) return Ratio(0);
  return Ratio(static_cast<double>(sample.errors) / static_cast<double>(sample.requests));
}

// Load that is told is that of all replicas, or a lower bound of it that is worth nothing more.
Ratio CoverageOf(const Measurement& measured) {
  if (const auto* requests = std::get_if<MeasuredRequests>(&measured)) return requests->coverage;
  const auto& windows = std::get<ToldLoad>(measured).windows;
  return Ratio(!windows.empty() && windows.back().is_complete ? 1 : 0);
}

std::optional<MetricsQps> SustainedOf(const ScalingProfile& profile) {
  const auto& capacity = profile.fields().load.per_replica;
  if (!capacity) return std::nullopt;
  return PlannedLoad(*capacity) / capacity->target_share.value();
}

std::optional<BusySlots> InFlightOf(const Measurement& measured) {
  const auto* const requests = std::get_if<MeasuredRequests>(&measured);
  return requests != nullptr ? requests->in_flight : std::nullopt;
}

}  // namespace

WorkloadLoop::WorkloadLoop(ScalingProfile profile, std::unique_ptr<MetricSource> source,
                           const WorkloadLoopOptions& options, RollingLoad load,
                           std::unique_ptr<CpuSource> cpu)
    : spec_(profile),
      profile_(std::move(profile)),
      source_(std::move(source)),
      options_(options),
      load_(std::move(load)),
      evidence_(load_.step(), SustainedOf(profile_)),
      forecast_(load_.step(), options.refit_every, options.refit_offset),
      decider_(profile_.fields(), load_.step()),
      cpu_(std::move(cpu)),
      planned_(profile_, cpu_.get(), load_.step(), options.order_delay) {
  RestartOutlook();
}

// Budgets and prices are of a distribution; a quantile is that of the forecast.
void WorkloadLoop::RestartOutlook() {
  outlook_.reset();
  const ScalingProfileFields& fields = profile_.fields();
  if (!fields.load.per_replica || !(fields.objective.violations || fields.objective.prices)) return;
  const Duration lateness = options_.order_delay + load_.step() * kFreshSteps;
  outlook_.emplace(fields, load_.step(), lateness,
                   static_cast<std::size_t>(options_.history / load_.step()));
}

Result<RollingLoad> WorkloadLoop::EmptyLoad(const ScalingProfile& profile,
                                            const WorkloadLoopOptions& options) {
  const ScalingProfileFields& fields = profile.fields();
  const std::int64_t steps = options.history / fields.forecast.step;
  if (steps < kFreshSteps)
    return Fail(ErrorCode::kInvalidArgument,
                "the history kept is " + ToString(options.history) + "; expected at least " +
                    std::to_string(kFreshSteps) + " steps of " + ToString(fields.forecast.step));
  return RollingLoad::Make(fields.forecast.step, static_cast<std::size_t>(steps),
                           fields.load.Scale());
}

Result<WorkloadLoop> WorkloadLoop::Make(ScalingProfile profile,
                                        std::unique_ptr<MetricSource> source,
                                        const WorkloadLoopOptions& options,
                                        std::unique_ptr<CpuSource> cpu) {
  LC_TRY(RollingLoad load, EmptyLoad(profile, options));
  WorkloadLoop loop(std::move(profile), std::move(source), options, std::move(load),
                    std::move(cpu));
  const CalibrationSpec& calibration = loop.spec_.fields().load.calibration;
  if (loop.cpu_ && calibration.is_online)
    loop.calibrator_.emplace(*loop.cpu_, calibration, options.calibration_offset);
  return loop;
}

void WorkloadLoop::Resume(const CalibrationReport& report) {
  if (!calibrator_) return;
  report_ = report;
  report_.last.adopted.reset();
  if (report.tried_at) calibrator_->NoteAttempt(*report.tried_at);
  if (report.adopted && (!IsFor(*report.adopted, spec_) || !UseCosts(report.adopted->costs)))
    report_.adopted.reset();
}

void WorkloadLoop::Resume(const CapacityReport& report) {
  planned_.Resume(report);
  evidence_.UseSustained(planned_.Sustained());
}

// Nothing is known in the new scale then.
Result<void> WorkloadLoop::UseCosts(const RequestCosts& costs) {
  LC_TRY(ScalingProfile profile, WithCosts(spec_, costs));
  LC_TRY(RollingLoad load, EmptyLoad(profile, options_));
  profile_ = std::move(profile);
  planned_.Use(profile_);
  load_ = std::move(load);
  evidence_ = EvidenceRecord(load_.step(), planned_.Sustained());
  latest_.reset();
  forecast_.Forget();
  RestartOutlook();
  return {};
}

std::optional<LoadSeries> WorkloadLoop::Past() const {
  const auto latest = load_.LatestStart();
  if (!latest) return std::nullopt;
  return load_.Between(*latest - options_.history, *latest + load_.step());
}

void WorkloadLoop::Remember(const LoadSeries& past) {
  if (past.step() != load_.step() || past.weights_version() != profile_.fields().load.Scale())
    return;
  const auto values = past.values();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i]) && !load_.At(past.TimeAt(i)))
      load_.Set(past.TimeAt(i), MetricsQps(values[i]));
  }
  if (outlook_) outlook_->Restart();
}

WorkloadStatus WorkloadLoop::Step(TimePoint now, std::optional<Replicas> current) {
  const ScalingProfileFields& fields = profile_.fields();
  WorkloadStatus status;
  status.profile = {fields.metadata.namespace_name, fields.metadata.name};
  status.workload = profile_.Workload();
  status.at = now;
  status.step = load_.step();
  was_put_off_ = false;
  LearnSpeeds(now);
  if (observed_) planned_.Observe(now, *observed_);
  Measure(now, status);
  ReadPast(now, status);
  ReadMemory(now, status);
  const bool was_doubtful = std::exchange(is_doubtful_, false);
  status.evidence = evidence_.Judge(
      {now, coverage_, std::max(load_.step(), profile_.fields().forecast.step) * kFreshSteps});
  is_doubtful_ = !MayShrinkOn(status.evidence.kind);
  // What was learnt before it, or on half of it, is old.
  if (was_doubtful && !is_doubtful_) forecast_.Expire(now);
  Calibrate(now, status);
  planned_.Step(now, status.evidence, options_.budget == nullptr || options_.budget->HasTime());
  evidence_.UseSustained(planned_.Sustained());
  Refit(now, status);
  NoteReady(now);
  LearnOutlook(now);
  if (current) DecideNow(now, *current, status);
  LookForNodes(now, status);
  AdviseOnSize(now, status);
  if (decider_.parked()) status.parked = decider_.parked()->state(now);
  Describe(status);
  observed_.reset();
  return status;
}

void WorkloadLoop::LookAheadFor(std::optional<Duration> boot) {
  if (boot == node_boot_) return;
  node_boot_ = boot;
  forecast_.ReachFor(boot.value_or(Duration(0)));
}

// What a decision finds necessary now, by slots and memory too, is needed ahead as well.
void WorkloadLoop::LookForNodes(TimePoint now, const WorkloadStatus& status) {
  const ScalingProfileFields& fields = planned_.profile().fields();
  ahead_.reset();
  if (!node_boot_ || !fields.load.per_replica) return;
  LookAhead look{.now = now, .boot = *node_boot_};
  if (const auto& report = forecast_.report()) look.forecast = &report->forecast;
  if (latest_) look.measured = latest_->load;
  ahead_ = NeedAheadOf(fields, look);
  if (status.decision) ahead_->Raise(std::min(status.decision->need, fields.bounds.max), now);
}

void WorkloadLoop::WatchUsage(std::unique_ptr<UsageSource> usage) {
  if (spec_.fields().right_sizing) sizer_.emplace(std::move(usage), options_.advice_offset);
}

void WorkloadLoop::WatchMemory(std::unique_ptr<UsageSource> usage) {
  memory_.emplace(std::move(usage), load_.step());
}

void WorkloadLoop::ReadMemory(TimePoint now, WorkloadStatus& status) {
  const auto& capacity = profile_.fields().load.per_replica;
  if (!memory_ || !capacity || !capacity->memory) return;
  const auto read = memory_->Read(now, capacity->memory->limit);
  if (!read) status.problems.push_back(Within("memory", read.error()).value());
}

void WorkloadLoop::WatchPods(std::unique_ptr<PodUseSource> uses) {
  const LoadSpec& load = spec_.fields().load;
  if (load.weights) speeds_.emplace(std::move(uses), load.speeds);
}

std::optional<SpeedReport> WorkloadLoop::speeds() const {
  return speeds_ ? std::optional(speeds_->report()) : std::nullopt;
}

void WorkloadLoop::Resume(const SpeedReport& report) {
  if (speeds_) speeds_->Resume(report);
}

void WorkloadLoop::LearnSpeeds(TimePoint now) {
  if (!speeds_ || !observed_) return;
  speeds_->Note(now, observed_->instance_types);
  if (latest_ && speeds_->IsDue(now) && MayTakeTime())
    speeds_->Look(now, *profile_.fields().load.weights);
  if (spec_.fields().load.speed_learning == LearningMode::kOnline)
    planned_.UseSpeeds(speeds_->InForce());
}

// After the past was read: advice is of weeks.
void WorkloadLoop::AdviseOnSize(TimePoint now, WorkloadStatus& status) {
  if (!sizer_) return;
  if (observed_ && !past_before_ && latest_ && sizer_->IsDue(now) && MayTakeTime())
    sizer_->Look({.now = now,
                  .profile = planned_.profile(),
                  .load = load_,
                  .resources = observed_->containers,
                  .replicas = status.decision ? status.decision->desired : observed_->current});
  status.advice = sizer_->advice();
}

void WorkloadLoop::Describe(WorkloadStatus& status) const {
  const ScalingProfileFields& fields = planned_.profile().fields();
  status.weights_version = fields.load.Scale();
  status.counts_requests = fields.load.CountsRequests();
  if (const auto& capacity = fields.load.per_replica)
    status.per_replica = PlannedLoad(*capacity) * (fields.objective.target_utilization.value() /
                                                   capacity->target_share.value());
  status.latest = latest_;
  status.coverage = coverage_;
  status.usual_fall = UsualFall(load_, status.at);
  if (calibrator_) status.calibration = report_;
  status.capacity = capacity();
  status.speeds = speeds();
  status.replica_speed = planned_.mix_speed();
}

void WorkloadLoop::Calibrate(TimePoint now, WorkloadStatus& status) {
  if (!calibrator_) return;
  calibrator_->Note(now, std::exchange(ready_, std::nullopt));
  // A past that is still to be read goes first.
  if (past_before_ || !latest_) return;
  if (to_adopt_) {
    if (!MayTakeTime()) return;
    const auto adopted = Adopt(now, *to_adopt_, status);
    if (!adopted) status.problems.push_back(Within("new weights", adopted.error()).value());
    return;
  }
  if (!calibrator_->IsDue(now) || !MayTakeTime()) return;
  report_.last = calibrator_->Try(now, *source_, profile_);
  report_.tried_at = now;
  to_adopt_ = std::exchange(report_.last.adopted, std::nullopt);
}

Result<void> WorkloadLoop::Adopt(TimePoint now, const RequestCosts& costs, WorkloadStatus& status) {
  const TimePoint until = read_until_.value_or(StepStart(now, load_.step()));
  const TimePoint since = StepStart(now - options_.history, load_.step()) + load_.step();
  LC_TRY(const auto measured, source_->Read(since, until));
  const bool had_forecast = forecast_.report().has_value();
  LC_TRY_VOID(UseCosts(costs));
  if (const auto need = decider_.LastNeed())
    held_need_.Hold(*need, now, spec_.fields().behavior.scale_down_window);
  if (had_forecast) held_need_.AwaitForecast(now);
  Take(measured, until, status);
  report_.adopted = AdoptedFor(spec_, costs, now);
  to_adopt_.reset();
  return {};
}

void WorkloadLoop::Measure(TimePoint now, WorkloadStatus& status) {
  const TimePoint until = StepStart(now, load_.step());
  TimePoint since = StepStart(now - options_.history, load_.step()) + load_.step();
  // A clock that was set back has read what is to come; that is read again when it came.
  if (read_until_) since = std::max(since, std::min(*read_until_, until) - ReadAgain());
  if (latest_ && latest_->window_start >= until) {
    latest_.reset();
    evidence_ = EvidenceRecord(load_.step(), planned_.Sustained());
  }
  if (since >= until || KnowsAllUntil(until)) return;
  const bool is_recent_only = !read_until_ && !MayTakeTime();
  const TimePoint recent = std::max(since, until - kStepsReadFirst * load_.step());
  const auto measured = source_->Read(is_recent_only ? recent : since, until);
  if (!measured) {
    status.problems.push_back(measured.error());
    return;
  }
  coverage_ = CoverageOf(*measured);
  in_flight_ = InFlightOf(*measured);
  reading_until_ = until;
  // Of the past only the end matters to what the present is worth.
  if (!read_until_)
    evidence_since_ = until - std::max(kEvidenceSpan, kEvidenceSteps * load_.step());
  Take(*measured, until, status);
  if (is_recent_only && since < recent) past_before_ = recent;
  read_until_ = until;
}

bool WorkloadLoop::KnowsAllUntil(TimePoint until) const {
  return read_until_ == until && latest_ && latest_->is_complete &&
         latest_->window_start + load_.step() == until && coverage_ == Ratio(1) && !in_flight_;
}

// A long window that was whole gains nothing more.
Duration WorkloadLoop::ReadAgain() const {
  if (load_.step() >= kReadAgain && KnowsAllUntil(*read_until_)) return Duration(0);
  return std::max(kReadAgain, load_.step());
}

bool WorkloadLoop::MayTakeTime() {
  if (options_.budget == nullptr || options_.budget->HasTime()) return true;
  was_put_off_ = true;
  return false;
}

void WorkloadLoop::ReadPast(TimePoint now, WorkloadStatus& status) {
  if (!past_before_ || !MayTakeTime()) return;
  const TimePoint since = StepStart(now - options_.history, load_.step()) + load_.step();
  if (since < *past_before_) {
    const auto measured = source_->Read(since, *past_before_);
    if (!measured) {
      status.problems.push_back(Within("the past", measured.error()).value());
      return;
    }
    Take(*measured, *past_before_, status);
  }
  if (outlook_) outlook_->Restart();
  past_before_.reset();
}

void WorkloadLoop::Take(const Measurement& measured, TimePoint until, WorkloadStatus& status) {
  if (const auto* requests = std::get_if<MeasuredRequests>(&measured))
    TakeRequests(*requests, until, status);
  if (const auto* load = std::get_if<ToldLoad>(&measured)) TakeLoad(*load, until, status);
}

void WorkloadLoop::TakeLoad(const ToldLoad& measured, TimePoint until, WorkloadStatus& status) {
  Check(measured.scale == profile_.fields().load.Scale(), "a source tells its profile's load");
  if (measured.fault) status.problems.push_back(*measured.fault);
  for (const LoadSample& sample : measured.windows) {
    if (sample.window_start + load_.step() > until) continue;
    // Better than nothing; what lowers the coverage lets nothing shrink.
    Note(sample, sample.is_complete || !load_.LatestStart());
  }
}

void WorkloadLoop::TakeRequests(const MeasuredRequests& measured, TimePoint until,
                                WorkloadStatus& status) {
  const std::optional<RequestWeights>& weights = profile_.fields().load.weights;
  Check(weights.has_value(), "requests are counted for profiles that weigh them");
  auto samples = SamplesOf(measured, *weights, until);
  if (!samples) {
    status.problems.push_back(samples.error());
    return;
  }
  for (const LoadSample& sample : *samples) Note(sample, sample.is_complete);
  std::erase_if(*samples, [](const LoadSample& sample) { return !sample.is_complete; });
  planned_.Note(measured, *samples);
}

// A part of the load is a lower bound of it: evidence to grow on, and never to shrink on.
void WorkloadLoop::Note(const LoadSample& sample, bool is_whole) {
  if (!is_whole) {
    auto before = load_.At(sample.window_start);
    if (!before) before = load_.At(sample.window_start - load_.step());
    // Those in between were lower than this one and are missing.
    if (!before && latest_ && latest_->window_start < sample.window_start) before = latest_->load;
    if (!before || sample.load <= *before) return;
  }
  load_.Set(sample.window_start, sample.load);
  if (!latest_ || sample.window_start >= latest_->window_start) latest_ = sample;
  if (is_whole) NoteEvidence(sample);
}

void WorkloadLoop::NoteEvidence(const LoadSample& sample) {
  if (sample.window_start < evidence_since_) return;
  EvidenceWindow window{.start = sample.window_start, .load = sample.load};
  window.usual = UsualLoadAt(load_, sample.window_start);
  if (profile_.fields().load.CountsRequests()) {
    window.requests = sample.Qps(load_.step());
    window.error_share = ErrorShareOf(sample);
    if (sample.requests > 0) window.mean_seconds = sample.concurrency.value() / *window.requests;
  }
  if (sample.window_start + load_.step() == reading_until_) {
    window.in_flight = in_flight_;
    window.ready = ready_;
  }
  evidence_.Note(window);
}

void WorkloadLoop::Refit(TimePoint now, WorkloadStatus& status) {
  const ScalingProfileFields& fields = profile_.fields();
  // A past that is still to be read is waited for.
  const bool is_due = forecast_.IsDue(now) && !past_before_ && MayTakeTime();
  if (const auto past =
          is_due ? load_.Between(now - options_.history, now) : std::optional<LoadSeries>()) {
    const LoadSeries demand = evidence_.Demand(*past, load_.step() * kForecastSteps);
    if (const auto learnt = forecast_.Learn(now, demand, fields); !learnt)
      status.problems.push_back(learnt.error());
  }
  if (!forecast_.report()) return;
  status.forecast_model = Name(forecast_.report()->model);
  status.forecast = forecast_.WhenReady(now, fields);
}

void WorkloadLoop::Expect(Replicas ready) {
  ready_ = ready;
  told_ready_ = ready;
  source_->Expect(ready);
}

void WorkloadLoop::Expect(const ScaleObservation& observed) {
  Expect(observed.ready);
  observed_ = observed;
}

void WorkloadLoop::NoteReady(TimePoint now) {
  const auto told = std::exchange(told_ready_, std::nullopt);
  if (!outlook_ || !told) return;
  const auto [least, is_first] = least_ready_.try_emplace(StepStart(now, load_.step()), *told);
  if (!is_first) least->second = std::min(least->second, *told);
}

// A past that is still to be read is waited for, and so is a window that may still gain.
void WorkloadLoop::LearnOutlook(TimePoint now) {
  if (!outlook_ || past_before_ || !latest_) return;
  const TimePoint whole_until =
      latest_->window_start + (latest_->is_complete ? load_.step() : Duration(0));
  const TimePoint until = std::min(whole_until, StepStart(now, load_.step()));
  const auto is_demand = [&](TimePoint start) {
    return evidence_.IsDemand(start, load_.step() * kForecastSteps);
  };
  const auto judge = [&](TimePoint start, MetricsQps load) {
    const auto ready = least_ready_.find(start);
    if (ready != least_ready_.end()) decider_.Judge(load, ready->second, planned_.profile());
  };
  const bool has_caught_up = outlook_->CatchUp(load_, until, is_demand, judge);
  if (!has_caught_up) was_put_off_ = true;
  least_ready_.erase(least_ready_.begin(), least_ready_.lower_bound(until));
}

void WorkloadLoop::DecideNow(TimePoint now, Replicas current, WorkloadStatus& status) {
  const auto measured = load_.Between(now - RecentSpan(profile_, load_.step()), now);
  DecisionInputs inputs;
  inputs.current = current;
  inputs.now = now;
  if (measured) inputs.measured = &*measured;
  if (const auto& report = forecast_.report()) inputs.forecast = &report->forecast;
  if (latest_) {
    inputs.busy_slots = latest_->concurrency;
    inputs.error_share = ErrorShareOf(*latest_);
  }
  if (in_flight_)
    inputs.busy_slots = std::max(*in_flight_, inputs.busy_slots.value_or(*in_flight_));
  if (memory_) inputs.memory = memory_->latest();
  inputs.coverage = coverage_;
  if (latest_) inputs.evidence = status.evidence;
  inputs.held_need =
      held_need_.At(now, spec_.fields().behavior.scale_down_window, forecast_.report().has_value());
  if (observed_ && observed_->is_rolling_out) inputs.rolling_out_to = observed_->revision;
  if (const auto load = std::max(
          latest_ ? std::optional(latest_->load) : std::optional<MetricsQps>(), status.forecast))
    planned_.PlanFor(*load);
  planned_.Explain(inputs);
  const auto outlook = outlook_ ? outlook_->Get() : std::optional<LoadOutlook>();
  if (outlook) {
    inputs.outlook = &*outlook;
    inputs.order_delay = options_.order_delay;
  }
  auto decision = decider_.Decide(std::move(inputs), planned_.profile());
  if (!decision) {
    status.problems.push_back(decision.error());
    return;
  }
  planned_.NoteDecision(*decision);
  status.decision = *std::move(decision);
}

}  // namespace loadcurve
