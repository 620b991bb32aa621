#include "adapters/plot/terminal_plot.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "adapters/plot/axis.h"
#include "adapters/plot/canvas.h"

namespace loadcurve::plot {
namespace {

constexpr std::size_t kLabelWidth = 6;
constexpr std::array<const char*, 6> kAsciiMarks = {"*", "o", "+", "x", "@", "%"};

// The characters of one set.
struct GlyphSet {
  const char* axis;
  const char* tick;
  const char* corner;
  const char* ground;
  const char* band;
  const char* divider;
  const char* area;
};
constexpr GlyphSet kAsciiSet = {"|", "+", "+", "-", ".", ":", "#"};
constexpr GlyphSet kUnicodeSet = {"\u2502", "\u2524", "\u2514", "\u2500",
                                  "\u2591", "\u250a", "\u2588"};

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool IsUtf8Locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value = Environment(name);
    if (value.empty()) continue;
    std::transform(value.begin(), value.end(), value.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return value.ends_with("utf-8") || value.ends_with("utf8");
  }
  return false;
}

int WidthOf(int file) {
  winsize size{};
  if (ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const std::string columns = Environment("COLUMNS");
  int width = 80;
  std::from_chars(columns.data(), columns.data() + columns.size(), width);
  return width;
}

class Painter {
 public:
  explicit Painter(const TerminalOptions& options)
      : options_(options),
        is_unicode_(options.glyphs == Glyphs::kUnicode),
        set_(is_unicode_ ? kUnicodeSet : kAsciiSet),
        width_(static_cast<std::size_t>(std::max(options.width, 40)) - kLabelWidth - 2),
        height_(static_cast<std::size_t>(std::max(options.height, 2))) {}

  std::string Draw(const Chart& chart) const {
    const double top = RoundCeiling(chart.Highest());
    const Canvas canvas = Paint(chart, top);
    std::string text = Heading(chart);
    for (std::size_t row = 0; row < height_; ++row) {
      std::string label;
      if (row == 0) label = AxisNumber(top);
      if (height_ >= 5 && height_ % 2 == 1 && row == height_ / 2) label = AxisNumber(top / 2);
      text +=
          fmt::format("{:>{}} {}{}\n", label, kLabelWidth, label.empty() ? set_.axis : set_.tick,
                      canvas.Row(row, options_.has_color));
    }
    return text;
  }

  std::string HorizontalAxis(const Chart& chart) const {
    std::string ground = fmt::format("{:>{}} {}", "0", kLabelWidth, set_.corner);
    for (std::size_t i = 0; i < width_; ++i) ground += set_.ground;
    std::string labels(kLabelWidth + 2 + width_, ' ');
    for (const AxisTick& tick : TicksOf(chart, static_cast<int>(width_ / 12))) {
      const auto column = static_cast<std::size_t>(tick.position * static_cast<double>(width_ - 1));
      const std::size_t at = kLabelWidth + 2 + column;
      if (at + tick.label.size() <= labels.size())
        labels.replace(at, tick.label.size(), tick.label);
    }
    const std::string unit = TickUnit(chart);
    const bool has_room = unit.size() <= kLabelWidth;
    if (has_room) labels.replace(kLabelWidth - unit.size(), unit.size(), unit);
    labels.erase(labels.find_last_not_of(' ') + 1);
    if (!has_room) labels += fmt::format("\n{:>{}}", unit, kLabelWidth + 2 + width_);
    return ground + "\n" + labels + "\n";
  }

 private:
  Canvas Paint(const Chart& chart, double top) const {
    Canvas canvas(width_, height_);
    const std::size_t count = chart.StepCount();
    const auto shares = [&](const std::vector<double>& values, std::size_t points) {
      std::vector<double> resampled = Resample(values, count, points);
      for (double& value : resampled) value /= top;
      return resampled;
    };
    // From the back to the front: bands, areas, lines.
    for (const Band& band : chart.bands)
      canvas.PaintBand(shares(band.low, width_), shares(band.high, width_), set_.band,
                       chart.BandColor());
    int color = 0;
    for (const Line& line : chart.lines) {
      if (line.mark == Mark::kArea)
        canvas.PaintArea(shares(line.values, width_), is_unicode_, color);
      ++color;
    }
    color = 0;
    for (const Line& line : chart.lines) {
      if (line.mark == Mark::kLine) PaintLine(shares(line.values, LinePoints()), color, canvas);
      ++color;
    }
    if (chart.divider && count > 0)
      canvas.PaintDivider(std::min(*chart.divider * width_ / count, width_ - 1), set_.divider);
    return canvas;
  }

  std::size_t LinePoints() const { return is_unicode_ ? width_ * 2 : width_; }

  void PaintLine(const std::vector<double>& heights, int color, Canvas& canvas) const {
    if (is_unicode_)
      canvas.PaintDots(heights, color);
    else
      canvas.PaintGlyphs(heights, AsciiMark(color), color);
  }

  // What stands for a line in the legend: some of its dots, or its character.
  const char* LineMark(int index) const { return is_unicode_ ? "\u2836" : AsciiMark(index); }

  static const char* AsciiMark(int index) {
    return kAsciiMarks[static_cast<std::size_t>(index) % kAsciiMarks.size()];
  }

  std::string Heading(const Chart& chart) const {
    std::string text = chart.title;
    if (!chart.unit.empty()) text += fmt::format(" ({})", chart.unit);
    const auto append = [&](std::string_view mark, int color, const std::string& name) {
      if (name.empty()) return;
      const std::string sign =
          options_.has_color ? ColorOn(color) + std::string(mark) + ColorOff() : std::string(mark);
      text += fmt::format("   {} {}", sign, name);
    };
    int color = 0;
    for (const Line& line : chart.lines) {
      append(line.mark == Mark::kArea ? set_.area : LineMark(color), color, line.name);
      ++color;
    }
    for (const Band& band : chart.bands) append(set_.band, chart.BandColor(), band.name);
    return text + "\n";
  }

  const TerminalOptions& options_;
  bool is_unicode_;
  const GlyphSet& set_;
  std::size_t width_;
  std::size_t height_;
};

}  // namespace

TerminalOptions TerminalOf(int file) {
  const bool is_terminal = isatty(file) == 1;
  return {
      .width = WidthOf(file),
      .glyphs = IsUtf8Locale() ? Glyphs::kUnicode : Glyphs::kAscii,
      .has_color = is_terminal && Environment("NO_COLOR").empty() && Environment("TERM") != "dumb"};
}

std::string ToTerminal(std::span<const Chart> charts, const TerminalOptions& options) {
  const Painter painter(options);
  std::string text;
  for (const Chart& chart : charts) text += painter.Draw(chart);
  if (!charts.empty()) text += painter.HorizontalAxis(charts.back());
  return text;
}

}  // namespace loadcurve::plot
