#include "scaler/memory_need.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "metrics/container_resources.h"
#include "scaler/reason_words.h"

namespace loadcurve {

Replicas MemoryNeedOf(const MemoryUse& use, const ReplicaMemory& memory, Ratio target_utilization) {
  constexpr double kMostReplicas = 1e6;
  constexpr double kRoundingError = 1e-9;
  const auto idle = static_cast<double>(memory.idle.value());
  const double used = std::max(0.0, static_cast<double>(use.highest.value()) - idle) *
                      static_cast<double>(use.replicas.value());
  const double room = static_cast<double>(memory.limit.value()) * target_utilization.value() - idle;
  const double whole = std::ceil(used / room * (1 - kRoundingError));
  return Replicas(static_cast<std::int64_t>(std::min(whole, kMostReplicas)));
}

std::string MemoryWords(const MemoryUse& use, const ReplicaMemory& memory,
                        Ratio target_utilization) {
  return "the fullest of " + CountWords(use.replicas) + " uses " + MemoryText(use.highest) +
         "; each may use " + MemoryText(memory.limit) + ", planned at a utilization of " +
         Short(target_utilization.value()) + ", and uses " + MemoryText(memory.idle) +
         " without load";
}

}  // namespace loadcurve
