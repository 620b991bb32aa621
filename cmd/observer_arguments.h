#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "adapters/http/curl_transport.h"
#include "base/clock.h"
#include "base/result.h"
#include "cmd/command_line.h"
#include "cmd/kube_connection.h"
#include "cmd/prometheus_arguments.h"
#include "metrics/capacity/replica_observer.h"

namespace loadcurve {

// Observers of replicas, and what they ask through.
class Observers {
 public:
  // In the order of the targets; empty where nobody is observed.
  const std::vector<std::unique_ptr<ReplicaObserver>>& all() const { return all_; }

 private:
  friend class ObserverArguments;

  std::unique_ptr<http::CurlTransport> transport_;
  std::unique_ptr<KubeConnection> cluster_;
  std::vector<std::unique_ptr<ReplicaObserver>> all_;
};

// Who is watched while load is put on targets: --pid, --cgroup or --pod, one for each target.
class ObserverArguments {
 public:
  // Adds the options, --prometheus and --kubeconfig among them.
  void AddTo(CLI::App& command);

  // None where no option was given. kInvalidArgument: options of two kinds, another number than
  // `targets`, a pod that is no NAMESPACE/NAME; kNotFound: no such process, control group or
  // kubeconfig. `clock` outlives the observers.
  [[nodiscard]] Result<Observers> Make(std::size_t targets, const Clock& clock) const;

 private:
  [[nodiscard]] Result<void> CheckNumber(std::size_t targets) const;
  [[nodiscard]] Result<void> AddLocal(const Clock& clock, Observers& observers) const;
  [[nodiscard]] Result<void> AddByPrometheus(const Clock& clock, Observers& observers) const;
  [[nodiscard]] Result<void> AddByCluster(const Clock& clock, Observers& observers) const;

  std::vector<int> pids_;
  std::vector<std::string> cgroups_;
  std::vector<std::string> pods_;
  ClusterChoice cluster_;
  PrometheusArguments prometheus_;
};

}  // namespace loadcurve
