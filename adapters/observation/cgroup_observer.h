#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "metrics/capacity/replica_observer.h"

namespace loadcurve::observation {

// Watches a control group: a container, a pod, a systemd unit. Of version 2 its folder
// ("/sys/fs/cgroup/system.slice/web.service"), of version 1 that below any of the controllers
// ("/sys/fs/cgroup/memory/docker/4f1..."), of which the others are found beside it.
//
// Memory is what is charged to it without the files it has not used lately (inactive_file), which
// the kernel drops first: what the kubelet calls the working set. Limits are the lowest of the
// group and those around it, as far up as they can be seen. Its start is told by the folder's
// inode; a container that begins anew in another folder is gone here.
class CgroupObserver final : public ReplicaObserver {
 public:
  // kNotFound where there is no such folder, kInvalidArgument where it is no control group with
  // CPU accounting. `clock` outlives it. `proc` is for tests.
  [[nodiscard]] static Result<std::unique_ptr<CgroupObserver>> Make(const std::string& folder,
                                                                    const Clock& clock,
                                                                    std::string proc = "/proc");

  [[nodiscard]] Result<ReplicaObservation> Observe() override;

 private:
  CgroupObserver(std::string folder, const Clock& clock, std::string proc)
      : folder_(std::move(folder)), clock_(clock), proc_(std::move(proc)) {}

  bool IsUnified() const;
  // The group below a controller of version 1.
  std::string Under(const char* controller) const;
  [[nodiscard]] Result<void> ReadUnified(ReplicaObservation& seen) const;
  [[nodiscard]] Result<void> ReadByController(ReplicaObservation& seen) const;
  // Of the threads that `list`, a file of the group, names.
  double CpuWaitOfThreads(const std::string& list) const;

  const std::string folder_;
  const Clock& clock_;
  const std::string proc_;
  // Of version 1: what stands before and behind the controller's name; empty before for 2.
  std::string root_;
  std::string path_;
};

}  // namespace loadcurve::observation
