#include "adapters/logs/text_program.h"

#include <algorithm>
#include <utility>

namespace loadcurve::logs {
namespace {

// Which fields of a layout are read; the others are stepped over.
struct Choice {
  std::vector<bool> is_used;
  std::size_t duration = 0;
  std::size_t fallback = SIZE_MAX;
};

constexpr std::size_t kNone = SIZE_MAX;

bool IsTime(FieldKind kind) {
  return kind == FieldKind::kClfTime || kind == FieldKind::kIso8601Time ||
         kind == FieldKind::kEpochTime || kind == FieldKind::kPatternTime;
}

// The field of the highest rank below `below` that `is_kind` accepts, or kNone.
template <class IsKind>
std::size_t Best(const TextLayout& layout, IsKind is_kind, int below = 1'000) {
  std::size_t best = kNone;
  for (std::size_t i = 0; i < layout.fields.size(); ++i) {
    const TextField& field = layout.fields[i];
    if (!is_kind(field.kind) || field.rank >= below) continue;
    if (best == kNone || field.rank > layout.fields[best].rank) best = i;
  }
  return best;
}

std::size_t BestOf(const TextLayout& layout, FieldKind kind) {
  return Best(layout, [kind](FieldKind other) { return other == kind; });
}

// "$request_time", "request_time" and "%D" name a variable.
Result<std::size_t> NamedDuration(const TextLayout& layout, const std::string& name) {
  std::string known;
  for (std::size_t i = 0; i < layout.fields.size(); ++i) {
    const std::string& variable = layout.fields[i].variable;
    if (variable == name || variable == "$" + name || variable == "%" + name) return i;
    known += (i == 0 ? "" : " ") + variable;
  }
  return Fail(ErrorCode::kInvalidArgument,
              "duration '" + name + "' is not in the format; expected one of " + known);
}

Result<void> ChooseTime(std::string_view name, const TextLayout& layout, Choice& choice,
                        TextProgram& program) {
  const std::size_t time = Best(layout, IsTime);
  if (time == kNone)
    return Fail(ErrorCode::kInvalidArgument,
                "the " + std::string(name) + " format has no time; expected " +
                    (name == "apache" ? "%t" : "$time_local, $time_iso8601 or $msec") + " in it");
  const TextField& chosen = layout.fields[time];
  choice.is_used[time] = true;
  program.time_is_start = chosen.is_start;
  if (chosen.kind != FieldKind::kPatternTime) return {};
  program.has_pattern_time = true;
  // A pattern may tell the date and another the time of day: all of one instant are read.
  for (std::size_t i = 0; i < layout.fields.size(); ++i) {
    const TextField& field = layout.fields[i];
    const bool is_part =
        field.kind == FieldKind::kPatternTime || field.kind == FieldKind::kTimeFraction;
    if (!is_part || field.is_start != chosen.is_start) continue;
    choice.is_used[i] = true;
    for (const char* says : {"%z", "%Z", "%s"})
      program.has_offset |= field.pattern.find(says) != std::string::npos;
  }
  return {};
}

Result<void> ChooseDuration(const TextLayout& layout, const TextFormatOptions& options,
                            Choice& choice, TextProgram& program) {
  const auto is_duration = [](FieldKind kind) { return kind == FieldKind::kDuration; };
  if (!options.duration.empty()) {
    LC_TRY(choice.duration, NamedDuration(layout, options.duration));
    if (!is_duration(layout.fields[choice.duration].kind))
      return Fail(ErrorCode::kInvalidArgument,
                  "duration '" + options.duration + "' is no duration of a request");
  } else {
    choice.duration = Best(layout, is_duration);
  }
  if (choice.duration == kNone)
    return Fail(ErrorCode::kInvalidArgument,
                "the log has no durations, and load cannot be told without them; " +
                    layout.durations_remedy);
  const TextField& chosen = layout.fields[choice.duration];
  choice.is_used[choice.duration] = true;
  program.duration_source = chosen.variable;
  program.is_of_upstream = chosen.is_list;
  if (!chosen.is_list || !options.duration.empty()) return {};
  choice.fallback = Best(layout, is_duration, chosen.rank);
  if (choice.fallback == kNone) return {};
  choice.is_used[choice.fallback] = true;
  program.duration_source += ", else " + layout.fields[choice.fallback].variable;
  return {};
}

void ChooseNames(const TextLayout& layout, const TextFormatOptions& options, Choice& choice) {
  const auto use = [&](std::size_t field) {
    if (field != kNone) choice.is_used[field] = true;
  };
  use(BestOf(layout, FieldKind::kStatus));
  use(BestOf(layout, FieldKind::kGrpcStatus));
  if (options.wanted.response_bytes) use(BestOf(layout, FieldKind::kBytes));
  if (options.wanted.target) {
    const std::size_t request = BestOf(layout, FieldKind::kRequestLine);
    use(request);
    if (request == kNone) {
      use(BestOf(layout, FieldKind::kMethod));
      use(BestOf(layout, FieldKind::kTarget));
    }
  }
  if (!options.wanted.workload) return;
  const WorkloadSource source = options.workload_source;
  const auto is_asked = [source](WorkloadSource other) {
    return source == WorkloadSource::kBestKnown || source == other;
  };
  if (is_asked(WorkloadSource::kCluster)) use(BestOf(layout, FieldKind::kCluster));
  if (is_asked(WorkloadSource::kUpstream)) use(BestOf(layout, FieldKind::kUpstream));
  if (is_asked(WorkloadSource::kHost)) use(BestOf(layout, FieldKind::kHost));
}

// The first field that is read from the right: behind it all is plain and before it stands
// more than spaces, so that it cannot be mistaken; the number of fields where none is.
std::size_t SplitOf(const TextLayout& layout) {
  std::size_t split = layout.fields.size();
  for (std::size_t i = layout.fields.size(); i-- > 0;) {
    const TextField& field = layout.fields[i];
    if (!field.is_plain || field.literal.empty()) break;
    const bool is_guarded = field.literal.find_first_not_of(' ') != std::string::npos;
    if (is_guarded && i > 0) split = i;
  }
  return split;
}

ValueEnd EndOf(const TextLayout& layout, const TextField& field, std::string_view delimiter) {
  if (field.kind == FieldKind::kPatternTime || field.kind == FieldKind::kTimeFraction)
    return ValueEnd::kItself;
  if (field.kind == FieldKind::kClfTime) return ValueEnd::kClfTime;
  if (field.is_list && delimiter.front() == ' ') return ValueEnd::kList;
  if (layout.has_escaped_quotes && delimiter.front() == '"') return ValueEnd::kQuoted;
  return delimiter.size() == 1 ? ValueEnd::kByte : ValueEnd::kText;
}

class Compiler {
 public:
  Compiler(const TextLayout& layout, const Choice& choice) : layout_(layout), choice_(choice) {}

  void Emit(TextProgram& program) const {
    program.head = layout_.fields.front().literal;
    program.tail = layout_.tail;
    const std::size_t split = SplitOf(layout_);
    const std::size_t left_end = LastUsed(split);
    const bool has_right = LastUsed(layout_.fields.size()) > split;
    for (std::size_t i = 0; i < left_end; ++i) program.left.push_back(LeftStep(i));
    if (!has_right) return;
    for (std::size_t i = layout_.fields.size(); i-- > split;) program.right.push_back(RightStep(i));
  }

 private:
  // One behind the last used field before `end`.
  std::size_t LastUsed(std::size_t end) const {
    while (end > 0 && !choice_.is_used[end - 1]) --end;
    return end;
  }

  TextStep StepOf(std::size_t index) const {
    const TextField& field = layout_.fields[index];
    TextStep step;
    step.is_used = choice_.is_used[index];
    if (step.is_used) step.kind = field.kind;
    step.unit_us = field.unit_us;
    step.pattern = field.pattern;
    step.is_list = field.is_list;
    step.is_fallback = index == choice_.fallback;
    return step;
  }

  TextStep LeftStep(std::size_t index) const {
    TextStep step = StepOf(index);
    const TextField& field = layout_.fields[index];
    const bool is_last = index + 1 == layout_.fields.size();
    step.delimiter = is_last ? layout_.tail : layout_.fields[index + 1].literal;
    step.end = is_last ? ValueEnd::kLineEnd : EndOf(layout_, field, step.delimiter);
    // Where only the shape tells the end, it is read to be stepped over.
    if (step.end == ValueEnd::kItself) step.kind = field.kind;
    return step;
  }

  TextStep RightStep(std::size_t index) const {
    TextStep step = StepOf(index);
    step.delimiter = layout_.fields[index].literal;
    step.end = step.is_list && step.delimiter.back() == ' ' ? ValueEnd::kList : ValueEnd::kText;
    return step;
  }

  const TextLayout& layout_;
  const Choice& choice_;
};

}  // namespace

Result<TextProgram> Compile(std::string_view name, const TextLayout& layout,
                            const TextFormatOptions& options) {
  if (layout.fields.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "the " + std::string(name) + " format names no variable");
  TextProgram program;
  program.name = name;
  program.workload_source = options.workload_source;
  program.has_names = options.wanted.workload;
  Choice choice;
  choice.is_used.resize(layout.fields.size());
  LC_TRY_VOID(ChooseTime(name, layout, choice, program));
  LC_TRY_VOID(ChooseDuration(layout, options, choice, program));
  ChooseNames(layout, options, choice);
  Compiler(layout, choice).Emit(program);
  return program;
}

}  // namespace loadcurve::logs
