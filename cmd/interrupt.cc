#include "cmd/interrupt.h"

#include <pthread.h>

#include <csignal>
#include <thread>

namespace loadcurve {

std::stop_token InterruptToken() {
  static std::stop_source source;
  // Signals are blocked in every thread and awaited in one, where anything may be done;
  // a handler could not request a stop.
  static const bool is_listening = [] {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::thread([signals] {
      int signal = 0;
      sigwait(&signals, &signal);
      source.request_stop();
      sigwait(&signals, &signal);
      std::_Exit(130);
    }).detach();
    return true;
  }();
  (void)is_listening;
  return source.get_token();
}

}  // namespace loadcurve
