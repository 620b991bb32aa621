#include "metrics/capacity/ramp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <set>
#include <utility>

#include "metrics/capacity/mix_plan.h"

namespace loadcurve {
namespace {

constexpr double kGrowth = 1.6;
constexpr double kStressGrowth = 1.5;
constexpr double kDescent = 3;
constexpr double kPrecision = 1.05;
constexpr int kMostRefinements = 8;
constexpr int kMostStresses = 3;
constexpr int kMostDescents = 3;
constexpr std::size_t kBlindIntervals = 5;
constexpr std::size_t kSelfLateIntervals = 4;
constexpr int kMostOwnDelays = 3;
constexpr int kMostStarvedSteps = 3;
constexpr std::size_t kPatience = 60;
// Of all mixes together, and of each at least.
constexpr std::size_t kMixIntervals = 60;
constexpr std::size_t kLeastMixIntervals = 6;
constexpr double kProbesOfTheSilent = 2;  // a second and replica

std::string Text(const char* format, double number) {
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(), format, number);
  return text.data();
}

std::string WhyBroken(const RampStep& step) {
  switch (step.verdict) {
    case StepVerdict::kLate:
      return Text("late: %.3g % of the answers came too late", step.Late().value() * 100);
    case StepVerdict::kSaturated:
      return Text("saturated: only %.4g/s are answered", step.AnsweredRate());
    case StepVerdict::kErrors:
      return "errors";
    default:
      return "the target stopped answering, or began anew";
  }
}

}  // namespace

std::string_view Name(RampEnd end) {
  constexpr std::array<std::string_view, 9> kNames = {"none",
                                                      "knee",
                                                      "ceiling",
                                                      "never good",
                                                      "target lost",
                                                      "observation lost",
                                                      "generator limit",
                                                      "out of time",
                                                      "stopped"};
  return kNames[static_cast<std::size_t>(end)];
}

Result<Ramp> Ramp::Make(RampOptions options) {
  const auto is_share = [](Ratio share) { return share.value() > 0 && share.value() < 1; };
  if (options.replicas == 0) return Fail(ErrorCode::kInvalidArgument, "a ramp needs a replica");
  if (options.mix.empty()) return Fail(ErrorCode::kInvalidArgument, "a ramp needs requests");
  if (!(options.first_rate > 0 && options.first_rate <= options.most_rate &&
        std::isfinite(options.most_rate)))
    return Fail(ErrorCode::kInvalidArgument,
                "the first rate of a ramp must be above 0 and at most the ceiling");
  if (!is_share(options.limits.allowed_late) || !is_share(options.limits.allowed_errors) ||
      !(options.limits.late_replicas.value() > 0 && options.limits.late_replicas.value() <= 1))
    return Fail(ErrorCode::kInvalidArgument, "the shares of a ramp must be above 0 and below 1");
  return Ramp(std::move(options));
}

Ramp::Ramp(RampOptions options) : options_(std::move(options)) {
  step_ = At(StepPurpose::kGrow, options_.first_rate);
}

RampOrder Ramp::First() const {
  return {RampOrder::Kind::kGo, step_.rate, step_.mix, "begin"};
}

std::optional<double> Ramp::broken() const {
  if (!std::isfinite(broken_)) return std::nullopt;
  return broken_;
}

RampStep Ramp::At(StepPurpose purpose, double rate) const {
  return {.purpose = purpose, .rate = std::min(rate, options_.most_rate), .mix = options_.mix};
}

RampOrder Ramp::Next(RampInterval interval) {
  if (end_ != RampEnd::kNone) return {RampOrder::Kind::kDone, 0, {}, "ended"};
  if (!began_) began_ = interval.from;
  if (auto alarm = Alarm(interval)) return *std::move(alarm);
  step_.intervals.push_back(std::move(interval));
  if (step_.purpose == StepPurpose::kRest) return Rest();
  if (step_.purpose == StepPurpose::kMix) return Vary();
  return Probe();
}

// What ends the load whatever else is under way.
std::optional<RampOrder> Ramp::Alarm(const RampInterval& interval) {
  was_observed_ = was_observed_ || interval.is_observed;
  blind_ = interval.is_observed ? 0 : blind_ + 1;
  self_late_ = interval.is_late_itself ? self_late_ + 1 : 0;
  if (was_observed_ && blind_ >= kBlindIntervals)
    return Done(RampEnd::kObservationLost, "what the replicas use cannot be read any more");
  if (interval.to - *began_ > options_.longest) return Done(RampEnd::kOutOfTime, "the time is up");
  if (self_late_ >= kSelfLateIntervals) return OnOwnDelay();
  return std::nullopt;
}

// What was measured while requests went out late says nothing: the step is held anew.
RampOrder Ramp::OnOwnDelay() {
  self_late_ = 0;
  if (++own_delays_ > kMostOwnDelays)
    return Done(RampEnd::kGeneratorLimit, "requests go out late: this machine is the limit");
  if (step_.purpose == StepPurpose::kRest) return {};
  return Again("requests went out late; the same again");
}

// Holds the step anew, as if it had not been.
RampOrder Ramp::Again(std::string why) {
  RampStep again = step_;
  again.intervals.clear();
  again.steady_from = 0;
  again.verdict = StepVerdict::kOpen;
  return RestThen(std::move(again), std::move(why));
}

RampOrder Ramp::Probe() {
  step_.verdict = JudgeStep(step_, options_.limits);
  if (step_.verdict == StepVerdict::kOpen) return {};
  const bool is_slow =
      step_.verdict == StepVerdict::kLate || step_.verdict == StepVerdict::kSaturated;
  if (is_slow && starved_steps_ < kMostStarvedSteps && step_.Use().IsStarved()) {
    ++starved_steps_;
    return Again("others keep the CPU from the target; the same again");
  }
  steps_.push_back(step_);
  return step_.verdict == StepVerdict::kGood ? OnGood() : OnBroken(step_.verdict);
}

RampOrder Ramp::OnGood() {
  carried_ = std::max(carried_, step_.rate);
  const std::string why = Text("%.4g/s is carried", step_.rate);
  if (step_.rate >= broken_) {
    // What once was too much is not: the next limit above it counts, if there is one.
    broken_ = std::numeric_limits<double>::infinity();
    for (const RampStep& step : steps_) {
      if (step.verdict != StepVerdict::kGood && step.purpose != StepPurpose::kMix &&
          step.rate > carried_)
        broken_ = std::min(broken_, step.rate);
    }
    refinements_ = 0;
    has_confirmed_ = false;
  }
  if (std::isfinite(broken_)) return Refine(why);
  if (step_.rate >= options_.most_rate) return Finish(RampEnd::kCeiling, why + ", the ceiling");
  return Go(At(StepPurpose::kGrow, step_.rate * kGrowth), why);
}

RampOrder Ramp::OnBroken(StepVerdict verdict) {
  const std::string why = WhyBroken(step_);
  const bool is_fault = verdict == StepVerdict::kErrors || verdict == StepVerdict::kDied;
  if (is_fault && step_.purpose != StepPurpose::kStress && failed_once_ != step_.rate) {
    failed_once_ = step_.rate;
    return RestThen(At(step_.purpose, step_.rate), why + "; the same again");
  }
  broken_ = std::min(broken_, step_.rate);
  const bool is_growth =
      step_.purpose == StepPurpose::kGrow || step_.purpose == StepPurpose::kStress;
  if (is_growth && verdict == StepVerdict::kLate && stresses_ < kMostStresses && carried_ > 0 &&
      step_.rate < options_.most_rate) {
    ++stresses_;
    return Go(At(StepPurpose::kStress, step_.rate * kStressGrowth), why);
  }
  return Refine(why);
}

// True where a single rate vouches for the limit: another that was not carried up to a third above
// it would do. Errors twice at one rate may have been one outage.
bool Ramp::NeedsConfirmation() const {
  if (has_confirmed_) return false;
  std::set<double> witnesses;
  for (const RampStep& step : steps_) {
    const bool is_broken = step.verdict != StepVerdict::kGood && step.purpose != StepPurpose::kMix;
    if (is_broken && step.rate >= broken_ && step.rate <= broken_ * 1.35)
      witnesses.insert(step.rate);
  }
  return witnesses.size() < 2;
}

RampOrder Ramp::Refine(std::string why) {
  if (carried_ <= 0) {
    if (descents_++ >= kMostDescents)
      return Done(RampEnd::kNeverGood, why + "; not even this is carried");
    return RestThen(At(StepPurpose::kGrow, broken_ / kDescent), std::move(why));
  }
  const bool is_fine = broken_ / carried_ <= kPrecision || refinements_ >= kMostRefinements;
  if (is_fine && NeedsConfirmation()) {
    has_confirmed_ = true;
    return RestThen(At(StepPurpose::kConfirm, broken_), why + "; the limit again");
  }
  if (is_fine) return Finish(RampEnd::kKnee, std::move(why));
  ++refinements_;
  return RestThen(At(StepPurpose::kRefine, std::sqrt(carried_ * broken_)), std::move(why));
}

RampOrder Ramp::Go(RampStep next, std::string why) {
  step_ = std::move(next);
  return {RampOrder::Kind::kGo, step_.rate, step_.mix, std::move(why)};
}

RampOrder Ramp::RestThen(RampStep next, std::string why) {
  if (!steps_.empty() && step_.verdict == StepVerdict::kGood) return Go(std::move(next), why);
  double rate = carried_ > 0 ? carried_ / 2 : step_.rate / 4;
  if (step_.verdict == StepVerdict::kDied || step_.verdict == StepVerdict::kErrors)
    rate = std::min(rate, kProbesOfTheSilent * static_cast<double>(options_.replicas));
  after_rest_ = std::move(next);
  return Go(At(StepPurpose::kRest, rate), std::move(why));
}

RampOrder Ramp::Rest() {
  // Where nothing was ever in time, it need not be in time now.
  if (IsAtEase(step_, options_.limits, carried_ > 0))
    return Go(std::move(after_rest_), "at ease again");
  if (step_.intervals.size() < kPatience) return {};
  return Done(RampEnd::kTargetLost, "the target does not come to rest");
}

RampOrder Ramp::Vary() {
  if (step_.intervals.size() < mix_intervals_) return {};
  step_.steady_from = 1;
  step_.verdict = step_.Late().value() <= options_.limits.allowed_late.value() ? StepVerdict::kGood
                                                                               : StepVerdict::kLate;
  steps_.push_back(step_);
  return NextMix();
}

// The limit is known: what is left is to vary the mix.
RampOrder Ramp::Finish(RampEnd end, std::string why) {
  found_ = end;
  if (options_.varies_mix)
    for (MixedRate& mixed : MixPlan(steps_, options_.mix, carried_)) {
      RampStep step = At(StepPurpose::kMix, mixed.rate);
      step.mix = std::move(mixed.mix);
      mixes_.push_back(std::move(step));
    }
  if (mixes_.empty()) return Done(end, std::move(why));
  mix_intervals_ = std::max(kLeastMixIntervals, kMixIntervals / mixes_.size());
  after_rest_ = std::move(mixes_.front());
  mixes_.pop_front();
  return RestThen(std::move(after_rest_), why + "; now the mix is varied");
}

RampOrder Ramp::NextMix() {
  if (mixes_.empty()) return Done(found_, "the mix was varied");
  RampStep next = std::move(mixes_.front());
  mixes_.pop_front();
  return Go(std::move(next), "the next mix");
}

RampOrder Ramp::Done(RampEnd end, std::string why) {
  const bool is_open = step_.verdict == StepVerdict::kOpen && !step_.intervals.empty();
  if (is_open && step_.purpose != StepPurpose::kRest) steps_.push_back(step_);
  // A limit that was found stays found, whatever went wrong while the mix was varied.
  end_ = found_ != RampEnd::kNone ? found_ : end;
  return {RampOrder::Kind::kDone, 0, {}, std::move(why)};
}

void Ramp::Stop() {
  if (end_ != RampEnd::kNone) return;
  Done(RampEnd::kStopped, "");
  end_ = RampEnd::kStopped;
}

}  // namespace loadcurve
