#include "adapters/logs/envoy_parser.h"

#include "adapters/logs/field_text.h"

namespace loadcurve::logs {
namespace {

constexpr int kSwitchingProtocols = 101;

// The texts of a line up to its times, and the cursor behind them.
struct Fields {
  std::string_view start_time;
  std::string_view request;
  std::string_view status;
  std::string_view bytes_sent;
  std::string_view duration;
  std::string_view service_time;
};

bool IsNumber(std::string_view word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

// Steps to the first number: BYTES_RECEIVED.
bool SkipDetails(LineCursor& cursor) {
  std::string_view word;
  while (!cursor.AtEnd()) {
    if (cursor.AtQuote()) {
      if (!cursor.TakeQuoted(word)) return false;
    } else if (!cursor.TakeWord(word)) {
      return false;
    } else if (IsNumber(word)) {
      return true;
    }
  }
  return false;
}

bool TakeFields(LineCursor& cursor, Fields& fields) {
  std::string_view flags;
  return cursor.TakeBracketed(fields.start_time) && cursor.TakeQuoted(fields.request) &&
         cursor.TakeWord(fields.status) && cursor.TakeWord(flags) && SkipDetails(cursor) &&
         cursor.TakeWord(fields.bytes_sent) && cursor.TakeWord(fields.duration) &&
         cursor.TakeWord(fields.service_time);
}

// Cluster, upstream and authority, as far as the line has them.
WorkloadHints TakeHints(LineCursor& cursor) {
  WorkloadHints hints;
  std::string_view skipped;
  for (int i = 0; i < 3; ++i) {
    if (!cursor.TakeQuoted(skipped)) return hints;
  }
  if (!cursor.TakeQuoted(hints.host) || !cursor.TakeQuoted(hints.upstream)) return hints;
  if (cursor.AtQuote() || !cursor.TakeWord(hints.cluster)) hints.cluster = {};
  return hints;
}

}  // namespace

BadLine EnvoyParser::Parse(std::string_view line, LoggedRequest& request) {
  request = {};
  LineCursor cursor(line);
  Fields fields;
  if (!TakeFields(cursor, fields)) return BadLine::kShape;
  if (ReadInteger(fields.status, request.status) == FieldState::kWrong) return BadLine::kStatus;
  TimePoint start;
  if (ReadTime(fields.start_time, TimeUnit::kUnknown, start) != FieldState::kRead)
    return BadLine::kTime;
  Duration whole{0};
  if (ReadDuration(fields.duration, TimeUnit::kMilliseconds, whole) != FieldState::kRead)
    return BadLine::kDuration;
  Duration service{0};
  const FieldState served = ReadDuration(fields.service_time, TimeUnit::kMilliseconds, service);
  if (served == FieldState::kWrong) return BadLine::kDuration;
  if (whole.count() < 0 || service.count() < 0) return BadLine::kImplausible;

  SplitRequestLine(fields.request, request.method, request.target);
  const bool is_connection = fields.request.starts_with("- ");
  if (is_connection) request.method = request.target = {};
  request.is_upgrade =
      is_connection || request.method == "CONNECT" || request.status == kSwitchingProtocols;
  ReadBytes(fields.bytes_sent, request.response_bytes);
  request.time = start + whole;
  request.duration = served == FieldState::kRead && !request.is_upgrade ? service : whole;
  if (wanted_.workload) request.workload = WorkloadOf(TakeHints(cursor), workload_source_);
  return BadLine::kNone;
}

std::unique_ptr<LineParser> EnvoyParser::Clone() const {
  return std::make_unique<EnvoyParser>(*this);
}

}  // namespace loadcurve::logs
