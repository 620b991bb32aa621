#include "scaler/twin/scheduled_family.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace loadcurve::twin {
namespace {

// Of one step.
struct StepBounds {
  Replicas min{0};
  Replicas max{1'000'000};
};

StepBounds BoundsAt(std::span<const Schedule> schedules, const Timing& timing, std::size_t step,
                    ScheduleKind kind) {
  const TimePoint now = timing.TimeAt(step);
  const TimePoint until = now + timing.startup + timing.order_delay + timing.step;
  Replicas floor(0);
  std::optional<Replicas> ceiling;
  for (const Schedule& schedule : schedules) {
    const auto present = SpanAt(schedule.window, now);
    const bool is_due = present || NextSpan(schedule.window, now, until - Duration(1));
    if (schedule.min && is_due) floor = std::max(floor, *schedule.min);
    if (schedule.max && present && kind == ScheduleKind::kBounds)
      ceiling = std::max(ceiling.value_or(Replicas(0)), *schedule.max);
  }
  StepBounds bounds{.min = floor};
  if (ceiling) bounds.max = std::max(*ceiling, floor);
  return bounds;
}

class ScheduledPolicy final : public Policy {
 public:
  ScheduledPolicy(std::unique_ptr<Policy> policy, std::span<const StepBounds> bounds)
      : policy_(std::move(policy)), bounds_(bounds) {}

  Replicas Wanted(const Moment& moment) override {
    const StepBounds& bounds = bounds_[moment.step];
    return std::clamp(policy_->Wanted(moment), bounds.min, bounds.max);
  }

 private:
  std::unique_ptr<Policy> policy_;
  std::span<const StepBounds> bounds_;
};

class ScheduledFamily final : public PolicyFamily {
 public:
  ScheduledFamily(std::unique_ptr<PolicyFamily> family, std::vector<StepBounds> bounds)
      : family_(std::move(family)), bounds_(std::move(bounds)) {}

  std::string_view name() const override { return family_->name(); }
  std::vector<std::string> KnobNames() const override { return family_->KnobNames(); }
  std::unique_ptr<Policy> Make(std::size_t knob) const override {
    return std::make_unique<ScheduledPolicy>(family_->Make(knob), bounds_);
  }
  bool is_hpa() const override { return family_->is_hpa(); }

 private:
  std::unique_ptr<PolicyFamily> family_;
  std::vector<StepBounds> bounds_;
};

}  // namespace

std::unique_ptr<PolicyFamily> WithSchedules(std::unique_ptr<PolicyFamily> family,
                                            const FamilyInputs& inputs, ScheduleKind kind) {
  if (!inputs.loadcurve) return family;
  const std::vector<Schedule>& schedules = inputs.loadcurve->profile.fields().schedules;
  if (schedules.empty()) return family;
  std::vector<StepBounds> bounds;
  for (std::size_t step = 0; step < inputs.loads.size(); ++step)
    bounds.push_back(BoundsAt(schedules, inputs.timing, step, kind));
  return std::make_unique<ScheduledFamily>(std::move(family), std::move(bounds));
}

}  // namespace loadcurve::twin
