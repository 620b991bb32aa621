#include "adapters/plot/canvas.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace loadcurve::plot {
namespace {

// Blue, yellow, green, magenta, cyan, red: readable on dark and on light.
constexpr std::array<const char*, 6> kColors = {"\x1b[34m", "\x1b[33m", "\x1b[32m",
                                                "\x1b[35m", "\x1b[36m", "\x1b[31m"};
constexpr std::array<const char*, 9> kEighths = {"",       "\u2581", "\u2582", "\u2583", "\u2584",
                                                 "\u2585", "\u2586", "\u2587", "\u2588"};

// U+2800 plus a bit a dot, in UTF-8.
std::string Braille(unsigned dots) {
  return {static_cast<char>(0xE2), static_cast<char>(0xA0 | (dots >> 6)),
          static_cast<char>(0x80 | (dots & 0x3F))};
}

// The bit of the dot at column 0-1 and row 0-3 from the top (Unicode chart U+2800).
unsigned DotBit(std::size_t x, std::size_t y) {
  static constexpr std::array<std::array<unsigned, 2>, 4> kBits = {
      {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}};
  return kBits[y][x];
}

double Clamped(double share) {
  return std::clamp(share, 0.0, 1.0);
}

// The step of `steps` from the top that a share falls on.
std::size_t StepOf(double share, std::size_t steps) {
  const auto last = static_cast<double>(steps - 1);
  return static_cast<std::size_t>(std::lround((1 - Clamped(share)) * last));
}

}  // namespace

Canvas::Canvas(std::size_t width, std::size_t height)
    : width_(width), height_(height), cells_(width * height) {}

std::size_t Canvas::RowOf(double share) const {
  return StepOf(share, height_);
}

void Canvas::PaintArea(std::span<const double> tops, bool is_unicode, int color) {
  for (std::size_t column = 0; column < width_ && column < tops.size(); ++column) {
    if (!std::isfinite(tops[column])) continue;
    const long eighths = std::lround(Clamped(tops[column]) * static_cast<double>(height_) * 8);
    for (std::size_t up = 0; up < height_; ++up) {
      const long fill = std::clamp(eighths - static_cast<long>(up) * 8, 0L, 8L);
      if (fill == 0) break;
      const char* ascii = fill < 3 ? "." : fill < 6 ? ":" : "#";
      Cell& cell = At(column, height_ - 1 - up);
      cell = {.glyph = is_unicode ? kEighths[static_cast<std::size_t>(fill)] : ascii,
              .color = color};
    }
  }
}

void Canvas::PaintColumn(std::size_t column, double from, double to, const char* glyph, int color) {
  const std::size_t bottom = RowOf(std::min(from, to));
  for (std::size_t row = RowOf(std::max(from, to)); row <= bottom; ++row)
    At(column, row) = {.glyph = glyph, .color = color};
}

void Canvas::PaintBand(std::span<const double> low, std::span<const double> high, const char* glyph,
                       int color) {
  for (std::size_t column = 0; column < std::min({width_, low.size(), high.size()}); ++column) {
    if (std::isfinite(low[column]) && std::isfinite(high[column]))
      PaintColumn(column, low[column], high[column], glyph, color);
  }
}

void Canvas::PaintGlyphs(std::span<const double> heights, const char* glyph, int color) {
  for (std::size_t column = 0; column < std::min(width_, heights.size()); ++column) {
    const double here = heights[column];
    if (!std::isfinite(here)) continue;
    // Joined to the one before, up to half of the way so that lines stay thin.
    const double before =
        column > 0 && std::isfinite(heights[column - 1]) ? (heights[column - 1] + here) / 2 : here;
    PaintColumn(column, before, here, glyph, color);
  }
}

void Canvas::PaintDot(std::size_t x, std::size_t y, int color) {
  Cell& cell = At(x / 2, y / 4);
  cell.dots |= DotBit(x % 2, y % 4);
  cell.glyph = Braille(cell.dots);
  cell.color = color;
}

void Canvas::PaintDots(std::span<const double> heights, int color) {
  const std::size_t steps = height_ * 4;
  for (std::size_t x = 0; x < std::min(width_ * 2, heights.size()); ++x) {
    if (!std::isfinite(heights[x])) continue;
    const std::size_t here = StepOf(heights[x], steps);
    const bool is_joined = x > 0 && std::isfinite(heights[x - 1]);
    const std::size_t before = is_joined ? StepOf(heights[x - 1], steps) : here;
    // The steps between two points belong to the later one.
    std::size_t first = here;
    std::size_t last = here;
    if (before + 1 < here) first = before + 1;
    if (here + 1 < before) last = before - 1;
    for (std::size_t y = first; y <= last; ++y) PaintDot(x, y, color);
  }
}

void Canvas::PaintDivider(std::size_t column, const char* glyph) {
  for (std::size_t row = 0; row < height_; ++row) {
    Cell& cell = At(column, row);
    if (cell.glyph.empty()) cell.glyph = glyph;
  }
}

std::string Canvas::Row(std::size_t row, bool has_color) const {
  std::size_t end = width_;
  while (end > 0 && cells_[row * width_ + end - 1].glyph.empty()) --end;
  std::string text;
  int color = -1;
  for (std::size_t column = 0; column < end; ++column) {
    const Cell& cell = cells_[row * width_ + column];
    if (has_color && cell.color != color) {
      text += cell.color < 0 ? ColorOff() : ColorOn(cell.color);
      color = cell.color;
    }
    text += cell.glyph.empty() ? " " : cell.glyph;
  }
  if (color >= 0) text += ColorOff();
  return text;
}

std::string ColorOn(int index) {
  return kColors[static_cast<std::size_t>(index) % kColors.size()];
}

std::string ColorOff() {
  return "\x1b[0m";
}

}  // namespace loadcurve::plot
