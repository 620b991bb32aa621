#pragma once

#include <optional>
#include <string>

#include "base/units.h"
#include "metrics/replica_capacity.h"
#include "scaler/memory_need.h"
#include "scaler/replica_decision.h"

namespace loadcurve {

// Whether more replicas help where memory runs full. What requests hold is shared by all replicas,
// and each uses less of it once there are more; a cache or a leak fills every replica anew, and a
// count that followed it would never end. So what the use needs is asked for once and waited for:
//
//   trying   the count stays as asked for, and grows with the load alone, until it was there for
//            the settling time
//   helped   the fullest replica uses less by a quarter or more of what it should: the use counts
//            again, and where it still needs more, the next trial begins
//   useless  it does not: memory asks for no more, and for no fewer, than there are then, until it
//            is no longer too full, or the load has grown by a fifth
//
// A machine without clock; not thread-safe.
class MemoryTrial {
 public:
  // `settling`: until replicas that are there have taken over what others held.
  explicit MemoryTrial(Duration settling) : settling_(settling) {}

  // A window of use, no older than the last one, and the load of about then; memory and target as
  // MemoryNeedOf.
  void Note(const MemoryUse& use, MetricsQps load, const ReplicaMemory& memory,
            Ratio target_utilization);

  // What holds in place of what the use needs; absent where that counts.
  std::optional<HeldFloor> Verdict() const;

 private:
  enum class State { kNone, kTrying, kUseless };
  // What a trial begins with.
  struct Beginning {
    MemoryUse use{};
    MetricsQps load{};
    Replicas needed{};
    std::string words{};
  };

  void Begin(Beginning beginning);
  bool IsSettled(const Beginning& present);
  bool HasHelped(const Beginning& present, Bytes idle) const;
  double Growth(MetricsQps load) const;

  Duration settling_;
  State state_ = State::kNone;
  Beginning first_;
  Replicas held_{};                     // what was asked for, at the load of now
  std::optional<TimePoint> reached_{};  // there were so many since then
  MemoryUse judged_{};                  // the window that told that more do not help
  MetricsQps judged_load_{};
};

}  // namespace loadcurve
