#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "adapters/plot/chart.h"
#include "adapters/plot/terminal_plot.h"
#include "cmd/capacity_profile.h"
#include "cmd/output.h"
#include "metrics/capacity/ramp_result.h"

namespace loadcurve {

// What is told of a ramp that ended.
struct RampReport {
  const RampResult& result;
  std::vector<std::string> targets;  // as they were named
  Duration latency_target{0};
  double quantile = 0.95;
  TimePoint from;
  TimePoint to;
  std::string target_version;
  std::optional<ProfileComparison> comparison;

  // `terminal` is what a drawing may use.
  std::string Render(OutputFormat format, const plot::TerminalOptions& terminal) const;
  nlohmann::json ToJson() const;
  // Pages that stand alone.
  std::string ToSvg() const;
  std::string ToHtml() const;

 private:
  std::string ToPage(const plot::TerminalOptions& terminal) const;
  std::string Occasion() const;
  std::string Headline() const;
  std::string WeightsText() const;
  std::string ComparisonText() const;
  Table StepTable() const;
  Table LimitTable() const;
};

// Latency against load: median and tail, and the CPU where it was watched, over MetricsQPS a
// replica. Empty where nothing was carried.
std::vector<plot::Chart> RampCharts(const RampReport& report);

}  // namespace loadcurve
