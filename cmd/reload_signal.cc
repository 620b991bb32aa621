#include "cmd/reload_signal.h"

#include <pthread.h>

#include <atomic>
#include <csignal>
#include <thread>

namespace loadcurve {

std::uint64_t ReloadRequests() {
  static std::atomic<std::uint64_t> requests = 0;
  static const bool is_listening = [] {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    // The thread takes no other signal: one that a later InterruptToken awaits would end the
    // process here.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    std::thread([signals] {
      int signal = 0;
      while (sigwait(&signals, &signal) == 0) ++requests;
    }).detach();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return true;
  }();
  (void)is_listening;
  return requests;
}

}  // namespace loadcurve
