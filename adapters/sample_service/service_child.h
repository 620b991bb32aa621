#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace loadcurve::sample {

// The sample service as a program of its own, so that the kernel counts its CPU apart.
// It never outlives us: its owner stops it, and where the owner is killed the kernel ends
// it (EndWithParent).
class ServiceChild {
 public:
  // Starts `command` (a path and its arguments), which serves and prints "listening PORT"
  // as its first line. kUnavailable where it cannot start or does not say so in 10 s.
  [[nodiscard]] static Result<ServiceChild> Start(const std::vector<std::string>& command);

  ServiceChild(ServiceChild&& other) noexcept;
  ServiceChild& operator=(ServiceChild&&) = delete;
  ~ServiceChild();

  pid_t pid() const { return pid_; }
  std::uint16_t port() const { return port_; }

  // Asks it to end, and ends it by force after 3 s. kUnavailable where it had failed.
  [[nodiscard]] Result<void> Stop();

 private:
  ServiceChild(pid_t pid, int output);

  pid_t pid_;
  int output_;
  std::uint16_t port_ = 0;
};

// Called by the child: the kernel is to kill it when `parent` ends. kCancelled where the
// parent has ended already.
[[nodiscard]] Result<void> EndWithParent(pid_t parent);

}  // namespace loadcurve::sample
