// The stages in which people have a say: floors and ceilings for a time, money, and freezes.

#include <algorithm>

#include "scaler/deliberation.h"
#include "scaler/reason_words.h"

namespace loadcurve {
namespace {

// A floor that decisions of a limited step must begin to climb earlier than this comes late.
constexpr Duration kLongestClimb = std::chrono::days(1);

}  // namespace

// Backwards from the floor: before the last decision that can still matter at least so many must be
// there that one step reaches it, before the one before so many that two do. What is asked for does
// not depend on the current count, so that it only ever rises on the way.
Replicas Deliberation::FloorForNow(Replicas floor, TimePoint from) const {
  const StepLimits& limits = fields_.behavior.scale_up;
  Replicas needed = floor;
  for (TimePoint last = from - (ReadyAt() + step_ - inputs_.now);
       last > inputs_.now && needed > Replicas(0); last -= step_) {
    if (!LargestStep(limits, Replicas(0))) return Replicas(0);
    // The fewest from which one step is enough.
    Replicas least(0);
    Replicas most = needed;
    while (least < most) {
      const Replicas middle((least.value() + most.value()) / 2);
      if (middle + *LargestStep(limits, middle) >= needed)
        most = middle;
      else
        least = middle + Replicas(1);
    }
    needed = least;
  }
  return needed;
}

std::optional<Deliberation::StatedBound> Deliberation::HighestFloor() const {
  const bool climbs = LargestStep(fields_.behavior.scale_up, Replicas(0)).has_value();
  const TimePoint until = ReadyAt() + step_ + (climbs ? kLongestClimb : Duration(0));
  std::optional<StatedBound> highest;
  for (const Schedule& schedule : fields_.schedules) {
    if (!schedule.min) continue;
    for (const auto& span :
         {SpanAt(schedule.window, inputs_.now), NextSpan(schedule.window, inputs_.now, until)}) {
      if (!span) continue;
      const StatedBound bound{&schedule, *span, FloorForNow(*schedule.min, span->from)};
      if (!highest || bound.replicas > highest->replicas) highest = bound;
    }
  }
  return highest;
}

std::optional<Deliberation::StatedBound> Deliberation::HighestCeiling() const {
  std::optional<StatedBound> highest;
  for (const Schedule& schedule : fields_.schedules) {
    const auto span = schedule.max ? SpanAt(schedule.window, inputs_.now) : std::nullopt;
    if (span && (!highest || *schedule.max > highest->replicas))
      highest = StatedBound{&schedule, *span, *schedule.max};
  }
  return highest;
}

std::string Deliberation::FloorWords(const StatedBound& floor) const {
  const std::string words = "the schedule '" + floor.schedule->window.name +
                            "' asks for at least " + CountWords(*floor.schedule->min) + " from " +
                            Span(floor.span.from, floor.span.until);
  if (floor.replicas < *floor.schedule->min)
    return words + ", which steps from " + std::to_string(floor.replicas.value()) +
           " now reach in time";
  return floor.span.from > inputs_.now ? words + ", and what is ordered later is not ready then"
                                       : words;
}

void Deliberation::ScheduledBounds() {
  const auto floor = HighestFloor();
  const auto ceiling = HighestCeiling();
  if (floor) scheduled_floor_ = floor->replicas;
  if (ceiling) ceiling_ = std::max(ceiling->replicas, scheduled_floor_);
  if (desired_ < scheduled_floor_)
    Move(DecisionStage::kSchedule, scheduled_floor_, [&] { return FloorWords(*floor); });
  if (!ceiling_ || desired_ <= *ceiling_) return;
  Move(DecisionStage::kSchedule, *ceiling_, [&] {
    const std::string& name = ceiling->schedule->window.name;
    if (scheduled_floor_ > ceiling->replicas)
      return FloorWords(*floor) + ", which goes before the ceiling of '" + name + "'";
    return "the schedule '" + name + "' allows at most " + CountWords(ceiling->replicas) +
           " from " + Span(ceiling->span.from, ceiling->span.until);
  });
}

void Deliberation::Budget() {
  if (!fields_.budget) return;
  const SpendingCap& budget = *fields_.budget;
  const Replicas paid_for = PaidFor(budget);
  paid_for_ = paid_for;
  if (budget.is_hard) ceiling_ = std::min(ceiling_.value_or(paid_for), paid_for);
  const Replicas served = std::max(measured_need_, scheduled_floor_);
  const Replicas most = budget.is_hard ? paid_for : std::max(paid_for, served);
  if (desired_ <= paid_for) return;
  Move(DecisionStage::kBudget, std::min(desired_, most), [&] {
    std::string words = "the budget of " + AmountWords(budget) + " pays for " +
                        CountWords(paid_for) + " at " + Short(budget.replica_hour) + " an hour";
    if (most > paid_for)
      words += std::string(", and ") +
               (measured_need_ >= scheduled_floor_ ? "the load measured now" : "a schedule") +
               " needs " + std::to_string(most.value()) + ", which goes before it";
    if (desired_ > most)
      words += "; " + std::to_string((desired_ - most).value()) +
               (desired_ - most == Replicas(1) ? " more was wanted" : " more were wanted");
    return words;
  });
}

void Deliberation::HoldFrozen() {
  const Freeze* freeze = nullptr;
  TimeSpan span;
  for (const Freeze& each : fields_.freezes) {
    const auto open = SpanAt(each.window, inputs_.now);
    const bool is_stricter = freeze == nullptr || freeze->kind < each.kind;
    if (!open || !is_stricter) continue;
    freeze = &each;
    span = *open;
  }
  if (freeze == nullptr) return;
  const Replicas standing = Standing();
  const bool holds_all = freeze->kind == FreezeKind::kAll;
  const Replicas needed = std::max(measured_need_, scheduled_floor_);
  const Replicas after = std::max(standing, holds_all ? std::min(desired_, needed) : desired_);
  if (after == desired_) return;
  Move(DecisionStage::kFreeze, after, [&] {
    return "the freeze '" + freeze->window.name + "' from " + Span(span.from, span.until) +
           (holds_all ? " holds the count, but for what the load measured now or a schedule needs"
                      : " lets nothing shrink");
  });
}

}  // namespace loadcurve
