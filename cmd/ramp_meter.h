#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "adapters/replay/load_generator.h"
#include "metrics/capacity/ramp_interval.h"
#include "metrics/capacity/replica_observer.h"

namespace loadcurve {

struct MeterOptions {
  double quantile = 0.95;
  Duration latency_target{0};
  // Of one target, over what its observer reads.
  std::optional<double> cpu_limit_cores{};
};

// What a load met and what its targets used meanwhile, interval by interval.
class RampMeter {
 public:
  // `generator` and `observers` outlive it; of these there is one for each target, or none.
  RampMeter(replay::LoadGenerator& generator,
            const std::vector<std::unique_ptr<ReplicaObserver>>& observers, MeterOptions options);

  // Since the last call, or the start.
  RampInterval Take();

  // The requests of all intervals, by target as workload.
  const std::optional<RequestCounts>& counts() const { return counts_; }

 private:
  // True where all could be read.
  bool Observe(std::vector<ReplicaInterval>& replicas);
  void Keep(const RequestCounts& counts);

  replay::LoadGenerator& generator_;
  const std::vector<std::unique_ptr<ReplicaObserver>>& observers_;
  MeterOptions options_;
  std::vector<std::optional<ReplicaObservation>> before_;
  std::optional<RequestCounts> counts_;
};

}  // namespace loadcurve
