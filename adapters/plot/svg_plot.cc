#include "adapters/plot/svg_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "adapters/plot/axis.h"
#include "adapters/plot/svg_style.h"

namespace loadcurve::plot {
namespace {

constexpr double kLeft = 64;
constexpr double kRight = 24;
constexpr double kHeading = 34;  // above a chart: its title and legend
constexpr double kGap = 14;      // below a chart
constexpr double kTimes = 26;    // below a chart that shows its axis

// Where a chart lies in the picture.
struct Frame {
  double left, top, width, height;
  std::size_t steps;
  double highest;

  // A value belongs to the middle of its step.
  double X(double index) const {
    return left + width * (index + 0.5) / static_cast<double>(std::max<std::size_t>(steps, 1));
  }
  double Y(double value) const {
    return top + height * (1 - std::clamp(value / highest, 0.0, 1.0));
  }
};

// The stretches of indices without a gap.
template <class IsPresent, class Use>
void ForEachRun(std::size_t count, IsPresent is_present, Use use) {
  std::size_t first = 0;
  while (first < count) {
    if (!is_present(first)) {
      ++first;
      continue;
    }
    std::size_t last = first;
    while (last + 1 < count && is_present(last + 1)) ++last;
    use(first, last);
    first = last + 1;
  }
}

std::string Point(const Frame& frame, std::size_t index, double value) {
  return fmt::format("{:.1f},{:.1f} ", frame.X(static_cast<double>(index)), frame.Y(value));
}

std::string LineShape(const Frame& frame, const Line& line, int color) {
  std::string svg;
  const auto is_present = [&](std::size_t i) { return std::isfinite(line.values[i]); };
  ForEachRun(line.values.size(), is_present, [&](std::size_t first, std::size_t last) {
    std::string points;
    for (std::size_t i = first; i <= last; ++i) points += Point(frame, i, line.values[i]);
    if (line.mark == Mark::kArea) {
      const std::string ground = Point(frame, last, 0) + Point(frame, first, 0);
      svg += fmt::format("<polygon class=\"area c{}\" style=\"stroke:none\" points=\"{}\"/>\n",
                         color, points + ground);
    }
    svg += fmt::format("<polyline class=\"c{} line\" points=\"{}\"/>\n", color, points);
  });
  return svg;
}

std::string BandShape(const Frame& frame, const Band& band, int color) {
  std::string svg;
  const auto is_present = [&](std::size_t i) {
    return std::isfinite(band.low[i]) && std::isfinite(band.high[i]);
  };
  ForEachRun(std::min(band.low.size(), band.high.size()), is_present,
             [&](std::size_t first, std::size_t last) {
               std::string points;
               for (std::size_t i = first; i <= last; ++i) points += Point(frame, i, band.high[i]);
               for (std::size_t i = last + 1; i-- > first;) points += Point(frame, i, band.low[i]);
               svg += fmt::format(
                   "<polygon class=\"c{} band\" style=\"stroke:none\" points=\"{}\"/>\n", color,
                   points);
             });
  return svg;
}

std::string Heading(const Chart& chart, const Frame& frame) {
  const std::string unit = chart.unit.empty() ? "" : fmt::format(" ({})", chart.unit);
  const double baseline = frame.top - 12;
  std::string svg = fmt::format("<text class=\"title\" x=\"{}\" y=\"{}\">{}</text>\n", frame.left,
                                baseline, XmlEscaped(chart.title + unit));
  // The legend runs from the right; 7 pixels a character is a wide font's width.
  double x = frame.left + frame.width;
  const auto append = [&](const std::string& name, int color, bool is_band) {
    if (name.empty()) return;
    svg += fmt::format("<text x=\"{:.0f}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", x, baseline,
                       XmlEscaped(name));
    x -= 7 * static_cast<double>(name.size()) + 22;
    svg += fmt::format(
        "<rect class=\"c{}\" x=\"{:.0f}\" y=\"{}\" width=\"14\" height=\"{}\" "
        "style=\"stroke:none;fill-opacity:{}\"/>\n",
        color, x, baseline - (is_band ? 9 : 5), is_band ? 9 : 3, is_band ? ".25" : "1");
    x -= 16;
  };
  for (std::size_t i = chart.bands.size(); i-- > 0;)
    append(chart.bands[i].name, chart.BandColor() % kSvgColorCount, true);
  for (std::size_t i = chart.lines.size(); i-- > 0;)
    append(chart.lines[i].name, static_cast<int>(i) % kSvgColorCount, false);
  return svg;
}

std::string Grid(const Frame& frame) {
  std::string svg;
  for (const double share : {0.0, 0.5, 1.0}) {
    const double y = frame.Y(frame.highest * share);
    svg += fmt::format(
        "<line class=\"grid\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>\n"
        "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>\n",
        frame.left, frame.left + frame.width, y, frame.left - 8, y + 4,
        AxisNumber(frame.highest * share));
  }
  return svg;
}

std::string ChartShape(const Chart& chart, const Frame& frame) {
  std::string svg = Heading(chart, frame) + Grid(frame);
  for (const Band& band : chart.bands)
    svg += BandShape(frame, band, chart.BandColor() % kSvgColorCount);
  int color = 0;
  for (const Line& line : chart.lines) svg += LineShape(frame, line, color++ % kSvgColorCount);
  if (chart.divider) {
    const double x = frame.X(static_cast<double>(*chart.divider) - 0.5);
    svg += fmt::format(
        "<line class=\"divider\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"/>\n", x,
        frame.top, frame.top + frame.height);
  }
  return svg;
}

std::string HorizontalAxis(const Chart& chart, const Frame& frame) {
  const double y = frame.top + frame.height + 18;
  const std::string unit = TickUnit(chart);
  constexpr std::size_t kFitsBesideTheAxis = 5;
  std::string svg;
  if (unit.size() <= kFitsBesideTheAxis)
    svg = fmt::format("<text x=\"4\" y=\"{}\">{}</text>\n", y, XmlEscaped(unit));
  else
    svg = fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"end\">{}</text>\n",
                      frame.left + frame.width, y + 15, XmlEscaped(unit));
  for (const AxisTick& tick : TicksOf(chart, static_cast<int>(frame.width / 90))) {
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
                       frame.left + frame.width * tick.position, y, tick.label);
  }
  return svg;
}

bool SharesAxis(const Chart& one, const Chart& other) {
  if (one.along.has_value() != other.along.has_value()) return false;
  if (one.along)
    return one.along->unit == other.along->unit && one.along->most == other.along->most;
  return one.start == other.start && one.step == other.step && one.StepCount() == other.StepCount();
}

// Charts drawn together share the axis of the last of them.
bool ShowsAxis(std::span<const Chart> charts, std::size_t index) {
  return index + 1 == charts.size() || !SharesAxis(charts[index], charts[index + 1]);
}

}  // namespace

std::string ToSvg(std::span<const Chart> charts, const SvgOptions& options) {
  const double chart_height = options.chart_height;
  double height = static_cast<double>(charts.size()) * (kHeading + chart_height + kGap);
  for (std::size_t i = 0; i < charts.size(); ++i) height += ShowsAxis(charts, i) ? kTimes : 0;
  if (charts.empty()) height = kTimes;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" role=\"img\">\n{2}<rect class=\"paper\" width=\"{0}\" height=\"{1}\"/>\n",
      options.width, height, SvgStyle());
  double top = kHeading;
  for (std::size_t i = 0; i < charts.size(); ++i) {
    const Frame frame{.left = kLeft,
                      .top = top,
                      .width = options.width - kLeft - kRight,
                      .height = chart_height,
                      .steps = charts[i].StepCount(),
                      .highest = RoundCeiling(charts[i].Highest())};
    svg += ChartShape(charts[i], frame);
    top += kHeading + chart_height + kGap;
    if (!ShowsAxis(charts, i)) continue;
    svg += HorizontalAxis(charts[i], frame);
    top += kTimes;
  }
  return svg + "</svg>\n";
}

}  // namespace loadcurve::plot
