#include "scaler/memory_trial.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "base/time_text.h"
#include "metrics/container_resources.h"
#include "scaler/reason_words.h"

namespace loadcurve {
namespace {

// An HPA acts on no smaller difference.
constexpr double kAsGoodAsAsked = 0.9;
// Of what the fullest replica should use less.
constexpr double kLeastRelief = 0.25;
constexpr double kMuchMoreLoad = 1.2;

double Value(Replicas replicas) {
  return static_cast<double>(replicas.value());
}

}  // namespace

void MemoryTrial::Note(const MemoryUse& use, MetricsQps load, const ReplicaMemory& memory,
                       Ratio target_utilization) {
  Beginning present{.use = use,
                    .load = load,
                    .needed = MemoryNeedOf(use, memory, target_utilization),
                    .words = MemoryWords(use, memory, target_utilization)};
  const bool is_too_full = present.needed > use.replicas;
  if (state_ == State::kTrying) {
    if (!IsSettled(present)) return;
    if (is_too_full && !HasHelped(present, memory.idle)) {
      state_ = State::kUseless;
      judged_ = use;
      judged_load_ = load;
      return;
    }
  } else if (state_ == State::kUseless && is_too_full && load <= judged_load_ * kMuchMoreLoad) {
    return;
  }
  state_ = State::kNone;
  if (is_too_full) Begin(std::move(present));
}

void MemoryTrial::Begin(Beginning beginning) {
  state_ = State::kTrying;
  first_ = std::move(beginning);
  held_ = first_.needed;
  reached_.reset();
}

double MemoryTrial::Growth(MetricsQps load) const {
  return first_.load > MetricsQps(0) ? std::max(1.0, load / first_.load) : 1;
}

bool MemoryTrial::IsSettled(const Beginning& present) {
  const double held = Value(first_.needed) * Growth(present.load);
  held_ = Replicas(static_cast<std::int64_t>(std::ceil(held * (1 - 1e-9))));
  if (Value(present.use.replicas) < kAsGoodAsAsked * Value(held_)) {
    reached_.reset();
    return false;
  }
  if (!reached_) reached_ = present.use.until;
  return present.use.until >= *reached_ + settling_;
}

bool MemoryTrial::HasHelped(const Beginning& present, Bytes idle) const {
  const auto above_idle = static_cast<double>((first_.use.highest - idle).value());
  const double shared =
      Growth(present.load) * Value(first_.use.replicas) / Value(present.use.replicas);
  const auto less = static_cast<double>((first_.use.highest - present.use.highest).value());
  return less >= kLeastRelief * above_idle * (1 - shared);
}

std::optional<HeldFloor> MemoryTrial::Verdict() const {
  if (state_ == State::kNone) return std::nullopt;
  if (state_ == State::kTrying)
    return HeldFloor{held_, first_.words + "; what is used counts again when " + CountWords(held_) +
                                " have been there for " + ToString(settling_)};
  return HeldFloor{judged_.replicas, "the fullest of " + CountWords(first_.use.replicas) +
                                         " used " + MemoryText(first_.use.highest) + ", that of " +
                                         CountWords(judged_.replicas) + " uses " +
                                         MemoryText(judged_.highest) +
                                         ": more do not help, and memory asks for no more"};
}

}  // namespace loadcurve
