#include "cmd/signal_thread.h"

#include <pthread.h>

#include <thread>
#include <utility>

namespace loadcurve {

void StartSignalThread(const sigset_t& signals, std::function<void()> wait) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread(std::move(wait)).detach();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace loadcurve
