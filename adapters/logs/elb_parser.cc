#include "adapters/logs/elb_parser.h"

#include <algorithm>
#include <array>

#include "adapters/logs/field_text.h"

namespace loadcurve::logs {
namespace {

constexpr int kFirstServerError = 500;

// What both kinds of balancer write, from the time to the request.
struct Fields {
  std::string_view time_text;
  std::string_view upstream;  // target or backend; "-" where none was chosen
  std::string_view request_time_text;
  std::string_view service_time_text;
  std::string_view status_text;
  std::string_view bytes_text;  // sent, with the head
  std::string_view request;

  TimePoint time;
  Duration request_time{0};  // negative: the request reached nobody
  Duration service_time{0};  // negative: nobody answered
  int status = 0;
};

bool TakeFields(LineCursor& cursor, Fields& fields) {
  std::string_view skipped;
  return cursor.TakeWord(fields.time_text) && cursor.TakeWord(skipped) &&
         cursor.TakeWord(skipped) && cursor.TakeWord(fields.upstream) &&
         cursor.TakeWord(fields.request_time_text) && cursor.TakeWord(fields.service_time_text) &&
         cursor.TakeWord(skipped) && cursor.TakeWord(fields.status_text) &&
         cursor.TakeWord(skipped) && cursor.TakeWord(skipped) &&
         cursor.TakeWord(fields.bytes_text) && cursor.TakeQuoted(fields.request);
}

BadLine ReadFields(Fields& fields) {
  if (ReadTime(fields.time_text, TimeUnit::kText, fields.time) != FieldState::kRead)
    return BadLine::kTime;
  if (ReadInteger(fields.status_text, fields.status) == FieldState::kWrong) return BadLine::kStatus;
  if (ReadDuration(fields.request_time_text, TimeUnit::kSeconds, fields.request_time) !=
          FieldState::kRead ||
      ReadDuration(fields.service_time_text, TimeUnit::kSeconds, fields.service_time) !=
          FieldState::kRead)
    return BadLine::kDuration;
  return BadLine::kNone;
}

void FillIn(const Fields& fields, LoggedRequest& request) {
  request.status = fields.status;
  ReadBytes(fields.bytes_text, request.response_bytes);
  // A connection of a TCP listener is "- - - ".
  if (!fields.request.starts_with("- "))
    SplitRequestLine(fields.request, request.method, request.target);
}

// The name in "arn:aws:elasticloadbalancing:...:targetgroup/my-targets/73e2d6bc24d8a067".
std::string_view TargetGroupName(std::string_view arn) {
  const std::size_t first = arn.find('/');
  if (first == std::string_view::npos) return {};
  arn.remove_prefix(first + 1);
  return arn.substr(0, arn.find('/'));
}

// What an ALB writes behind the request.
struct Tail {
  std::string_view target_group;
  std::string_view domain;
  std::string_view created_at;
};

Tail TakeTail(LineCursor& cursor) {
  Tail tail;
  std::string_view skipped;
  std::string_view arn;
  if (!cursor.TakeQuoted(skipped) || !cursor.TakeWord(skipped) || !cursor.TakeWord(skipped) ||
      !cursor.TakeWord(arn))
    return tail;
  tail.target_group = TargetGroupName(arn);
  if (!cursor.TakeQuoted(skipped) || !cursor.TakeQuoted(tail.domain)) return tail;
  if (!cursor.TakeQuoted(skipped) || !cursor.TakeWord(skipped) || !cursor.TakeWord(tail.created_at))
    tail.created_at = {};
  return tail;
}

// From request_creation_time to the end; zero where the line has none.
Duration HeldFor(const Tail& tail, TimePoint end) {
  TimePoint created;
  if (ReadTime(tail.created_at, TimeUnit::kText, created) != FieldState::kRead) return Duration(0);
  return std::max(end - created, Duration(0));
}

bool IsAlbType(std::string_view type) {
  constexpr std::array<std::string_view, 6> kTypes = {"http", "https", "h2", "grpcs", "ws", "wss"};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

}  // namespace

BadLine AlbParser::Parse(std::string_view line, LoggedRequest& request) {
  request = {};
  LineCursor cursor(line);
  std::string_view type;
  Fields fields;
  if (!cursor.TakeWord(type) || !IsAlbType(type) || !TakeFields(cursor, fields))
    return BadLine::kShape;
  if (const BadLine wrong = ReadFields(fields); wrong != BadLine::kNone) return wrong;
  FillIn(fields, request);
  request.time = fields.time;
  request.duration = fields.service_time;
  request.is_upgrade = type == "ws" || type == "wss";

  const bool is_answered = fields.service_time >= Duration(0);
  if (is_answered && !request.is_upgrade && !wanted_.workload) return BadLine::kNone;
  const Tail tail = TakeTail(cursor);
  if (request.is_upgrade) {
    request.duration = std::max(request.duration, HeldFor(tail, fields.time));
  } else if (!is_answered) {
    const bool has_target = fields.upstream != "-";
    if (!has_target && fields.status < kFirstServerError) return BadLine::kUnserved;
    if (tail.created_at.empty() && fields.status < kFirstServerError) return BadLine::kDuration;
    request.duration = has_target ? HeldFor(tail, fields.time) : Duration(0);
  }
  if (wanted_.workload)
    request.workload =
        WorkloadOf({tail.target_group, fields.upstream, tail.domain}, workload_source_);
  return BadLine::kNone;
}

std::unique_ptr<LineParser> AlbParser::Clone() const {
  return std::make_unique<AlbParser>(*this);
}

BadLine ClassicElbParser::Parse(std::string_view line, LoggedRequest& request) {
  request = {};
  LineCursor cursor(line);
  Fields fields;
  if (!TakeFields(cursor, fields)) return BadLine::kShape;
  if (const BadLine wrong = ReadFields(fields); wrong != BadLine::kNone) return wrong;
  const bool is_answered = fields.service_time >= Duration(0);
  if (!is_answered && fields.status < kFirstServerError) return BadLine::kUnserved;
  FillIn(fields, request);
  request.time = fields.time + std::max(fields.request_time, Duration(0));
  request.time_is_start = true;
  request.duration = std::max(fields.service_time, Duration(0));
  if (wanted_.workload) request.workload = WorkloadOf({{}, fields.upstream, {}}, workload_source_);
  return BadLine::kNone;
}

std::unique_ptr<LineParser> ClassicElbParser::Clone() const {
  return std::make_unique<ClassicElbParser>(*this);
}

}  // namespace loadcurve::logs
