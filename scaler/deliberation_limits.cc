// The stages that limit what was found necessary.

#include <algorithm>
#include <cmath>

#include "base/time_text.h"
#include "scaler/deliberation.h"
#include "scaler/reason_words.h"

namespace loadcurve {

std::optional<Replicas> Deliberation::LargestStep(const StepLimits& limits, Replicas count) {
  if (!limits.max_step && !limits.max_share) return std::nullopt;
  Replicas step = limits.max_step.value_or(Replicas(1));
  if (limits.max_share) {
    const double share =
        std::ceil(limits.max_share->value() * static_cast<double>(count.value()) * (1 - 1e-9));
    step = std::max(step, Replicas(static_cast<std::int64_t>(share)));
  }
  return step;
}

void Deliberation::StepLimit() {
  const bool is_growing = desired_ > inputs_.current;
  const auto step = LargestStep(
      is_growing ? fields_.behavior.scale_up : fields_.behavior.scale_down, inputs_.current);
  if (!step) return;
  const Replicas nearest = is_growing
                               ? std::min(desired_, inputs_.current + *step)
                               : std::max(desired_, std::max(Replicas(0), inputs_.current - *step));
  if (nearest != desired_)
    Move(DecisionStage::kStepLimit, nearest, [&] {
      return std::string(is_growing ? "one decision may add " : "one decision may remove ") +
             CountWords(*step) + " to a count of " + std::to_string(inputs_.current.value());
    });
}

Replicas Deliberation::InReach(Replicas count) const {
  const auto step = LargestStep(fields_.behavior.scale_up, inputs_.current);
  if (!step || count <= inputs_.current) return count;
  return std::min(count, inputs_.current + *step);
}

Replicas Deliberation::Standing() const {
  return std::max(inputs_.current, InReach(inputs_.wanted.value_or(inputs_.current)));
}

void Deliberation::HeldNeed() {
  if (!inputs_.held_need) return;
  const Replicas floor = AsStated(InReach(*inputs_.held_need), measured_need_);
  if (floor > desired_)
    Move(DecisionStage::kStabilizer, floor, [&] {
      return CountWords(*inputs_.held_need) +
             " were needed before weights and capacity changed, and are held for a while";
    });
}

Replicas Deliberation::AsStated(Replicas count, Replicas measured) const {
  if (paid_for_) count = std::min(count, std::max(*paid_for_, measured));
  return ceiling_ ? std::min(count, *ceiling_) : count;
}

Result<void> Deliberation::Stabilizer() {
  HeldNeed();
  const Replicas standing = Standing();
  if (desired_ >= standing) return {};
  const TimePoint since = inputs_.now - fields_.behavior.scale_down_window;
  Replicas highest(0);
  for (const PastNeed& past : inputs_.past_needs) {
    if (past.decided_at >= since && past.decided_at <= inputs_.now)
      highest = std::max(highest, past.replicas);
  }
  Replicas measured = measured_need_;
  if (const auto load = HighestMeasured(since)) {
    LC_TRY(const Replicas need, Need(*load));
    measured = std::max(measured, need);
    highest = std::max(highest, need);
  }
  highest = AsStated(highest, measured);
  const Replicas floor = std::min(highest, standing);
  if (floor > desired_)
    Move(DecisionStage::kStabilizer, floor, [&] {
      return "within the last " + ToString(fields_.behavior.scale_down_window) + " " +
             CountWords(highest) + " were needed";
    });
  return {};
}

void Deliberation::ReturnParked() {
  if (!inputs_.parked) return;
  const Replicas floor = AsStated(InReach(inputs_.parked->replicas), measured_need_);
  if (floor > desired_) Move(DecisionStage::kParked, floor, [&] { return inputs_.parked->why; });
}

std::string Deliberation::Doubt() const {
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
  if (inputs_.rolling_out_to)
    return "a rollout to revision '" + *inputs_.rolling_out_to +
           "' is under way: pods of two revisions run, and what those carry that will stay is not "
           "known yet";
  if (inputs_.warm_at && inputs_.now < *inputs_.warm_at)
    return "new replicas warm up until " + ToRfc3339(*inputs_.warm_at) +
           ": what they carry is not known yet";
  if (capacity_.memory && (!inputs_.memory || inputs_.now - inputs_.memory->until > fresh))
    return "what the replicas use of their memory was not told lately";
  if (has_forecast_doubt_) return "the forecast ends before a replica ordered now is ready";
  return "";
}

void Deliberation::SafetyGuard() {
  const std::string doubt = Doubt();
  if (doubt.empty()) return;
  const Replicas after = std::max(desired_, Standing());
  Move(DecisionStage::kSafetyGuard, after, [&] { return doubt + "; hold or grow, never shrink"; });
}

void Deliberation::Bounds() {
  const ReplicaBounds& bounds = fields_.bounds;
  if (desired_ > bounds.max)
    Move(DecisionStage::kBounds, bounds.max,
         [&] { return "at limit: maxReplicas is " + std::to_string(bounds.max.value()); });
  if (desired_ < bounds.min)
    Move(DecisionStage::kBounds, bounds.min,
         [&] { return "at limit: minReplicas is " + std::to_string(bounds.min.value()); });
}

}  // namespace loadcurve
