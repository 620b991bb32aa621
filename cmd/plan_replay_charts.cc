#include "cmd/plan_replay_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "adapters/plot/html_page.h"
#include "adapters/plot/svg_plot.h"
#include "adapters/plot/svg_style.h"

namespace loadcurve {
namespace {

using capacity::SpotRun;
using capacity::SpotTick;

constexpr double kDaysShown = 2;

struct Window {
  std::size_t first = 0;
  std::size_t end = 0;
};

double ShortOf(const SpotTick& tick) {
  return std::max(0.0, static_cast<double>(tick.demand) - tick.ready);
}

// The stretch in which all runs together were short most.
Window HardestWindow(const std::vector<SpotRun>& runs, Duration gap) {
  const std::size_t ticks = runs.front().ticks.size();
  const auto length =
      std::min(ticks, static_cast<std::size_t>(std::ceil(kDaysShown * 86400 / Seconds(gap))));
  const auto all_short = [&](std::size_t tick) {
    double sum = 0;
    for (const SpotRun& run : runs) sum += ShortOf(run.ticks[tick]);
    return sum;
  };
  double sum = 0;
  double most = -1;
  Window hardest;
  for (std::size_t tick = 0; tick < ticks; ++tick) {
    sum += all_short(tick);
    if (tick >= length) sum -= all_short(tick - length);
    if (tick + 1 < length || sum <= most) continue;
    most = sum;
    hardest = {tick + 1 - length, tick + 1};
  }
  return hardest;
}

plot::Chart ChartOf(const SpotRun& run, const Window& window, Duration gap) {
  const auto measures = capacity::MeasuresOf(run, gap);
  plot::Chart chart{
      .title = fmt::format("{}: {:.3f} of on-demand, {:.4f} % served", run.policy,
                           measures.cost_ratio_to_on_demand, 100 * measures.served_ratio),
      .unit = "nodes",
      .start = TimePoint(gap * static_cast<std::int64_t>(window.first)),
      .step = gap,
      .lines = {{.name = "demand", .values = {}, .mark = plot::Mark::kArea},
                {.name = "spot", .values = {}},
                {.name = "on-demand", .values = {}},
                {.name = "short", .values = {}, .mark = plot::Mark::kArea}},
      .bands = {},
      .along =
          plot::ValueAxis{fmt::format("hours after hour {:.0f}",
                                      Seconds(gap) * static_cast<double>(window.first) / 3600),
                          Seconds(gap) * static_cast<double>(window.end - window.first) / 3600}};
  for (std::size_t i = window.first; i < window.end; ++i) {
    const SpotTick& tick = run.ticks[i];
    const double missing = ShortOf(tick);
    chart.lines[0].values.push_back(static_cast<double>(tick.demand));
    chart.lines[1].values.push_back(tick.spot);
    chart.lines[2].values.push_back(tick.on_demand);
    chart.lines[3].values.push_back(missing > 0 ? missing
                                                : std::numeric_limits<double>::quiet_NaN());
  }
  return chart;
}

}  // namespace

std::vector<plot::Chart> HardestDays(const std::vector<SpotRun>& runs, Duration gap) {
  const Window window = HardestWindow(runs, gap);
  std::vector<plot::Chart> charts;
  for (const SpotRun& run : runs) charts.push_back(ChartOf(run, window, gap));
  return charts;
}

std::string PlanReplayPage(const PlanReplayOutcome& outcome, const std::vector<plot::Chart>& days) {
  return plot::HtmlPage(
      "What each policy would have held",
      fmt::format("<p>The two days in which these were short most.</p>\n{}<pre>{}</pre>\n",
                  plot::ToSvg(days, {.width = 960}),
                  plot::XmlEscaped(RenderPlanReplay(outcome, OutputFormat::kTable))));
}

}  // namespace loadcurve
