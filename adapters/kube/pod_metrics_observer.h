#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "adapters/kube/kube_client.h"
#include "base/clock.h"
#include "base/result.h"
#include "metrics/capacity/replica_observer.h"

namespace loadcurve::kube {

// Watches a pod by the resource metrics API (metrics.k8s.io/v1beta1, metrics-server) and by the
// pod itself: its phase, its limits, which containers run.
//
// That API tells how many cores were used on average over a window that ended at a timestamp. The
// sum here is that rate times the time since the timestamp before, so that differences of two
// observations are the CPU used between their `at`; time that no window covers, where an answer
// was missed, takes the rate of the next one. The first observation begins the sum at 0. A new
// timestamp comes every 15 s or so: meanwhile the same observation comes again. Throttling,
// threads and context switches are not told.
class PodMetricsObserver final : public ReplicaObserver {
 public:
  // `client` and `clock` outlive it.
  PodMetricsObserver(KubeClient& client, std::string namespace_name, std::string pod,
                     const Clock& clock)
      : client_(client),
        namespace_(std::move(namespace_name)),
        pod_(std::move(pod)),
        clock_(clock) {}

  // Errors of KubeClient; a pod of which there are no metrics yet is kUnavailable, an answer that
  // is not as the API writes it kUnavailable too.
  [[nodiscard]] Result<ReplicaObservation> Observe() override;

 private:
  KubeClient& client_;
  const std::string namespace_;
  const std::string pod_;
  const Clock& clock_;
  std::optional<TimePoint> latest_;  // timestamp of the metrics
  double cpu_seconds_ = 0;
  std::uint64_t start_id_ = 0;
};

}  // namespace loadcurve::kube
