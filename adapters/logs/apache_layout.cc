// The directives are those of Apache's mod_log_config and mod_logio.

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/logs/text_layout.h"
#include "adapters/logs/time_pattern.h"

namespace loadcurve::logs {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kMillisecond = 1'000;

constexpr std::string_view kLetters = "aABbCDefhHiIkLlmnoOpPqrRsStTuUvVX";
// Of these the value holds no space and no quote.
constexpr std::string_view kPlainLetters = "aAbBDHIkLOpPsSTvVX";

// Takes what is between '%' and the end of the directive apart: %!200,304{argument}>s.
struct Directive {
  std::string argument;
  bool is_final = true;
  std::string letter;  // "s", or "^ti" and "^to"
};

bool TakeDirective(std::string_view& rest, Directive& directive) {
  const std::size_t conditions = rest.find_first_not_of("!,0123456789");
  if (conditions == std::string_view::npos) return false;
  rest.remove_prefix(conditions);
  while (rest.starts_with('<') || rest.starts_with('>') || rest.starts_with('{')) {
    if (rest.front() == '{') {
      const std::size_t close = rest.find('}');
      if (close == std::string_view::npos) return false;
      directive.argument = rest.substr(1, close - 1);
      rest.remove_prefix(close + 1);
      continue;
    }
    directive.is_final = rest.front() == '>';
    rest.remove_prefix(1);
  }
  const std::size_t size = rest.starts_with('^') ? 3 : 1;
  if (rest.size() < size) return false;
  directive.letter = rest.substr(0, size);
  rest.remove_prefix(size);
  return directive.letter == "^ti" || directive.letter == "^to" ||
         kLetters.find(directive.letter) != std::string_view::npos;
}

Result<void> SetTime(std::string_view argument, TextField& field) {
  field.is_start = !argument.starts_with("end:");
  if (argument.starts_with("begin:")) argument.remove_prefix(6);
  if (argument.starts_with("end:")) argument.remove_prefix(4);
  struct Named {
    std::string_view name;
    FieldKind kind;
    std::int64_t unit_us;
    int rank;
  };
  constexpr std::array kNamed = {Named{"", FieldKind::kClfTime, 0, 2},
                                 Named{"sec", FieldKind::kEpochTime, kSecond, 2},
                                 Named{"msec", FieldKind::kEpochTime, kMillisecond, 6},
                                 Named{"usec", FieldKind::kEpochTime, 1, 8},
                                 Named{"msec_frac", FieldKind::kTimeFraction, kMillisecond, 0},
                                 Named{"usec_frac", FieldKind::kTimeFraction, 1, 0}};
  for (const Named& named : kNamed) {
    if (named.name != argument) continue;
    field.kind = named.kind;
    field.unit_us = named.unit_us;
    // Of two equally fine ones the end is used: it needs no duration to tell it.
    field.rank = named.rank + (field.is_start ? 0 : 1);
    if (named.kind == FieldKind::kClfTime) {
      field.literal += '[';
    }
    return {};
  }
  field.kind = FieldKind::kPatternTime;
  field.pattern = argument;
  field.rank = 4 + (field.is_start ? 0 : 1);
  return CheckTimePattern(argument);
}

void SetDuration(std::string_view argument, TextField& field) {
  field.kind = FieldKind::kDuration;
  field.unit_us = argument == "us" ? 1 : argument == "ms" ? kMillisecond : kSecond;
  field.rank = argument == "us" ? 3 : argument == "ms" ? 2 : 1;
}

void SetHost(int rank, TextField& field) {
  field.kind = FieldKind::kHost;
  field.rank = rank;
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? x + 32 : x) == (y >= 'A' && y <= 'Z' ? y + 32 : y);
  });
}

// What the directive tells; `field` has its literal already.
Result<void> Interpret(const Directive& directive, TextField& field) {
  const std::string_view argument = directive.argument;
  if (directive.letter == "^to" || directive.letter == "o") {
    if (!EqualsIgnoringCase(argument, "grpc-status")) return {};
    field.kind = FieldKind::kGrpcStatus;
    field.rank = directive.letter == "^to" ? 2 : 1;
    return {};
  }
  if (directive.letter == "i" && EqualsIgnoringCase(argument, "host")) SetHost(1, field);
  if (directive.letter == "e" && argument == "BALANCER_WORKER_NAME")
    field.kind = FieldKind::kUpstream;
  if (directive.letter.size() > 1) return {};
  switch (directive.letter.front()) {
    case 't':
      return SetTime(argument, field);
    case 'D':
      SetDuration("us", field);
      break;
    case 'T':
      if (!argument.empty() && argument != "us" && argument != "ms" && argument != "s")
        return Fail(ErrorCode::kInvalidArgument, field.variable + ": expected us, ms or s");
      SetDuration(argument, field);
      break;
    case 's':
      field.kind = FieldKind::kStatus;
      field.rank = directive.is_final ? 2 : 1;
      break;
    case 'B':
    case 'b':
      field.kind = FieldKind::kBytes;
      field.rank = 2;
      break;
    case 'O':
      field.kind = FieldKind::kBytes;
      field.rank = 1;
      break;
    case 'r':
      field.kind = FieldKind::kRequestLine;
      break;
    case 'm':
      field.kind = FieldKind::kMethod;
      break;
    case 'U':
      field.kind = FieldKind::kTarget;
      break;
    case 'v':
      SetHost(3, field);
      break;
    case 'V':
      SetHost(2, field);
      break;
    default:
      break;
  }
  return {};
}

// A backslash in the configuration file quotes the sign behind it.
char TakeLiteral(std::string_view& rest) {
  if (rest.front() == '\\' && rest.size() > 1) {
    rest.remove_prefix(1);
    const char c = rest.front();
    rest.remove_prefix(1);
    return c == 't' ? '\t' : c == 'n' ? '\n' : c;
  }
  const char c = rest.front();
  rest.remove_prefix(1);
  return c;
}

bool TellsItsOwnEnd(const TextField& field) {
  return field.kind == FieldKind::kPatternTime || field.kind == FieldKind::kTimeFraction;
}

}  // namespace

Result<TextLayout> ApacheLayout(std::string_view log_format) {
  const std::string context = "LogFormat '" + std::string(log_format) + "'";
  TextLayout layout;
  layout.has_escaped_quotes = true;
  layout.durations_remedy =
      "add %D to its LogFormat: LogFormat \"%h %l %u %t \\\"%r\\\" %>s %b \\\"%{Referer}i\\\" "
      "\\\"%{User-Agent}i\\\" %D\" timed";
  std::string literal;
  std::string_view rest = log_format;
  while (!rest.empty()) {
    if (rest.front() != '%') {
      literal += TakeLiteral(rest);
      continue;
    }
    const std::string_view from = rest;
    rest.remove_prefix(1);
    if (rest.starts_with('%')) {
      literal += TakeLiteral(rest);
      continue;
    }
    Directive directive;
    const bool is_known = TakeDirective(rest, directive);
    TextField field;
    field.variable = from.substr(0, from.size() - rest.size());
    if (!is_known)
      return Fail(ErrorCode::kInvalidArgument,
                  context + ": unknown directive '" + field.variable + "'");
    field.literal = std::exchange(literal, {});
    field.is_plain = kPlainLetters.find(directive.letter) != std::string_view::npos;
    const bool is_joined = field.literal.empty() && !layout.fields.empty();
    if (const auto done = Interpret(directive, field); !done) return Within(context, done.error());
    if (is_joined && !TellsItsOwnEnd(layout.fields.back()))
      return Fail(ErrorCode::kInvalidArgument,
                  context + ": nothing stands between " + layout.fields.back().variable + " and " +
                      field.variable + "; expected a space or another sign");
    if (field.kind == FieldKind::kClfTime) literal = "]";
    layout.fields.push_back(std::move(field));
  }
  layout.tail = literal;
  return layout;
}

}  // namespace loadcurve::logs
