#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace loadcurve::prometheus {

// A port of 127.0.0.1 that nobody listens on.
int FreePort();

// True where the program is in the PATH.
bool IsInstalled(const std::string& program);

// A server in a process of its own while this lives; it writes to `log_path`.
class LocalServer {
 public:
  LocalServer(std::vector<std::string> command, const std::string& log_path);
  ~LocalServer();
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;

  // Waits until GET `url` answers 200; false where that took 30 s or the process ended.
  bool Await(const std::string& url) const;

 private:
  pid_t pid_ = 0;
};

}  // namespace loadcurve::prometheus
