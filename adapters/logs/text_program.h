#pragma once

#include <string>
#include <vector>

#include "adapters/logs/text_format.h"
#include "adapters/logs/text_layout.h"

namespace loadcurve::logs {

// How the end of a value is found.
enum class ValueEnd : std::uint8_t {
  kLineEnd,  // it reaches to the tail of the line
  kClfTime,  // as kText, and nearly always behind 26 bytes
  kByte,     // one byte follows it
  kText,     // a text follows it
  kQuoted,   // a text that begins with a quote, and \" is no end
  kList,     // a space, but not one within "a, b : c"
  kItself,   // the value is of a known shape
};

struct TextStep {
  FieldKind kind = FieldKind::kOther;
  ValueEnd end = ValueEnd::kByte;
  std::string delimiter;  // behind the value, or before it when read from the right
  std::int64_t unit_us = 1;
  std::string pattern;
  bool is_list = false;
  bool is_used = false;
  bool is_fallback = false;  // of durations: counts where the first is absent
};

// A layout made ready to be read. Steps from the left go as far as the last value that is
// needed there; steps from the right take the values behind free text, such as the user
// agent, without looking at that text.
struct TextProgram {
  std::string name;
  std::string head;
  std::vector<TextStep> left;
  std::vector<TextStep> right;
  std::string tail;
  bool time_is_start = false;
  bool has_pattern_time = false;
  bool has_names = false;       // of who served the request
  bool has_offset = false;      // of a pattern time
  bool is_of_upstream = false;  // the duration is, and absent where none was asked
  std::string duration_source;
  WorkloadSource workload_source = WorkloadSource::kBestKnown;
};

// Chooses what is read of `layout`; no time, no duration, or a chosen variable that is not
// there is kInvalidArgument.
[[nodiscard]] Result<TextProgram> Compile(std::string_view name, const TextLayout& layout,
                                          const TextFormatOptions& options);

}  // namespace loadcurve::logs
