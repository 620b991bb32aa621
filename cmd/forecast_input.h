#pragma once

#include <string>
#include <vector>

#include "adapters/series/series_file.h"
#include "base/result.h"
#include "cmd/command_line.h"
#include "cmd/forecast_store.h"
#include "cmd/series_arguments.h"

namespace loadcurve {

// Where `forecast` and `backtest` read what is to be forecast: one series, many of a wide file, or
// a history store. It outlives the parsing.
class ForecastInput {
 public:
  // Adds --series and what goes with it, --wide, --store and what goes with it, --resample,
  // --aggregate and --weights-version.
  void AddTo(CLI::App& command);

  // Many series in one file, which holds no times.
  bool is_wide() const { return !wide_.empty(); }

  // kInvalidArgument: none or several of the three, options that do not go together, wrong input.
  [[nodiscard]] Result<std::vector<series::NamedSeries>> Read();

 private:
  [[nodiscard]] Result<series::SeriesFormat> Format() const;
  [[nodiscard]] Result<std::vector<series::NamedSeries>> ReadStored();

  SeriesArguments series_;
  std::string wide_;
  std::string resample_;
  std::string aggregate_;
  std::string weights_version_;
  ForecastStore store_;
};

}  // namespace loadcurve
