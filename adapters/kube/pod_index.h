#pragma once

#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/kube/label_selector.h"
#include "adapters/kube/watch_machine.h"
#include "base/units.h"
#include "metrics/container_resources.h"
#include "scaler/scale_target.h"

namespace loadcurve::kube {

// The pods of one workload, without those that ended or are being ended.
struct PodSummary {
  Replicas total{};
  Replicas ready{};
  std::string revision{};       // hash of the pod template of the newest pod; empty: unknown
  bool is_rolling_out = false;  // pods of one owner are of two revisions
  // Created to ready, 95th percentile (nearest rank), of the newest revision where it has three
  // pods that became ready, else of all. Absent where none did.
  std::optional<Duration> startup_p95{};
  std::optional<CpuCores> cpu{};                 // that the newest asks for
  std::vector<ContainerResources> containers{};  // the same, container by container
  PodPlacement placement{};                      // of the newest
  PodMarks marks{};                              // the same
  std::set<std::vector<std::string>> claims{};   // that each of them mounts
};

// What matters of every pod, kept up to date by a KubeWatch whose events go to OnEvent.
// Thread-safe.
//
// A start-up ends when the pod is seen ready for the first time; of pods that restarted a
// container it is unknown, since then Ready tells of another start.
class PodIndex {
 public:
  // For a KubeWatch of kPods.
  void OnEvent(const WatchEvent& event);

  // False until all pods are known once.
  bool is_synced() const;

  PodSummary Of(const std::string& namespace_name, const LabelSelector& selector) const;

  // The node of each, by the pod's name; of those that wait for one "".
  std::map<std::string, std::string> NodesOf(const std::string& namespace_name,
                                             const LabelSelector& selector) const;

 private:
  struct Pod {
    std::string uid;
    Labels labels;
    std::string revision;
    std::string node;   // empty: none yet
    std::string owner;  // its Deployment, StatefulSet ..., as far as names tell
    TimePoint created{};
    bool is_counted = false;  // neither ended nor being ended
    bool is_ready = false;
    std::optional<Duration> startup;
    std::optional<CpuCores> cpu;
    std::vector<ContainerResources> containers;
    PodPlacement placement;
  };

  static Pod PodOf(const nlohmann::json& object);

  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, Pod>> pods_;  // by namespace, by key
  bool is_synced_ = false;
};

}  // namespace loadcurve::kube
