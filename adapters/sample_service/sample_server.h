#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/units.h"

namespace loadcurve::sample {

struct ServerOptions {
  std::string access_log;  // created or truncated
  std::uint64_t seed = 1;  // of the sizes of work
  int workers = 16;        // threads that burn CPU
  // That the whole program uses at most, above 0; absent: as much as it gets. Kept by CpuAllowance.
  std::optional<CpuCores> cpu_limit{};
};

// Serves SampleRoutes() over HTTP/1.1 with keep-alive, on the loopback address and a port
// of the kernel's choice, until `stop`. `on_listening` is told the port once requests are
// accepted. Other paths answer 404 and are logged as "/other", so that no query string
// ever reaches the log.
// SIGUSR1 lets it answer 503 at once to everything, as a service that is overwhelmed, and the
// next one lets it work again.
[[nodiscard]] Result<void> Serve(const ServerOptions& options, const Clock& clock,
                                 const std::stop_token& stop,
                                 const std::function<void(std::uint16_t port)>& on_listening);

}  // namespace loadcurve::sample
