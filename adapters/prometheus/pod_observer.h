#pragma once

#include <string>
#include <utility>

#include "adapters/prometheus/query_answer.h"
#include "adapters/prometheus/query_client.h"
#include "base/clock.h"
#include "base/result.h"
#include "metrics/capacity/replica_observer.h"

namespace loadcurve::prometheus {

// Which pod, and which of its containers.
struct ObservedPod {
  std::string namespace_name;
  std::string name;
  std::string container{};  // empty: all of them
};

// Watches a pod by what the kubelet (cAdvisor) tells a Prometheus, and for limits what
// kube-state-metrics does where it is there. Its containers are added up; a container whose limit
// nobody knows leaves the pod without one.
//
// What a Prometheus knows is as old as its latest scrape: `at` is when the CPU was counted, not
// when it was asked, so between two scrapes the same observation comes again. CPU of several
// containers, counted moments apart, is taken at the moment of the earliest, by interpolation.
// Whether the pod lives it cannot tell.
class PodObserver final : public ReplicaObserver {
 public:
  // `clock` outlives it.
  PodObserver(QueryClient client, ObservedPod pod, const Clock& clock)
      : client_(std::move(client)), pod_(std::move(pod)), clock_(clock) {}

  // Errors of QueryClient. kUnavailable where no sample of the last two minutes is known: that
  // says nothing of the pod.
  [[nodiscard]] Result<ReplicaObservation> Observe() override;

  // The selector that is asked for, for tests and messages.
  std::string Selector() const;

 private:
  const QueryClient client_;
  const ObservedPod pod_;
  const Clock& clock_;
};

}  // namespace loadcurve::prometheus
