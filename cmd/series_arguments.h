#pragma once

#include <string>

#include "adapters/series/series_file.h"
#include "base/result.h"
#include "cmd/command_line.h"

namespace loadcurve {

// How a command is told of the CSV file of a series: --series, --step, --time-column,
// --value-column, --absent. It outlives the parsing.
class SeriesArguments {
 public:
  struct Texts {
    std::string series = "CSV with a header and one row a window; - is stdin";
    std::string step = "The step of the series, verified (1m, 5m)";
    std::string value_column = "The load (default: value)";
  };

  // The option --series, which the command may require.
  CLI::Option* AddTo(CLI::App& command, const Texts& texts);

  const std::string& path() const { return path_; }
  // Empty where it was not given.
  const std::string& step() const { return step_; }
  const std::string& value_column() const { return value_column_; }

  // An empty column name is left as SeriesFormat has it.
  [[nodiscard]] Result<series::SeriesFormat> Format() const;

 private:
  std::string path_;
  std::string step_;
  std::string time_column_;
  std::string value_column_;
  std::string absent_ = "missing";
};

}  // namespace loadcurve
