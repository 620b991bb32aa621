#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/result.h"
#include "cmd/command_line.h"
#include "forecaster/calendar_forecast.h"
#include "metrics/load_series.h"

namespace loadcurve {

// What a command is told of holidays, events and the clocks of a place: --calendar and --time-zone.
// It outlives the parsing.
class CalendarOption {
 public:
  void AddTo(CLI::App& command);

  // The calendar from the start of a series to `horizon` steps after it; absent where neither
  // option was given. kInvalidArgument with a wide file, which holds no times, and where the file
  // or the zone is wrong.
  [[nodiscard]] Result<std::optional<CalendarContext>> Read(const LoadSeries& series,
                                                            std::size_t horizon,
                                                            bool is_wide) const;

 private:
  std::string path_;
  std::string zone_;
};

}  // namespace loadcurve
