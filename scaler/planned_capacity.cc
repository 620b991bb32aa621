#include "scaler/planned_capacity.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "scaler/reason_words.h"
#include "scaler/replica_decider.h"

namespace loadcurve {
namespace {

// An HPA acts on no smaller difference.
constexpr double kAsGoodAsWanted = 0.9;

// `capacity` is in the profile's scale.
ScalingProfile WithCapacity(const ScalingProfile& profile, const ReplicaCapacity& capacity) {
  ScalingProfileFields fields = profile.fields();
  fields.load.per_replica = capacity;
  auto made = ScalingProfile::Make(std::move(fields));
  Check(made.has_value(), "a capacity that is moved stays one");
  return *std::move(made);
}

// Until a replica that is ordered now shows in the latency of whole windows.
Duration SettlingOf(const ScalingProfileFields& fields, Duration step, Duration order_delay) {
  return std::max(Duration(std::chrono::minutes(1)), fields.startup + order_delay + 2 * step);
}

}  // namespace

PlannedCapacity::PlannedCapacity(const ScalingProfile& profile, CpuSource* cpu, Duration step,
                                 Duration order_delay)
    : profile_(profile), planning_(profile), step_(step), speeds_(profile.fields().load.speeds) {
  const ScalingProfileFields& fields = profile.fields();
  if (cpu != nullptr && fields.load.capacity_mode != LearningMode::kManual)
    online_.emplace(*cpu, profile, step);
  if (fields.objective.latency)
    latency_.emplace(*fields.objective.latency, SettlingOf(fields, step, order_delay));
}

void PlannedCapacity::Use(const ScalingProfile& profile) {
  profile_ = profile;
  planning_ = profile;
  if (online_) online_->Use(profile);
  if (latency_) latency_->Resume(1);
  UseShares();
}

void PlannedCapacity::Resume(const CapacityReport& report) {
  const auto own = this->report();
  if (!own || !IsForSame(report, *own)) return;
  CapacityReport online = report;
  if (online.planned) online.planned = *online.planned / report.latency_share;
  if (online_) online_->Resume(online);
  if (latency_) latency_->Resume(report.latency_share);
  UseShares();
}

void PlannedCapacity::Observe(TimePoint now, const ScaleObservation& observed) {
  observed_ = observed;
  if (!first_) first_ = now;
  if (online_) online_->NoteReplicas(now, observed);
  if (!speeds_.empty() && !observed.instance_types.empty())
    mix_.emplace(speeds_, GroupsByType(observed.instance_types));
}

void PlannedCapacity::PlanFor(MetricsQps load) {
  if (!mix_ || !profile_.fields().load.per_replica) return;
  const double stated = CarriedByOne(planning_.fields()).value() / mix_speed_;
  mix_speed_ = mix_->SpeedFor(load.value() / stated);
  UseShares();
}

void PlannedCapacity::Note(const MeasuredRequests& measured, std::span<const LoadSample> whole) {
  if (online_) online_->NoteRequests(measured, whole);
  if (!latency_ || !first_) return;
  const TimePoint from = std::max(*first_, judged_until_);
  if (std::ranges::none_of(whole, [&](const auto& sample) { return sample.window_start >= from; }))
    return;
  const auto late = LateIn(measured.counts, profile_.fields().objective.latency->within);
  for (const LoadSample& sample : whole) {
    if (sample.window_start < from) continue;
    const auto found = late.find(measured.counts.WindowOf(sample.window_start));
    unjudged_[sample.window_start] = {found == late.end() ? LateRequests{} : found->second,
                                      sample.load};
  }
}

void PlannedCapacity::NoteDecision(const ReplicaDecision& decision) {
  wanted_ = decision.desired;
}

void PlannedCapacity::Step(TimePoint now, const Evidence& evidence, bool may_fit) {
  if (online_) online_->Step(now, may_fit);
  if (latency_) JudgeLatency(now, evidence);
  UseShares();
}

void PlannedCapacity::JudgeLatency(TimePoint now, const Evidence& evidence) {
  for (const auto& [start, window] : unjudged_) {
    latency_->Judge(start, step_, window.requests, StandingAt(now, window.load, evidence));
    judged_until_ = start + step_;
  }
  unjudged_.clear();
}

LatencyStanding PlannedCapacity::StandingAt(TimePoint now, MetricsQps load,
                                            const Evidence& evidence) const {
  LatencyStanding standing;
  const bool is_fresh = MayShrinkOn(evidence.kind);
  standing.may_shrink = is_fresh;
  standing.may_grow = is_fresh || evidence.kind == EvidenceKind::kCensored;
  const ScalingProfileFields& fields = planning_.fields();
  if (!wanted_ || !observed_ || !fields.load.per_replica) return standing;
  standing.is_at_most = *wanted_ >= fields.bounds.max;
  const auto warm_at = online_ ? online_->WarmAt() : std::nullopt;
  const auto ready = static_cast<double>(observed_->ready.value());
  standing.is_capacity_right = !observed_->is_rolling_out && (!warm_at || now >= *warm_at) &&
                               ready >= kAsGoodAsWanted * static_cast<double>(wanted_->value()) &&
                               load <= CarriedByOne(fields) * ready;
  return standing;
}

void PlannedCapacity::UseShares() {
  const auto& own = profile_.fields().load.per_replica;
  if (!own) return;
  ReplicaCapacity capacity = online_ ? *online_->Planned() : *own;
  const double share = latency_share() * mix_speed_;
  capacity.load = capacity.load * share;
  capacity.low = capacity.low * share;
  capacity.high = capacity.high * share;
  if (capacity != *planning_.fields().load.per_replica)
    planning_ = WithCapacity(profile_, capacity);
}

std::optional<MetricsQps> PlannedCapacity::Sustained() const {
  const auto capacity = online_ ? online_->Planned() : profile_.fields().load.per_replica;
  if (!capacity) return std::nullopt;
  return PlannedLoad(*capacity) / capacity->target_share.value() * (mix_ ? mix_->MeanSpeed() : 1);
}

std::optional<CapacityReport> PlannedCapacity::report() const {
  if (!online_ && !latency_) return std::nullopt;
  CapacityReport report;
  if (online_) {
    report = online_->report();
  } else if (const auto sustained = Sustained()) {
    report.scale = profile_.fields().load.Scale();
    report.profile = report.planned = sustained;
  }
  report.latency_share = latency_share();
  if (report.planned) report.planned = *report.planned * report.latency_share;
  if (report.latency_share < 1)
    report.why = report.why.empty() ? latency_->Why() : latency_->Why() + "; " + report.why;
  return report;
}

void PlannedCapacity::Explain(DecisionInputs& inputs) const {
  if (latency_) inputs.capacity_note = latency_->Why();
  if (mix_) {
    if (!inputs.capacity_note.empty()) inputs.capacity_note += "; ";
    inputs.capacity_note += "of pods that differ a mean one of those needed counts " +
                            Short(mix_speed_) + " (" + mix_->Text() + ")";
  }
  if (!online_ || profile_.fields().load.capacity_mode != LearningMode::kOnline) return;
  inputs.warm_at = online_->WarmAt();
  const std::string learnt = online_->Note();
  if (learnt.empty()) return;
  if (!inputs.capacity_note.empty()) inputs.capacity_note += "; ";
  inputs.capacity_note += learnt;
}

}  // namespace loadcurve
