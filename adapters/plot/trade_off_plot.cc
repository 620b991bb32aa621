#include "adapters/plot/trade_off_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "adapters/plot/axis.h"
#include "adapters/plot/svg_style.h"

namespace loadcurve::plot {
namespace {

constexpr double kLeft = 64;
constexpr double kLegend = 170;
constexpr double kTop = 46;
constexpr double kBottom = 44;
constexpr double kLegendLine = 18;

struct Field {
  double width, height;  // of the drawing area
  double least_x, most_x;
  double low_y, high_y;  // whole multiples of step_y
  double step_y;

  double X(double x) const {
    const double share = std::log(std::max(x, least_x) / least_x) / std::log(most_x / least_x);
    return kLeft + width * std::min(share, 1.0);
  }
  double Y(double y) const { return kTop + height * (1 - (y - low_y) / (high_y - low_y)); }
};

bool IsShown(const TradeOffChart& chart, const std::pair<double, double>& point) {
  return point.first <= chart.most_x && point.second <= chart.most_y;
}

Field FieldOf(const TradeOffChart& chart, const SvgOptions& options) {
  Field field{options.width - kLeft - kLegend,
              static_cast<double>(options.chart_height),
              chart.least_x,
              chart.most_x,
              INFINITY,
              0,
              1};
  for (const TradeOff& curve : chart.curves) {
    for (const auto& point : curve.points) {
      if (!IsShown(chart, point)) continue;
      field.low_y = std::min(field.low_y, point.second);
      field.high_y = std::max(field.high_y, point.second);
    }
  }
  if (!(field.low_y < field.high_y)) field.low_y = 0;
  if (!(field.high_y > field.low_y)) field.high_y = field.low_y + 1;
  constexpr double kSteps = 5;
  field.step_y = RoundCeiling((field.high_y - field.low_y) / kSteps);
  field.low_y = std::floor(field.low_y / field.step_y) * field.step_y;
  field.high_y = std::ceil(field.high_y / field.step_y) * field.step_y;
  return field;
}

// Six colours, first whole, then dashed.
std::string StrokeOf(std::size_t index, bool is_strong) {
  const std::string dash = index < kSvgColorCount       ? ""
                           : index < 2 * kSvgColorCount ? ";stroke-dasharray:5 3"
                                                        : ";stroke-dasharray:1.5 3";
  return fmt::format("class=\"c{} line\" style=\"stroke-width:{}{}\"", index % kSvgColorCount,
                     is_strong ? 3.2 : 1.6, dash);
}

std::string CurveShape(const TradeOffChart& chart, const Field& field, std::size_t index) {
  const TradeOff& curve = chart.curves[index];
  std::string points;
  std::string dot;
  for (const auto& point : curve.points) {
    if (!IsShown(chart, point)) continue;
    const double x = field.X(point.first);
    const double y = field.Y(point.second);
    // A line through one point is not seen.
    dot = points.empty()
              ? fmt::format("<circle class=\"c{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\"/>\n",
                            index % kSvgColorCount, x, y)
              : "";
    points += fmt::format("{:.1f},{:.1f} ", x, y);
  }
  const double legend_y = kTop + 8 + kLegendLine * static_cast<double>(index);
  const double legend_x = kLeft + field.width + 16;
  return dot + fmt::format(
                   "<polyline {0} points=\"{1}\"/>\n<polyline {0} points=\"{2:.0f},{3:.0f} "
                   "{4:.0f},{3:.0f}\"/>\n"
                   "<text x=\"{5:.0f}\" y=\"{6:.0f}\">{7}</text>\n",
                   StrokeOf(index, curve.is_strong), points, legend_x, legend_y, legend_x + 24,
                   legend_x + 30, legend_y + 4,
                   XmlEscaped(curve.name) + (points.empty() ? " (beyond)" : ""));
}

std::string Axes(const TradeOffChart& chart, const Field& field) {
  std::string svg;
  const auto steps = std::llround((field.high_y - field.low_y) / field.step_y);
  for (long long i = 0; i <= steps; ++i) {
    const double value = field.low_y + static_cast<double>(i) * field.step_y;
    svg += fmt::format(
        "<line class=\"grid\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>\n"
        "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>\n",
        kLeft, kLeft + field.width, field.Y(value), kLeft - 8, field.Y(value) + 4,
        AxisNumber(value));
  }
  const double ground = kTop + field.height;
  for (double x = field.least_x; x <= field.most_x * 1.001; x *= 10) {
    svg += fmt::format(
        "<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"/>\n"
        "<text x=\"{0:.1f}\" y=\"{3}\" text-anchor=\"middle\">{4}{5:g} %</text>\n",
        field.X(x), kTop, ground, ground + 16, x == field.least_x ? "to " : "", 100 * x);
  }
  svg += fmt::format(
      "<text class=\"title\" x=\"{}\" y=\"18\">{}</text>\n"
      "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n"
      "<text x=\"{}\" y=\"{}\" text-anchor=\"start\">{}</text>\n",
      kLeft, XmlEscaped(chart.title), kLeft + field.width, ground + 34, XmlEscaped(chart.x_title),
      4, kTop - 12, XmlEscaped(chart.y_title));
  return svg;
}

}  // namespace

std::string ToSvg(const TradeOffChart& chart, const SvgOptions& options) {
  const Field field = FieldOf(chart, options);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" role=\"img\">\n{2}<rect class=\"paper\" width=\"{0}\" height=\"{1}\"/>\n",
      options.width, kTop + field.height + kBottom, SvgStyle());
  svg += Axes(chart, field);
  for (std::size_t i = 0; i < chart.curves.size(); ++i) svg += CurveShape(chart, field, i);
  return svg + "</svg>\n";
}

}  // namespace loadcurve::plot
