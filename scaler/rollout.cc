#include "scaler/rollout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "base/time_text.h"
#include "scaler/replica_target.h"

namespace loadcurve {
namespace {

constexpr double kCoverageSlack = 0.03;
constexpr double kCoverageLost = 0.1;
constexpr double kFewViolations = 0.01;
constexpr double kLittleRegret = 1;
constexpr double kMuchRegret = 3;
constexpr double kEnoughJudged = 0.8;
constexpr std::size_t kMostPromises = 2000;

std::string Short(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g", number);
  return text.data();
}

double Share(std::int64_t part, std::int64_t all) {
  return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
}

RolloutStage Next(RolloutStage stage) {
  return stage == RolloutStage::kFull ? stage
                                      : static_cast<RolloutStage>(static_cast<int>(stage) + 1);
}

double Regret(const RolloutState& state) {
  return state.needed == 0 ? 0 : Share(state.decided, state.needed) - 1;
}

}  // namespace

bool HasRollout(const RolloutSpec& spec) {
  return spec.stage != RolloutStage::kFull;
}

Rollout::Rollout(const ScalingProfile& profile)
    : spec_(profile.fields().rollout),
      quantile_(profile.fields().objective.quantile),
      utilization_(profile.fields().objective.target_utilization.value()),
      startup_(profile.fields().startup),
      step_(profile.fields().forecast.step),
      bounds_(profile.fields().bounds) {
  state_.stage = spec_.stage.value_or(RolloutStage::kObserve);
  state_.is_auto = !spec_.stage;
}

void Rollout::Resume(const RolloutState& state) {
  if (spec_.stage || !state.is_auto) return;
  state_ = state;
}

void Rollout::Begin(TimePoint now) {
  state_.since = now;
  state_.windows = state_.covered = state_.violated = state_.needed = state_.decided = 0;
}

std::string Rollout::Numbers() const {
  return Short(100 * Share(state_.covered, state_.windows)) + " % of " +
         std::to_string(state_.windows) + " windows since " + ToRfc3339(state_.since) +
         " were at or below the forecast (" + Short(100 * quantile_) + " % are meant), " +
         std::to_string(state_.violated) + " had more load than the decided count carries, and " +
         std::to_string(state_.decided) + " replicas were decided where " +
         std::to_string(state_.needed) + " were needed (regret " + Short(Regret(state_)) + ")";
}

void Rollout::Move(TimePoint now, RolloutStage to) {
  state_.last = RolloutChange{now, state_.stage, to, Numbers()};
  state_.stage = to;
  served_.reset();
  Begin(now);
}

// The latest window against the last decision that was to be ready for it.
void Rollout::Measure(const WorkloadStatus& status) {
  const bool is_new =
      status.latest && (!judged_until_ || status.latest->window_start >= *judged_until_);
  if (status.decision && status.forecast && status.per_replica && is_new) {
    promises_.push_back({status.at + startup_, *status.forecast, status.decision->desired});
    if (promises_.size() > kMostPromises) promises_.pop_front();
  }
  if (!is_new) return;
  judged_until_ = status.latest->window_start + step_;
  while (promises_.size() > 1 && promises_[1].due <= *judged_until_) promises_.pop_front();
  if (promises_.empty() || promises_.front().due > *judged_until_ || !status.per_replica ||
      !MayShrinkOn(status.evidence.kind))
    return;
  const Promise& promise = promises_.front();
  const auto need = ReplicasFor(status.latest->load, *status.per_replica, Ratio(1));
  if (!need) return;
  const double limit =
      static_cast<double>(promise.decided.value()) * status.per_replica->value() / utilization_;
  const bool is_bound = promise.decided == bounds_.max;
  ++state_.windows;
  if (status.latest->load <= promise.forecast * (1 + 1e-9)) ++state_.covered;
  if (!is_bound && status.latest->load.value() > limit) ++state_.violated;
  state_.needed += std::clamp(*need, bounds_.min, bounds_.max).value();
  state_.decided += promise.decided.value();
}

void Rollout::Judge(const WorkloadStatus& status) {
  if (status.decision && state_.stage == RolloutStage::kRecommend)
    state_.recommended = status.decision->desired;
  else
    state_.recommended.reset();
  if (!state_.is_auto) return;
  if (state_.since == TimePoint() || state_.since > status.at) Begin(status.at);
  Measure(status);
  const auto expected = static_cast<double>(spec_.window / step_);
  const bool is_violated =
      static_cast<double>(state_.violated) > std::max(1.0, (1 - quantile_) * expected);
  const bool is_over = status.at - state_.since >= spec_.window;
  if (!is_over && !is_violated) return;
  const bool is_judged = static_cast<double>(state_.windows) >= kEnoughJudged * expected;
  if (!is_judged && !is_violated) {
    Begin(status.at);
    return;
  }
  const double coverage = Share(state_.covered, state_.windows);
  const double regret = Regret(state_);
  if (is_violated || coverage < quantile_ - kCoverageLost) {
    if (state_.stage == RolloutStage::kFull) return Move(status.at, RolloutStage::kUpOnly);
  } else if (regret > kMuchRegret) {
    if (state_.stage > RolloutStage::kRecommend) return Move(status.at, RolloutStage::kRecommend);
  } else if (coverage >= quantile_ - kCoverageSlack && regret <= kLittleRegret &&
             Share(state_.violated, state_.windows) <= kFewViolations &&
             state_.stage != RolloutStage::kFull) {
    return Move(status.at, Next(state_.stage));
  }
  Begin(status.at);
}

ReplicaDecision Rollout::Apply(ReplicaDecision decision, Replicas ordered) {
  const RolloutStage stage = state_.stage;
  if (stage == RolloutStage::kFull) return decision;
  Replicas after = ordered;
  if (stage == RolloutStage::kUpOnly) {
    // What was asked for last may not be there yet, and is not taken back.
    const Replicas standing = std::min(std::max(ordered, served_.value_or(ordered)), bounds_.max);
    after = std::max(decision.desired, standing);
    served_ = after;
    if (after == decision.desired) return decision;
  }
  decision.reasons.push_back(
      {DecisionStage::kRollout, decision.desired, after,
       "the rollout is at stage " + std::string(Name(stage)) +
           (stage == RolloutStage::kUpOnly ? ": nothing shrinks" : ": the count stays as it is")});
  decision.desired = after;
  return decision;
}

}  // namespace loadcurve
