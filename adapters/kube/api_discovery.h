#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/kube/kube_client.h"
#include "adapters/kube/resource.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::kube {

// From apiVersion and kind, as people write them, to the paths of the API. What was learnt is
// kept for ten minutes, and asked for anew where a kind is not in it. Thread-safe.
class ApiDiscovery {
 public:
  // Both outlive this.
  ApiDiscovery(KubeClient& client, const Clock& clock) : client_(client), clock_(clock) {}

  // kNotFound where there is no such kind, kInvalidArgument where it cannot be scaled.
  [[nodiscard]] Result<ResourceType> FindScalable(const std::string& api_version,
                                                  const std::string& kind);

  // Whether the API server serves that kind.
  [[nodiscard]] Result<bool> Knows(const std::string& api_version, const std::string& kind);

 private:
  struct Kind {
    std::string kind;
    std::string plural;
    bool has_scale = false;
  };
  struct Group {
    std::vector<Kind> kinds;
    Duration read_at{0};  // monotonic
  };

  [[nodiscard]] Result<Group> Read(const std::string& api_version);
  // The group, read anew where it is old or does not have the kind; under the lock.
  [[nodiscard]] Result<const Group*> Learn(const std::string& api_version, const std::string& kind);
  static const Kind* FindIn(const Group& group, const std::string& kind);

  KubeClient& client_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Group> groups_;  // by apiVersion
};

}  // namespace loadcurve::kube
