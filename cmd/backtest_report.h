#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "adapters/series/series_file.h"
#include "cmd/output.h"
#include "forecaster/rolling_backtest.h"

namespace loadcurve {

// What a backtest found: series and their records in the same order.
struct BacktestOutcome {
  std::vector<series::NamedSeries> series;
  std::vector<SeriesRecord> records;
  RollingOptions options;
  bool is_wide = false;
};

// What a model came to, over all series, by how many origins.
std::map<ModelKind, std::size_t> UsedBy(const BacktestOutcome& outcome, std::size_t model);

// The means over all series of one model's metrics; what is unknown of a series counts for nothing.
ForecastMetrics MeanOver(const BacktestOutcome& outcome, std::size_t model);

// The same over the steps [first, last) ahead.
ForecastMetrics MeanAhead(const BacktestOutcome& outcome, std::size_t model, std::size_t first,
                          std::size_t last);

std::string RenderBacktest(const BacktestOutcome& outcome, OutputFormat output);

// A picture of the losses and of the coverage by steps ahead, one line a model; of one series too
// what was foretold and what came, at the origin of the middle loss and at the worst.
std::string BacktestPicture(const BacktestOutcome& outcome);

}  // namespace loadcurve
