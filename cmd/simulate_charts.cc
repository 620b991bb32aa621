#include "cmd/simulate_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "adapters/plot/html_page.h"
#include "adapters/plot/svg_plot.h"
#include "adapters/plot/svg_style.h"
#include "adapters/plot/trade_off_plot.h"

namespace loadcurve {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

struct Window {
  std::size_t first = 0;
  std::size_t end = 0;
};

// Two days of the series, a whole number of days after its start, around its highest load.
Window BusiestWindow(const twin::Simulation& simulation) {
  const auto& demand = simulation.demand();
  const std::size_t day =
      std::max<std::size_t>(1, simulation.timing().StepsIn(std::chrono::days(1)));
  std::size_t highest = 0;
  for (std::size_t i = 0; i < demand.size(); ++i)
    if (!std::isnan(demand[i]) && !(demand[highest] >= demand[i])) highest = i;
  const std::size_t first = highest / day * day;
  return {first, std::min(first + 2 * day, demand.size())};
}

// "loadcurve, shortage_cost=581.36"; of a rule without a setting its name.
std::string TitleOf(const twin::PolicyRun& run) {
  return run.knob.empty() || run.knob == run.policy ? run.policy : run.policy + ", " + run.knob;
}

plot::Chart ChartOf(const twin::Simulation& simulation, const Window& window,
                    const twin::PolicyRun& run) {
  plot::Chart chart{
      .title = fmt::format("{}: {:.0f} replica-hours, {:.3f} % of minutes short", TitleOf(run),
                           run.measures.replica_hours, 100 * run.measures.violation_minutes_ratio),
      .unit = "replicas",
      .start = simulation.timing().start +
               simulation.timing().step * static_cast<std::int64_t>(window.first),
      .step = simulation.timing().step,
      .lines = {{.name = "load", .values = {}, .mark = plot::Mark::kArea},
                {.name = "ready", .values = {}},
                {.name = "", .values = {}},
                {.name = "", .values = {}},
                {.name = "", .values = {}},
                {.name = "short", .values = {}, .mark = plot::Mark::kArea}},
      .bands = {}};
  for (std::size_t i = window.first; i < window.end; ++i) {
    const double demand = simulation.demand()[i];
    const auto ready = static_cast<double>(run.records[i].ready.value());
    chart.lines[0].values.push_back(demand);
    chart.lines[1].values.push_back(ready);
    // A single step has no width, so its neighbour is marked too.
    const bool is_short = demand > ready;
    auto& marks = chart.lines[5].values;
    if (is_short && !marks.empty() && std::isnan(marks.back())) marks.back() = ready;
    marks.push_back(is_short ? demand : kMissing);
  }
  return chart;
}

plot::TradeOffChart TradeOffsOf(const SimulateOutcome& outcome) {
  // A constant count for the peak costs many times as much, and would press all others into a line.
  constexpr double kMostOfOracle = 1.8;
  constexpr double kMostOfShown = 1.2;
  const double oracle = outcome.oracle.measures.replica_hours;
  double most = kMostOfOracle * oracle;
  for (const twin::PolicyRun* run : WorthShowing(outcome))
    most = std::max(most, kMostOfShown * run->measures.replica_hours);
  plot::TradeOffChart chart{.title = "What it costs to be short less often",
                            .x_title = "share of minutes short of capacity",
                            .y_title = "replica-hours",
                            .most_y = most,
                            .curves = {}};
  for (const std::string& policy : PoliciesOf(outcome)) {
    plot::TradeOff curve{policy, {}, policy == "loadcurve"};
    for (const ParetoPoint& point : ParetoOf(outcome.runs, policy))
      curve.points.emplace_back(point.violation_minutes_ratio, point.replica_hours);
    chart.curves.push_back(std::move(curve));
  }
  chart.curves.push_back({"oracle", {{chart.least_x, oracle}, {chart.most_x, oracle}}});
  return chart;
}

}  // namespace

std::vector<plot::Chart> BusiestDays(const twin::Simulation& simulation,
                                     const std::vector<twin::PolicyRun>& runs) {
  const Window window = BusiestWindow(simulation);
  std::vector<plot::Chart> charts;
  for (const twin::PolicyRun& run : runs) charts.push_back(ChartOf(simulation, window, run));
  return charts;
}

std::string SimulationPage(const SimulateOutcome& outcome, const std::vector<plot::Chart>& days) {
  return plot::HtmlPage(
      "What each policy would have done",
      fmt::format("<p>{}: {} steps, {:.1f} replicas in the mean, start-up {:g} s.</p>\n{}{}"
                  "<pre>{}</pre>\n",
                  plot::XmlEscaped(outcome.series), outcome.steps, outcome.mean_demand,
                  Seconds(outcome.options.startup.planned()),
                  plot::ToSvg(TradeOffsOf(outcome), {.width = 960, .chart_height = 380}),
                  plot::ToSvg(days, {.width = 960}),
                  plot::XmlEscaped(RenderSimulation(outcome, OutputFormat::kTable))));
}

}  // namespace loadcurve
