#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/replay/arrival_sequence.h"
#include "adapters/replay/http_version.h"
#include "adapters/replay/load_interval.h"
#include "adapters/replay/target.h"
#include "base/clock.h"
#include "base/result.h"
#include "metrics/duration_bounds.h"

namespace loadcurve::replay {

struct LoadOptions {
  double rate = 0;         // requests a second, over all targets; >= 0
  double max_rate = 1000;  // no rate is ever above it
  ArrivalKind arrivals = ArrivalKind::kPoisson;
  std::uint64_t seed = 1;
  std::optional<std::uint64_t> limit = {};      // so many requests, then no more
  Duration timeout = std::chrono::seconds(10);  // from when a request was due
  Duration latency_target = std::chrono::milliseconds(500);
  std::size_t max_connections = 512;  // to each target; beyond it requests wait
  int threads = 1;                    // that send; 1 to 64
  HttpVersion http = HttpVersion::kHttp1;
  std::size_t max_streams = SIZE_MAX;  // HTTP/2: requests at once on a connection, at most
  std::string authorities_file = {};   // PEM; empty: those of the system
  std::string certificate_file = {};   // of the client, PEM; with `key_file`
  std::string key_file = {};
  DurationBounds bounds = DurationBounds::Default();
  Duration step = std::chrono::seconds(1);  // of LoadInterval::counts
};

// Sends requests to targets at a rate, over connections that are kept: an open loop, in which each
// request is sent when it is due, whether or not earlier ones were answered. Over HTTP/1.1 a
// connection has one request at a time, over HTTP/2 as many as the target allows; another one is
// opened where all are full. Targets take turns, so each is offered the same load however slow it
// is. Nothing that a target does delays the schedule; what it does is counted. Follows no
// redirects, uses no proxy.
//
// One owner calls it from one thread; it works on threads of its own.
class LoadGenerator {
 public:
  // Begins to send at once. kInvalidArgument: no targets, no arrivals, a rate above the
  // ceiling, certificates that cannot be read. `clock` outlives it.
  [[nodiscard]] static Result<std::unique_ptr<LoadGenerator>> Start(
      std::vector<Target> targets, std::shared_ptr<const RequestSet> requests,
      const LoadOptions& options, const Clock& clock);
  ~LoadGenerator();
  LoadGenerator(const LoadGenerator&) = delete;
  LoadGenerator& operator=(const LoadGenerator&) = delete;

  // From now on. Above the ceiling is kInvalidArgument and changes nothing.
  [[nodiscard]] Result<void> SetRate(double rate);
  // From now on, see ArrivalSequence::SetMix; kInvalidArgument where it does not fit.
  [[nodiscard]] Result<void> SetMix(std::vector<double> shares);

  // What happened since the last call, or the start.
  LoadInterval TakeInterval();

  // Every request of `limit` was sent and has ended.
  bool HasEnded() const;

  // Sends no more, waits up to `grace` for what is in flight, counts the rest as unfinished, and
  // closes all connections. Idempotent.
  void Stop(Duration grace);

 private:
  class Core;
  explicit LoadGenerator(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace loadcurve::replay
