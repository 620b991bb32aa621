#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/logs/line_parser.h"
#include "base/units.h"

namespace loadcurve::logs {

inline constexpr std::size_t kBadLineKinds = static_cast<std::size_t>(BadLine::kTooLong) + 1;

// How many examples of each kind are kept.
inline constexpr std::size_t kExamples = 3;

// A line by its number, from 1.
struct LineExample {
  BadLine reason = BadLine::kNone;
  std::uint64_t line = 0;
};

// The clock of a log stepping back or forward by more than an hour between two lines.
struct ClockJump {
  std::uint64_t line = 0;
  TimePoint before;
  TimePoint after;
};

// What was met in lines that follow one another. Tallies of neighbours add up.
struct LineTally {
  std::uint64_t lines = 0;       // all of them, blank ones too
  std::uint64_t requests = 0;    // counted, or outside of what was asked for
  std::uint64_t unfinished = 0;  // last lines without a line break, not yet written to their end
  std::array<std::uint64_t, kBadLineKinds> by_reason{};
  std::vector<LineExample> examples;  // the first kExamples of each bad reason

  std::optional<TimePoint> first;  // end of the first request, in the order of lines
  std::uint64_t first_line = 0;
  std::optional<TimePoint> last;
  std::optional<TimePoint> earliest;  // in time
  std::optional<TimePoint> latest;
  std::vector<ClockJump> jumps;  // the first kExamples
  std::uint64_t jump_count = 0;

  // A request that ended at `end`, on the line counted last.
  void AddRequest(TimePoint end);
  // The line counted last is none.
  void AddOther(BadLine reason);

  // Takes in the lines that follow these.
  void Append(const LineTally& next);

  std::uint64_t Bad() const;

 private:
  void NoteJump(const ClockJump& jump);
};

}  // namespace loadcurve::logs
