#include "metrics/capacity/bottleneck.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>

namespace loadcurve {
namespace {

std::string Text(const char* format, ...) __attribute__((format(printf, 1, 2)));
std::string Text(const char* format, ...) {
  std::array<char, 320> text{};
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text.data(), text.size(), format, arguments);
  va_end(arguments);
  return text.data();
}

bool IsOfLog(const RampStep& step) {
  return step.purpose != StepPurpose::kMix && step.purpose != StepPurpose::kRest &&
         !step.Steady().empty();
}

// The good step with the fastest answers among those at light load.
const RampStep* LightStep(const Ramp& ramp) {
  const RampStep* light = nullptr;
  for (const RampStep& step : ramp.steps()) {
    if (!IsOfLog(step) || step.AnsweredRate() <= 0) continue;
    if (ramp.carried() > 0 && (step.verdict != StepVerdict::kGood ||
                               (light != nullptr && step.rate > 0.6 * ramp.carried())))
      continue;
    if (light == nullptr || step.MeanLatency() < light->MeanLatency()) light = &step;
  }
  return light;
}

// The step with the highest rate that was answered at all.
const RampStep* PressedStep(const Ramp& ramp) {
  const RampStep* pressed = nullptr;
  for (const RampStep& step : ramp.steps()) {
    if (!IsOfLog(step) || step.AnsweredRate() <= 0 || step.verdict == StepVerdict::kDied) continue;
    if (pressed == nullptr || step.rate > pressed->rate) pressed = &step;
  }
  return pressed;
}

std::optional<double> Divided(const std::optional<double>& a, const std::optional<double>& b) {
  if (!a || !b || *b <= 0) return std::nullopt;
  return *a / *b;
}

std::optional<double> PerRequest(const std::optional<double>& a_second, double rate) {
  return Divided(a_second, rate);
}

void AddFaults(const Ramp& ramp, ReplicaEvidence& evidence) {
  for (const RampStep& step : ramp.steps()) {
    if (!IsOfLog(step)) continue;
    const bool is_at_limit = !ramp.broken() || step.rate >= *ramp.broken();
    evidence.has_died = evidence.has_died || (step.verdict == StepVerdict::kDied && is_at_limit);
    evidence.has_errors =
        evidence.has_errors || (step.verdict == StepVerdict::kErrors && is_at_limit);
    evidence.has_plateau = evidence.has_plateau || step.verdict == StepVerdict::kSaturated;
    evidence.memory_share = std::max(evidence.memory_share, step.MemoryShare());
  }
}

std::optional<ReplicaUse> StarvedUse(const Ramp& ramp, const RampStep* pressed) {
  for (const RampStep& step : ramp.steps()) {
    const bool is_broken =
        step.verdict == StepVerdict::kLate || step.verdict == StepVerdict::kSaturated;
    const bool is_limit = ramp.broken() && step.rate <= *ramp.broken();
    if (!IsOfLog(step) || !is_broken || !(is_limit || &step == pressed)) continue;
    if (const ReplicaUse use = step.Use(); use.IsStarved()) return use;
  }
  return std::nullopt;
}

BottleneckVerdict BusyMachine(const ReplicaUse& use) {
  return {
      Bottleneck::kBusyMachine, false,
      Text("others used %.3g of the %.3g cores that it may run on; it got %.3g, and its threads "
           "waited %.2g s a second for a CPU",
           use.others_cores.value_or(0), use.machine_cores.value_or(0), use.cpu_cores.value_or(0),
           use.cpu_wait_share.value_or(0)),
      "It carries this much, and perhaps more: measure again with nothing else on the machine."};
}

BottleneckVerdict Waiting(const ReplicaEvidence& e) {
  constexpr double kOneAtATime = 1.5;
  constexpr double kMoreSwitches = 1.25;
  const std::string where =
      Text("answers stop at %.4g/s while a request takes %.3g ms at ease: %.3g are at work at once",
           e.pressed_rate, e.light_seconds * 1e3, e.at_work);
  const std::string cpu = e.cpu_share ? Text(", with %.0f %% of the CPU", *e.cpu_share * 100) : "";
  if (e.at_work < kOneAtATime)
    return {Bottleneck::kLock, true, where + cpu,
            "More replicas help, larger ones do not; look for what is done one at a time."};
  if (e.switch_growth && *e.switch_growth > kMoreSwitches)
    return {
        Bottleneck::kLock, false,
        where + cpu + Text("; a request waits %.3g times as often as at ease", *e.switch_growth),
        "More replicas help, larger ones do not; look for what is done one at a time."};
  const bool has_free_slots = e.slot_share.has_value();
  if (has_free_slots)
    return {Bottleneck::kDependency, false,
            where + cpu + Text("; %.0f %% of the slots are held", *e.slot_share * 100),
            "More replicas may not help: what it waits for serves them all."};
  return {Bottleneck::kSlots, true, where + cpu + "; no gauge of slots is watched",
          "More replicas are needed although their CPU idles; more slots in each would do too."};
}

}  // namespace

std::string_view Name(Bottleneck bottleneck) {
  constexpr std::array<std::string_view, 10> kNames = {
      "none", "cpu",        "cpu limit", "slots",        "memory",
      "lock", "dependency", "refusals",  "busy machine", "unknown"};
  return kNames[static_cast<std::size_t>(bottleneck)];
}

BindingResource BindingOf(Bottleneck bottleneck) {
  switch (bottleneck) {
    case Bottleneck::kSlots:
      return BindingResource::kSlots;
    case Bottleneck::kMemory:
      return BindingResource::kMemory;
    case Bottleneck::kLock:
      return BindingResource::kLock;
    case Bottleneck::kDependency:
      return BindingResource::kDependency;
    default:
      return BindingResource::kCpu;
  }
}

ReplicaEvidence EvidenceOf(const Ramp& ramp) {
  ReplicaEvidence evidence;
  AddFaults(ramp, evidence);
  const RampStep* light = LightStep(ramp);
  const RampStep* pressed = PressedStep(ramp);
  if (light == nullptr || pressed == nullptr) return evidence;
  const auto replicas = static_cast<double>(ramp.options().replicas);
  evidence.light_seconds = light->MeanLatency();
  evidence.light_rate = light->AnsweredRate() / replicas;
  evidence.light = light->Use();
  for (const RampStep& step : ramp.steps())
    if (IsOfLog(step))
      evidence.pressed_rate = std::max(evidence.pressed_rate, step.AnsweredRate() / replicas);
  evidence.pressed = pressed->Use();
  evidence.starved = StarvedUse(ramp, pressed);
  evidence.at_work = evidence.pressed_rate * evidence.light_seconds;
  evidence.cpu_share = Divided(evidence.pressed.cpu_cores, evidence.pressed.CpuCeiling());
  evidence.slot_share = Divided(evidence.pressed.busy_slots, evidence.pressed.slot_limit);
  evidence.throttled_share = evidence.pressed.throttled_share.value_or(0);
  evidence.switch_growth =
      Divided(PerRequest(evidence.pressed.switches_a_second, pressed->AnsweredRate() / replicas),
              PerRequest(evidence.light.switches_a_second, evidence.light_rate));
  return evidence;
}

BottleneckVerdict FindBottleneck(const Ramp& ramp, const ReplicaEvidence& e) {
  constexpr double kFull = 0.97;
  constexpr double kNearlyFull = 0.85;
  // Memory is looked at once an interval, and what ran out did so in between.
  constexpr double kMuchWhenDied = 0.7;
  const bool has_limit = ramp.broken().has_value();
  if (!has_limit && ramp.carried() > 0)
    return {Bottleneck::kNone, false, "nothing was used up at the highest rate that was sent", ""};
  if (e.memory_share >= kFull || (e.has_died && e.memory_share >= kMuchWhenDied))
    return {Bottleneck::kMemory, false,
            Text("%.0f %% of the memory limit was used%s", e.memory_share * 100,
                 e.has_died ? ", and the replica ended" : ""),
            "More replicas help; so does more memory for each."};
  if (e.starved) return BusyMachine(*e.starved);
  const double cpu = e.cpu_share.value_or(0);
  const double limit = e.pressed.CpuCeiling().value_or(0);
  if (e.pressed.cpu_limit_cores && e.throttled_share > 0.05 && cpu >= 0.6)
    return {Bottleneck::kCpuLimit, false,
            Text("%.3g of the %.3g cores that the limit allows are used, and it is held back for "
                 "%.2g s a second",
                 e.pressed.cpu_cores.value_or(0), limit, e.throttled_share),
            "More replicas help; so does a higher CPU limit."};
  if (cpu >= kNearlyFull)
    return {Bottleneck::kCpu, false,
            Text("%.3g of %.3g cores are used", e.pressed.cpu_cores.value_or(0), limit),
            "More replicas help, and more CPU for each."};
  // Where something behind them is used up, slots fill with those that wait for it: then far fewer
  // than there are slots would do the same work.
  const bool are_at_work = e.at_work >= 0.5 * e.pressed.slot_limit.value_or(0);
  if (e.slot_share && *e.slot_share >= 0.9 && are_at_work)
    return {Bottleneck::kSlots, false,
            Text("%.4g of %.4g slots are held%s", e.pressed.busy_slots.value_or(0),
                 e.pressed.slot_limit.value_or(0),
                 e.cpu_share ? Text(", with %.0f %% of the CPU", cpu * 100).c_str() : ""),
            "More replicas are needed although their CPU idles; more slots in each would do too."};
  if (e.has_died)
    return {Bottleneck::kUnknown, false, "the replica ended or fell silent under load", ""};
  if (e.has_errors)
    return {Bottleneck::kRefusals, false, "requests are refused with nothing used up",
            "Look at what refuses them."};
  if (ramp.carried() <= 0)
    return {Bottleneck::kDependency, true,
            Text("a request takes %.3g ms even at the lightest load", e.light_seconds * 1e3),
            "No number of replicas meets this target."};
  if (e.has_plateau) return Waiting(e);
  return {Bottleneck::kUnknown, false,
          Text("answers come late although all requests are answered%s",
               e.cpu_share ? Text(", with %.0f %% of the CPU", cpu * 100).c_str() : ""),
          ""};
}

}  // namespace loadcurve
