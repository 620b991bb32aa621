#pragma once

#include <span>
#include <string>

#include "adapters/plot/chart.h"

namespace loadcurve::plot {

enum class Glyphs { kAscii, kUnicode };

struct TerminalOptions {
  int width = 80;  // columns, at least 40
  int height = 6;  // rows of one chart's drawing area, at least 2
  Glyphs glyphs = Glyphs::kAscii;
  bool has_color = false;
};

// What `file` can show: its width (80 where it is no terminal and COLUMNS is not set),
// Unicode where the locale is UTF-8, colour where it is a terminal and NO_COLOR is not set.
TerminalOptions TerminalOf(int file);

// The charts one under the other, each with its own axis of values; the times, in UTC,
// stand under the last one, so charts drawn together are to cover the same span.
std::string ToTerminal(std::span<const Chart> charts, const TerminalOptions& options);

}  // namespace loadcurve::plot
