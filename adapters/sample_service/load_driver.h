#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>

#include "adapters/sample_service/day_plan.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::sample {

struct DriveOptions {
  std::uint16_t port = 0;             // on the loopback address
  std::size_t max_connections = 128;  // opened as they are needed, then kept
  Duration grace{5'000'000};          // how long the last answers are waited for
  std::function<void(Duration elapsed)> on_progress = [](Duration) {};
};

// What the load met. Latencies count from the moment a request was due, not from when a
// connection was free to send it: a service that stalls is charged for all who waited.
struct DriveReport {
  std::size_t sent = 0;
  std::size_t answered = 0;  // with status 200
  Duration median_latency{0};
  Duration p99_latency{0};
  Duration worst_delay{0};  // the furthest the driver itself fell behind its plan
};

// Sends each request of the plan when it is due, whether or not earlier ones have been
// answered (an open loop), and returns when all are answered or `grace` is over.
// kCancelled once `stop` is requested.
[[nodiscard]] Result<DriveReport> Drive(std::span<const Arrival> arrivals,
                                        const DriveOptions& options, const Clock& clock,
                                        const std::stop_token& stop);

}  // namespace loadcurve::sample
