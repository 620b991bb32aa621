#pragma once

#include <csignal>
#include <functional>

namespace loadcurve {

// Blocks `signals` in this thread and in those that it starts from now on, and runs `wait` in one
// that blocks every signal, so that none ends the program while another thread waits for it. To
// be called before any thread is started that is not made here.
void StartSignalThread(const sigset_t& signals, std::function<void()> wait);

}  // namespace loadcurve
