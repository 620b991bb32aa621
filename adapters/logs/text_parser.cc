#include "adapters/logs/text_parser.h"

#include <utility>

#include "adapters/logs/byte_search.h"
#include "adapters/logs/field_text.h"

namespace loadcurve::logs {
namespace {

constexpr std::ptrdiff_t kClfTimeSize = 26;

std::string_view Between(const char* from, const char* to) {
  return {from, static_cast<std::size_t>(to - from)};
}

// Delimiters are a few bytes long, for which a call of memcmp is too much.
bool StartsWith(const char* at, const char* end, std::string_view text) {
  if (static_cast<std::size_t>(end - at) < text.size()) return false;
  for (const char c : text) {
    if (*at++ != c) return false;
  }
  return true;
}

bool IsEscaped(const char* begin, const char* quote) {
  const char* at = quote;
  while (at > begin && at[-1] == '\\') --at;
  return (quote - at) % 2 == 1;
}

inline const char* FindText(const char* at, const char* end, std::string_view text) {
  const char first = text.front();
  const std::string_view rest = text.substr(1);
  while (true) {
    at = FindByte(at, end, first);
    if (at == end || StartsWith(at + 1, end, rest)) return at;
    ++at;
  }
}

const char* FindClosingQuote(const char* begin, const char* end, std::string_view text) {
  const char* at = begin;
  while (true) {
    at = FindText(at, end, text);
    if (at == end || !IsEscaped(begin, at)) return at;
    ++at;
  }
}

// True for the spaces of "0.010, 0.020 : 0.005".
bool IsWithinList(const char* begin, const char* end, const char* space) {
  if (space > begin && (space[-1] == ',' || space[-1] == ':')) return true;
  return end - space > 2 && space[1] == ':' && space[2] == ' ';
}

const char* FindListEnd(const char* begin, const char* end, std::string_view text) {
  const char* at = begin;
  while (true) {
    at = FindText(at, end, text);
    if (at == end || !IsWithinList(begin, end, at)) return at;
    ++at;
  }
}

const char* FindEnd(const TextStep& step, const char* at, const char* end) {
  switch (step.end) {
    case ValueEnd::kClfTime:
      if (end - at > kClfTimeSize && StartsWith(at + kClfTimeSize, end, step.delimiter))
        return at + kClfTimeSize;
      return FindText(at, end, step.delimiter);
    case ValueEnd::kByte:
      return FindByte(at, end, step.delimiter.front());
    case ValueEnd::kQuoted:
      return FindClosingQuote(at, end, step.delimiter);
    case ValueEnd::kList:
      return FindListEnd(at, end, step.delimiter);
    default:
      return FindText(at, end, step.delimiter);
  }
}

// Where the value begins that ends at `end`, seen from the right; nullptr where the
// delimiter is not there.
const char* FindBeginning(const TextStep& step, const char* begin, const char* end) {
  const std::string_view delimiter = step.delimiter;
  const char* at = end;
  while (true) {
    at = FindLastByte(begin, at, delimiter.back());
    if (at == nullptr) return nullptr;
    if (step.end == ValueEnd::kList && IsWithinList(begin, end, at)) continue;
    const auto before = static_cast<std::ptrdiff_t>(delimiter.size()) - 1;
    if (at - begin >= before && StartsWith(at - before, end, delimiter)) return at + 1;
  }
}

// The last of "10.0.0.1:80, 10.0.0.2:80 : 10.0.0.3:80", which answered; empty for "-".
std::string_view LastOfList(std::string_view list) {
  const std::size_t space = list.find_last_of(' ');
  if (space != std::string_view::npos) list.remove_prefix(space + 1);
  return list == "-" ? std::string_view() : list;
}

// Three digits; "-" and "000" are a request that got no answer.
bool ReadStatus(std::string_view text, int& status) {
  if (text == "-") return true;
  if (text.size() != 3) return false;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  status = value;
  return true;
}

// Field by field: to assign a whole LoggedRequest costs as much as to read a value.
void Forget(LoggedRequest& request) {
  request.duration = Duration(0);
  request.status = 0;
  request.grpc_status = -1;
  request.response_bytes = -1;
  request.method = {};
  request.target = {};
  request.target_is_route = false;
  request.workload = {};
}

bool ReadFraction(const TextStep& step, std::string_view& text, CivilTime& civil) {
  const std::size_t digits = step.unit_us == 1 ? 6 : 3;
  Duration fraction{0};
  if (text.size() < digits ||
      ReadNumber(text.substr(0, digits), step.unit_us, fraction) != NumberText::kRead)
    return false;
  text.remove_prefix(digits);
  civil.fraction = fraction;
  return true;
}

}  // namespace

TextParser::TextParser(TextProgram program, LocalTime local)
    : program_(std::make_shared<const TextProgram>(std::move(program))), local_(std::move(local)) {}

std::unique_ptr<LineParser> TextParser::Clone() const {
  return std::make_unique<TextParser>(*this);
}

bool TextParser::DependsOnOrder() const {
  return program_->has_pattern_time && !program_->has_offset && !local_.IsUtc();
}

BadLine TextParser::Parse(std::string_view line, LoggedRequest& request) {
  Forget(request);
  Reading reading;
  reading.at = line.data();
  reading.end = line.data() + line.size();
  if (program_->has_pattern_time) civil_ = {};
  if (program_->has_names) served_by_ = {};
  if (!StartsWith(reading.at, reading.end, program_->head)) return BadLine::kShape;
  reading.at += program_->head.size();
  reading.value_end = reading.at;
  if (const BadLine bad = ReadLeft(reading, request); bad != BadLine::kNone) return bad;
  if (const BadLine bad = ReadRight(reading, request); bad != BadLine::kNone) return bad;
  return Finish(reading, request);
}

BadLine TextParser::ReadLeft(Reading& reading, LoggedRequest& request) {
  for (const TextStep& step : program_->left) {
    if (step.end == ValueEnd::kItself) {
      const BadLine bad = ReadItself(step, reading);
      if (bad != BadLine::kNone) return bad;
      continue;
    }
    const char* value_end = reading.end;
    if (step.end == ValueEnd::kLineEnd) {
      const std::string_view rest = Between(reading.at, reading.end);
      if (!rest.ends_with(step.delimiter)) return BadLine::kShape;
      value_end -= step.delimiter.size();
    } else {
      value_end = FindEnd(step, reading.at, reading.end);
      if (value_end == reading.end) return BadLine::kShape;
    }
    if (step.kind != FieldKind::kOther) {
      const BadLine bad = Take(step, Between(reading.at, value_end), reading, request);
      if (bad != BadLine::kNone) return bad;
    }
    reading.value_end = value_end;
    reading.at = value_end + step.delimiter.size();
  }
  return BadLine::kNone;
}

BadLine TextParser::ReadRight(Reading& reading, LoggedRequest& request) {
  if (program_->right.empty()) return BadLine::kNone;
  const char* end = reading.end;
  if (!program_->tail.empty()) {
    if (!Between(reading.value_end, end).ends_with(program_->tail)) return BadLine::kShape;
    end -= program_->tail.size();
  }
  for (const TextStep& step : program_->right) {
    const char* const begin = FindBeginning(step, reading.value_end, end);
    if (begin == nullptr) return BadLine::kShape;
    if (step.kind != FieldKind::kOther) {
      const BadLine bad = Take(step, Between(begin, end), reading, request);
      if (bad != BadLine::kNone) return bad;
    }
    end = begin - step.delimiter.size();
  }
  return BadLine::kNone;
}

BadLine TextParser::ReadItself(const TextStep& step, Reading& reading) {
  CivilTime ignored;
  CivilTime& civil = step.is_used ? civil_ : ignored;
  std::string_view rest = Between(reading.at, reading.end);
  if (step.kind == FieldKind::kTimeFraction) {
    if (!ReadFraction(step, rest, civil)) return BadLine::kTime;
  } else {
    const auto taken = ReadByPattern(step.pattern, rest, civil);
    if (!taken) return BadLine::kTime;
    rest.remove_prefix(*taken);
  }
  if (!rest.starts_with(step.delimiter)) return BadLine::kShape;
  reading.value_end = rest.data();
  reading.at = rest.data() + step.delimiter.size();
  return BadLine::kNone;
}

BadLine TextParser::Take(const TextStep& step, std::string_view value, Reading& reading,
                         LoggedRequest& request) {
  switch (step.kind) {
    case FieldKind::kClfTime:
      return log_time_.ReadClf(value, request.time) ? BadLine::kNone : BadLine::kTime;
    case FieldKind::kIso8601Time:
      return LogTime::ReadIso8601(value, request.time) ? BadLine::kNone : BadLine::kTime;
    case FieldKind::kEpochTime: {
      Duration since_1970{0};
      if (ReadNumber(value, step.unit_us, since_1970) != NumberText::kRead) return BadLine::kTime;
      request.time = TimePoint(since_1970);
      return BadLine::kNone;
    }
    case FieldKind::kPatternTime: {
      const auto taken = ReadByPattern(step.pattern, value, civil_);
      return taken && *taken == value.size() ? BadLine::kNone : BadLine::kTime;
    }
    case FieldKind::kTimeFraction:
      return ReadFraction(step, value, civil_) && value.empty() ? BadLine::kNone : BadLine::kTime;
    case FieldKind::kDuration: {
      NumberText& outcome = step.is_fallback ? reading.fallback : reading.duration;
      Duration& duration = step.is_fallback ? reading.fallback_duration : request.duration;
      outcome = step.is_list ? ReadNumberList(value, step.unit_us, duration)
                             : ReadNumber(value, step.unit_us, duration);
      return outcome == NumberText::kWrong ? BadLine::kDuration : BadLine::kNone;
    }
    case FieldKind::kStatus:
      return ReadStatus(value, request.status) ? BadLine::kNone : BadLine::kStatus;
    case FieldKind::kRequestLine:
      SplitRequestLine(value, request.method, request.target);
      return BadLine::kNone;
    case FieldKind::kMethod:
      request.method = value;
      return BadLine::kNone;
    case FieldKind::kTarget:
      request.target = value;
      return BadLine::kNone;
    case FieldKind::kCluster:
      served_by_.cluster = value;
      return BadLine::kNone;
    case FieldKind::kUpstream:
      served_by_.upstream = LastOfList(value);
      return BadLine::kNone;
    case FieldKind::kHost:
      served_by_.host = value;
      return BadLine::kNone;
    case FieldKind::kGrpcStatus:
      return ReadGrpcStatus(value, request.grpc_status) == FieldState::kWrong ? BadLine::kStatus
                                                                              : BadLine::kNone;
    case FieldKind::kBytes:
      ReadBytes(value, request.response_bytes);
      break;
    case FieldKind::kOther:
      break;
  }
  return BadLine::kNone;
}

BadLine TextParser::Finish(const Reading& reading, LoggedRequest& request) {
  if (reading.duration == NumberText::kAbsent) {
    if (reading.fallback == NumberText::kAbsent && !program_->is_of_upstream)
      return BadLine::kDuration;
    // No upstream was asked. A refusal counts as an error that held nothing.
    if (reading.fallback == NumberText::kAbsent && request.status < 500) return BadLine::kUnserved;
    request.duration = reading.fallback_duration;
  }
  request.time_is_start = program_->time_is_start;
  if (program_->has_names) request.workload = WorkloadOf(served_by_, program_->workload_source);
  request.is_upgrade = request.status == 101;
  if (!program_->has_pattern_time) return BadLine::kNone;
  const auto local = civil_.Local();
  if (!local) return BadLine::kTime;
  request.time = civil_.offset          ? *local - *civil_.offset
                 : civil_.epoch_seconds ? *local
                                        : local_.ToUtc(*local);
  return BadLine::kNone;
}

}  // namespace loadcurve::logs
