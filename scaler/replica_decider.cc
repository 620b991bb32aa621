#include "scaler/replica_decider.h"

#include <algorithm>
#include <utility>

#include "scaler/outlook_need.h"

namespace loadcurve {

ReplicaDecider::ReplicaDecider(const ScalingProfileFields& fields, Duration step) {
  const auto day = static_cast<std::size_t>(std::max<std::int64_t>(1, std::chrono::days(1) / step));
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

Result<ReplicaDecision> ReplicaDecider::Decide(DecisionInputs inputs,
                                               const ScalingProfile& profile) {
  const auto priced_before = priced_at_;
  LearnPrice(inputs, profile);
  const TimePoint longest_ago = inputs.now - profile.fields().startup;
  past_counts_.push_back({inputs.now, inputs.current});
  while (past_counts_.front().observed_at <= longest_ago && past_counts_.size() > 1)
    past_counts_.pop_front();
  inputs.past_counts.assign(past_counts_.begin(), past_counts_.end());
  inputs.past_needs.assign(past_needs_.begin(), past_needs_.end());
  if (wanted_ && inputs.now <= wanted_->valid_until) inputs.wanted = wanted_->replicas;
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
