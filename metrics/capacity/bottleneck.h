#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "metrics/capacity/ramp.h"
#include "metrics/replica_capacity.h"

namespace loadcurve {

// What keeps one replica from carrying more.
enum class Bottleneck {
  kNone,         // nothing was reached
  kCpu,          // its CPU is used up
  kCpuLimit,     // so is the CPU that its limit allows, and it is held back by it
  kSlots,        // all workers, threads or connections are held, whatever they wait for
  kMemory,       // its memory is used up
  kLock,         // one thing that only one request at a time may have
  kDependency,   // something outside it that it waits for
  kRefusals,     // it refuses or fails requests with nothing of the above used up
  kBusyMachine,  // none of its own: others kept the CPU from it
  kUnknown,      // it answers late, and nothing that is watched says why
};

// "none", "cpu", "cpu limit", "slots", "memory", "lock", "dependency", "refusals", "busy machine",
// "unknown".
std::string_view Name(Bottleneck bottleneck);
// Of the resource that it is a lack of; the CPU where it is none of them.
BindingResource BindingOf(Bottleneck bottleneck);

// What the steps show of one replica: at ease, and pressed as hard as it was.
struct ReplicaEvidence {
  double light_seconds = 0;  // mean time of a request where load is light
  double light_rate = 0;     // of that, answered a second
  double pressed_rate = 0;   // answered a second, the most
  bool has_plateau = false;  // requests came faster than they were answered
  double at_work = 0;        // pressed_rate * light_seconds: requests at work at once (Little)
  // Shares of the limit, pressed; absent where not told.
  std::optional<double> cpu_share;
  std::optional<double> slot_share;
  double memory_share = 0;  // at its fullest, where it died or at the end
  double throttled_share = 0;
  bool has_died = false;  // under load
  bool has_errors = false;
  // Voluntary context switches a request, pressed against at ease.
  std::optional<double> switch_growth;
  ReplicaUse light;
  ReplicaUse pressed;
  // Of the limit that was found, or pressed: where others kept the CPU from it (IsStarved).
  std::optional<ReplicaUse> starved;
};

ReplicaEvidence EvidenceOf(const Ramp& ramp);

struct BottleneckVerdict {
  Bottleneck bottleneck = Bottleneck::kUnknown;
  bool is_inferred = false;  // from latency and throughput alone
  std::string evidence;      // a sentence with the numbers that speak for it
  std::string advice;        // what follows for the number of replicas
};

// The first of these that holds: memory (0.97 of its limit, or 0.7 when it died), a machine busy
// with others, CPU limit (0.6 of it used and held back for more than 0.05 s a second), CPU (0.85),
// slots by their gauge (0.9, and half of them at work by Little's law: else they wait for something
// behind), refusals; a dependency, where no rate was carried at all. Where answers fall behind the
// requests with all of these at ease: a lock, where fewer than 1.5 requests are at work at once or
// a request costs a quarter more voluntary context switches than at ease; a dependency, where there
// is a gauge of slots; else slots that no gauge shows.
BottleneckVerdict FindBottleneck(const Ramp& ramp, const ReplicaEvidence& evidence);

}  // namespace loadcurve
