#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "adapters/kube/kube_client.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::kube {

// Which object an event is about.
struct ObjectReference {
  std::string api_version{};
  std::string kind{};
  std::string namespace_name{};
  std::string name{};
  std::string uid{};
};

// What a person should see.
struct Notice {
  bool is_warning = false;
  std::string reason{};  // one CamelCase word
  std::string action{};  // what was done or tried, one CamelCase word
  std::string note{};    // at most 1 kB arrives

  bool operator==(const Notice&) const = default;
};

// Writes events.k8s.io/v1 Events. The same reason for the same object is told at most every
// ten minutes, and all together at most one a second with 25 in a burst: an event is a write
// to etcd. Thread-safe.
class EventRecorder {
 public:
  // `instance` is who reports: the name of our pod. All outlive this.
  EventRecorder(KubeClient& client, const Clock& clock, std::string instance);

  // True where it was written, false where it was one too many.
  [[nodiscard]] Result<bool> Record(const ObjectReference& about, const Notice& notice);

 private:
  bool MayWrite(const std::string& uid, const std::string& reason, Duration now);

  KubeClient& client_;
  const Clock& clock_;
  const std::string instance_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Duration> told_at_;  // by uid and reason
  double allowance_;
  Duration allowance_at_{0};
};

}  // namespace loadcurve::kube
