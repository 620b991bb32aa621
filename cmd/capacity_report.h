#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "adapters/plot/chart.h"
#include "adapters/plot/terminal_plot.h"
#include "cmd/capacity_profile.h"
#include "cmd/output.h"
#include "metrics/calibration.h"
#include "metrics/capacity/production_capacity.h"

namespace loadcurve {

// What is told of a capacity that was estimated from production.
struct ProductionReport {
  const ProductionCapacity& found;
  // Where its weights come from.
  const WorkloadCalibration& calibration;
  ReplicaLimits limits{};
  double quantile = 0.95;
  std::string source{};                            // of the requests
  std::map<std::string, std::int64_t> excluded{};  // windows, by reason
  std::optional<ProfileComparison> comparison{};

  std::string Render(OutputFormat format, const plot::TerminalOptions& terminal) const;
  nlohmann::json ToJson() const;
  // A picture that stands alone.
  std::string ToSvg() const;

 private:
  std::string ToPage(const plot::TerminalOptions& terminal) const;
  std::string Headline() const;
  std::string SeenText() const;
  std::string ComparisonText() const;
  Table OutlookTable() const;
  Table LevelTable() const;
};

// Latency and CPU against MetricsQPS of one replica: what was seen, up to a divider, the curves
// that go on from there, and as a band the interval of the estimate. Empty where nothing was seen.
std::vector<plot::Chart> CapacityCharts(const ProductionReport& report);

}  // namespace loadcurve
