#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "metrics/load_series.h"
#include "metrics/resample.h"

namespace loadcurve::series {

// How a CSV file holds a series: a header, then one row per window.
struct SeriesFormat {
  std::string time_column = "time";    // the start of the window, as base/time_text.h reads it
  std::string value_column = "value";  // a number >= 0; empty: missing
  // The series' own step; absent: the smallest difference between two rows. Every
  // difference must be a whole multiple of it.
  std::optional<Duration> step;
  // Rows left out are windows without load, not gaps.
  bool absent_is_zero = false;
  // A longer step to bring the series to.
  std::optional<Duration> resample;
  Aggregate aggregate = Aggregate::kMean;
  // The scale of the values. A column `weights_version` in the file, where there is one,
  // must agree with it, and all rows with one another.
  std::string weights_version;
};

// One row of a wide file.
struct NamedSeries {
  std::string id;
  LoadSeries series;  // starts at 1970: a wide file has no times
};

// kInvalidArgument: the message names the file, the line, the column, what was found there
// and what was expected. `file_name` is only for messages.
[[nodiscard]] Result<LoadSeries> ParseSeries(std::string_view text, std::string_view file_name,
                                             const SeriesFormat& format);

// The layout of the M4 competition: a header, then one series a row, its id first; blanks
// at the end pad short rows, blanks inside are missing.
[[nodiscard]] Result<std::vector<NamedSeries>> ParseWideSeries(std::string_view text,
                                                               std::string_view file_name,
                                                               Duration step);

// The same from a file, plain or compressed; "-" is standard input.
[[nodiscard]] Result<LoadSeries> ReadSeries(const std::string& path, const SeriesFormat& format);
[[nodiscard]] Result<std::vector<NamedSeries>> ReadWideSeries(const std::string& path,
                                                              Duration step);

}  // namespace loadcurve::series
