#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/units.h"

namespace loadcurve::logs {

// One request as a line of a log tells it. Views point into the line or into the parser
// that made them, and live until its next Parse.
struct LoggedRequest {
  TimePoint time;  // when it ended, or began if `time_is_start`
  bool time_is_start = false;
  Duration duration{0};              // how long the service held it (never the slow reader's time
                                     // where the format tells them apart)
  int status = 0;                    // HTTP status; 0 where the log does not say
  int grpc_status = -1;              // gRPC status; -1 where the log does not say
  std::int64_t response_bytes = -1;  // of the answer's body, or nearly so; -1 where unknown
  std::string_view method;           // "GET"; empty where the log does not say
  std::string_view target;           // path with query, URL, or operation name; may be empty
  bool target_is_route = false;      // an operation name, to be taken as it stands
  std::string_view workload;         // who served it, as the log names it; may be empty
  bool is_upgrade = false;           // a connection held open: WebSocket, CONNECT
};

// Why a line was not counted.
enum class BadLine : std::uint8_t {
  kNone,         // it is a request
  kHeader,       // names columns or is a remark: neither a request nor wrong
  kUnserved,     // the proxy answered by itself, a redirect for example, and logged no
                 // duration: nothing of the service was used, and nothing is wrong
  kShape,        // not of the log's format
  kTime,         // no readable time
  kDuration,     // no duration, or not a number ("-": nothing served the request)
  kStatus,       // an unreadable status
  kImplausible,  // negative, or longer than the longest plausible request
  kTooLong,      // longer than the longest line
};

// "shape", "time", "duration", ...: the keys of `by_reason`.
std::string_view Name(BadLine reason);

// True where the line counts towards the share of bad lines that a log may have.
constexpr bool IsBad(BadLine reason) {
  return reason != BadLine::kNone && reason != BadLine::kHeader && reason != BadLine::kUnserved;
}

// What of the request a parser is asked for; what is not wanted it may leave empty.
struct WantedFields {
  bool target = false;
  bool workload = false;
  bool response_bytes = false;
};

// SEAM. Reads lines of one format. Not thread-safe: each thread has its own clone.
class LineParser {
 public:
  virtual ~LineParser() = default;

  // `line` has no line break. Fills `request` and returns kNone, or says why not.
  // Allocates nothing.
  virtual BadLine Parse(std::string_view line, LoggedRequest& request) = 0;

  virtual std::unique_ptr<LineParser> Clone() const = 0;

  // "nginx", "alb", ...: the name that --format takes.
  virtual std::string_view FormatName() const = 0;

  // Which of the log's durations is counted: "$upstream_response_time, else $request_time".
  virtual std::string DurationSource() const = 0;

  // True where a line is understood from those before it, so that all lines must pass
  // through one parser in their order: local times of a zone whose clocks change.
  virtual bool DependsOnOrder() const { return false; }
};

}  // namespace loadcurve::logs
