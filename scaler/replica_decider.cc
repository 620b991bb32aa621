#include "scaler/replica_decider.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "scaler/outlook_need.h"
#include "scaler/reason_words.h"
#include "scaler/replica_path.h"

namespace loadcurve {
namespace {

// More load than the count is planned for by so much is an anomaly: forecasts are meant to be
// exceeded at times, by little.
constexpr double kMuchMore = 1.1;

// Until what new replicas take over is gone from the others.
constexpr Duration kMemorySettling = std::chrono::minutes(10);

// Disturbances of our own, which a lack of capacity may be behind; not those of who measures, nor
// of who calls.
bool IsAnomaly(EvidenceKind kind) {
  return kind == EvidenceKind::kHung || kind == EvidenceKind::kRefused ||
         kind == EvidenceKind::kRetryStorm || kind == EvidenceKind::kFailing ||
         kind == EvidenceKind::kCensored;
}

// The latest window, where it is fresh.
std::optional<MetricsQps> LatestLoad(const DecisionInputs& inputs) {
  if (inputs.measured == nullptr) return std::nullopt;
  const LoadSeries& measured = *inputs.measured;
  for (std::size_t i = measured.size(); i-- > 0;) {
    if (measured.TimeAt(i) >= inputs.now || std::isnan(measured.values()[i])) continue;
    if (inputs.now - measured.TimeAt(i + 1) > measured.step() * kFreshSteps) return std::nullopt;
    return MetricsQps(measured.values()[i]);
  }
  return std::nullopt;
}

// In words; empty where there is none. `count` is there or asked for.
std::string AnomalyIn(const DecisionInputs& inputs, const ScalingProfile& profile, Replicas count) {
  if (inputs.evidence && IsAnomaly(inputs.evidence->kind)) return inputs.evidence->why;
  if (!inputs.evidence && inputs.error_share >= kTooManyErrors)
    return Short(inputs.error_share.value() * 100) + " % of the requests failed";
  const auto load = LatestLoad(inputs);
  const MetricsQps carried = CarriedByOne(profile.fields()) * static_cast<double>(count.value());
  if (!load || count == Replicas(0) || *load <= carried * kMuchMore) return "";
  return "the load was " + Short(load->value()) + ", and " + CountWords(count) +
         " are planned to carry " + Short(carried.value());
}

}  // namespace

ReplicaDecider::ReplicaDecider(const ScalingProfileFields& fields, Duration step)
    : memory_(std::max(kMemorySettling, fields.startup + 2 * step)) {
  const auto day = static_cast<std::size_t>(std::max<std::int64_t>(1, std::chrono::days(1) / step));
  if (fields.behavior.observation > Duration(0)) parked_.emplace(fields.behavior.observation);
  if (fields.objective.violations) budget_.emplace(*fields.objective.violations, day);
}

std::optional<Replicas> ReplicaDecider::LastNeed() const {
  if (past_needs_.empty()) return std::nullopt;
  return past_needs_.back().replicas;
}

void ReplicaDecider::Judge(MetricsQps load, Replicas least_ready, const ScalingProfile& profile) {
  if (!budget_) return;
  const MetricsQps capacity =
      CarriedByOne(profile.fields()) * static_cast<double>(least_ready.value());
  budget_->Judge(load > capacity);
}

// Once a window, when there is a new outlook: what is asked more often learns no more.
void ReplicaDecider::LearnPrice(DecisionInputs& inputs, const ScalingProfile& profile) {
  if (!budget_ || inputs.outlook == nullptr) return;
  const LoadOutlook& outlook = *inputs.outlook;
  if (!priced_at_ || *priced_at_ < outlook.issued_at) {
    const auto window = static_cast<std::size_t>(std::max<std::int64_t>(
        0, (inputs.now + inputs.order_delay + profile.fields().startup - outlook.issued_at) /
               outlook.step));
    const auto row = std::ranges::lower_bound(outlook.ahead, window);
    if (row != outlook.ahead.end()) {
      const auto index = static_cast<std::size_t>(row - outlook.ahead.begin());
      price_ =
          budget_->ShortageCost(TailReplicas(outlook.rows[index], CarriedByOne(profile.fields())));
      priced_at_ = outlook.issued_at;
    }
  }
  inputs.shortage_cost = price_;
}

void ReplicaDecider::TryMemory(DecisionInputs& inputs, const ScalingProfile& profile) {
  const ScalingProfileFields& fields = profile.fields();
  const auto load = LatestLoad(inputs);
  if (!inputs.memory || !load || !fields.load.per_replica || !fields.load.per_replica->memory)
    return;
  if (!memory_until_ || *memory_until_ < inputs.memory->until) {
    memory_.Note(*inputs.memory, *load, *fields.load.per_replica->memory,
                 fields.objective.target_utilization);
    memory_until_ = inputs.memory->until;
  }
  inputs.memory_trial = memory_.Verdict();
}

void ReplicaDecider::Resume(const ParkedState& state) {
  if (parked_) parked_->Resume(state);
}

void ReplicaDecider::Watch(DecisionInputs& inputs, const ScalingProfile& profile) {
  const Replicas count = std::max(inputs.current, inputs.wanted.value_or(inputs.current));
  parked_->NoteCount(inputs.now, inputs.current);
  std::string anomaly = AnomalyIn(inputs, profile, count);
  if (!anomaly.empty()) parked_->NoteAnomaly(inputs.now, count, std::move(anomaly));
  if (const auto floor = parked_->Floor(inputs.now))
    inputs.parked = HeldFloor{*floor, parked_->Why()};
}

Result<ReplicaDecision> ReplicaDecider::Decide(DecisionInputs inputs,
                                               const ScalingProfile& profile) {
  const auto priced_before = priced_at_;
  LearnPrice(inputs, profile);
  const TimePoint longest_ago = inputs.now - std::max(profile.fields().startup, kBetweenShrinks);
  past_counts_.push_back({inputs.now, inputs.current});
  while (past_counts_.front().observed_at <= longest_ago && past_counts_.size() > 1)
    past_counts_.pop_front();
  inputs.past_counts.assign(past_counts_.begin(), past_counts_.end());
  inputs.past_needs.assign(past_needs_.begin(), past_needs_.end());
  if (wanted_ && inputs.now <= wanted_->valid_until) inputs.wanted = wanted_->replicas;
  if (parked_ && profile.fields().load.per_replica) Watch(inputs, profile);
  TryMemory(inputs, profile);
  auto decision = loadcurve::Decide(inputs, profile);
  if (!decision) return decision;
  if (budget_ && priced_at_ != priced_before && decision->basis.short_chance)
    budget_->Expect(*decision->basis.short_chance);
  past_needs_.push_back({inputs.now, decision->need});
  const Duration window = profile.fields().behavior.scale_down_window;
  while (past_needs_.front().decided_at < inputs.now - window) past_needs_.pop_front();
  wanted_ = Wanted{decision->desired, decision->valid_until};
  return decision;
}

MetricsQps CarriedByOne(const ScalingProfileFields& fields) {
  const ReplicaCapacity& capacity = *fields.load.per_replica;
  return PlannedLoad(capacity) *
         (fields.objective.target_utilization.value() / capacity.target_share.value());
}

}  // namespace loadcurve
