#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace loadcurve::plot {

// A drawing area of character cells, painted from the back to the front.
class Canvas {
 public:
  Canvas(std::size_t width, std::size_t height);

  std::size_t width() const { return width_; }
  std::size_t height() const { return height_; }

  // Heights are shares of the canvas in [0, 1], NaN paints nothing. `color` is an index
  // of the palette, see Row.

  // Columns from the ground up; the top is as fine as eighths in Unicode.
  void PaintArea(std::span<const double> tops, bool is_unicode, int color);
  // Cells between two heights of a column.
  void PaintBand(std::span<const double> low, std::span<const double> high, const char* glyph,
                 int color);
  // A line of braille dots: `heights` holds two points a column.
  void PaintDots(std::span<const double> heights, int color);
  // A line of one glyph a column, joined where it is steep.
  void PaintGlyphs(std::span<const double> heights, const char* glyph, int color);
  // A vertical line behind what is already painted.
  void PaintDivider(std::size_t column, const char* glyph);

  // A row from the top, without trailing spaces; with ANSI colours where asked for.
  std::string Row(std::size_t row, bool has_color) const;

 private:
  struct Cell {
    std::string glyph;  // empty: nothing painted
    int color = -1;
    unsigned dots = 0;  // braille, if any
  };
  Cell& At(std::size_t column, std::size_t row) { return cells_[row * width_ + column]; }
  // The row of a share, counted from the top.
  std::size_t RowOf(double share) const;
  void PaintColumn(std::size_t column, double from, double to, const char* glyph, int color);
  void PaintDot(std::size_t x, std::size_t y, int color);

  std::size_t width_;
  std::size_t height_;
  std::vector<Cell> cells_;
};

// The colour of series `index` as an ANSI escape sequence, and the end of any colour.
std::string ColorOn(int index);
std::string ColorOff();

}  // namespace loadcurve::plot
