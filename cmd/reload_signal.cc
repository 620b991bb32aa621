#include "cmd/reload_signal.h"

#include <atomic>
#include <csignal>

#include "cmd/signal_thread.h"

namespace loadcurve {

std::uint64_t ReloadRequests() {
  static std::atomic<std::uint64_t> requests = 0;
  static const bool is_listening = [] {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGHUP);
    StartSignalThread(signals, [signals] {
      int signal = 0;
      while (sigwait(&signals, &signal) == 0) ++requests;
    });
    return true;
  }();
  (void)is_listening;
  return requests;
}

}  // namespace loadcurve
