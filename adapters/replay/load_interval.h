#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "metrics/latency_histogram.h"
#include "metrics/request_counts.h"

namespace loadcurve::replay {

// Why a request has no answer.
enum class Failure : std::uint8_t {
  kRefused,         // the target refused the connection
  kUnreachable,     // no connection for another reason: no route, TLS apart
  kConnectTimeout,  // no connection within the time-out
  kTls,             // the handshake failed: not trusted, another name, not TLS
  kReset,           // the connection was reset before the answer was whole
  kStreamReset,     // HTTP/2: the target broke off this one request (RST_STREAM)
  kStreamRefused,   // HTTP/2: the target refused this one request (REFUSED_STREAM)
  kGoAway,          // HTTP/2: the target ended the connection and did not take the request
  kCutOff,          // it was closed before the answer was whole
  kTimeout,         // connected, and no whole answer within the time-out
  kMalformed,       // what came is no HTTP of the expected version
  kNoConnection,    // ours: all connections were busy until the time-out, or the machine had none
  kUnfinished,      // ours: under way when the load was stopped
};
inline constexpr std::size_t kFailureCount = static_cast<std::size_t>(Failure::kUnfinished) + 1;

// "refused", "connect timeout", ...
std::string_view Name(Failure failure);

inline constexpr std::size_t kStatusCount = 600;

// What became of requests to one target, or of one route. Latency counts from the moment a
// request was due, whether or not it could be sent then: a target that stalls is charged for
// all who would have waited. The quantiles hold what was answered, and what timed out with
// the time it had waited.
struct LoadCounts {
  std::uint64_t scheduled = 0;       // due
  std::uint64_t sent = 0;            // handed to a connection
  std::uint64_t resent = 0;          // again, since a kept connection had just been closed
  std::uint64_t answered = 0;        // with any status
  std::uint64_t answered_http2 = 0;  // of these, over HTTP/2
  std::uint64_t late = 0;            // answered later than the latency target, or not answered
  std::array<std::uint64_t, kFailureCount> failures{};
  std::array<std::uint64_t, kStatusCount> statuses{};  // of those answered
  LatencyHistogram latency;
  Duration answered_latency{0};   // of those answered, added up
  std::uint64_t connections = 0;  // begun; 0 for a route
  std::uint64_t overdue = 0;      // at the end: under way, and later than the latency target

  std::uint64_t Failed() const;
  std::uint64_t Ended() const { return answered + Failed(); }
  // Answers of status 500 and above.
  std::uint64_t ServerErrors() const;
  std::uint64_t Of(Failure failure) const { return failures[static_cast<std::size_t>(failure)]; }
  // Of those that ended; 0 where none did.
  Ratio LateShare() const;

  // Takes in what came after.
  void Append(const LoadCounts& next);
  void Clear();
};

// What a load met between two moments. Intervals that follow one another append to one:
//   scheduled == answered + failures + what is in flight at the end - what was at the start.
struct LoadInterval {
  explicit LoadInterval(RequestCounts empty) : counts(std::move(empty)) {}

  TimePoint from;
  TimePoint to;
  double rate = 0;  // asked for at the end, requests a second
  std::vector<LoadCounts> targets;
  std::vector<LoadCounts> routes;
  // By how much requests were dispatched later than due: the generator's own fault.
  LatencyHistogram schedule_error;
  // Answered requests by latency, in the buckets of `counts`.
  std::vector<std::uint64_t> latency_counts;
  // What the service held, by target (as workload), route and duration bucket: the durations
  // are from sending to the last byte, as the service's own log would have them. Without
  // requests that never reached it; those cut off or timed out are errors.
  RequestCounts counts;
  std::uint64_t in_flight = 0;   // at the end: due and not ended
  std::uint64_t waiting = 0;     // of these, without a connection
  double in_flight_seconds = 0;  // in flight, added up over time

  LoadCounts Total() const;
  // Mean over the interval.
  double MeanInFlight() const;
  void Append(const LoadInterval& next);
};

}  // namespace loadcurve::replay
