#include "adapters/series/series_file.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "adapters/files/csv_reader.h"
#include "adapters/files/whole_file.h"
#include "base/time_text.h"

namespace loadcurve::series {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view kWeightsColumn = "weights_version";
// 19 years of minutes. A longer gap is a wrong time rather than a gap.
constexpr std::int64_t kMostSteps = 10'000'000;

struct Row {
  TimePoint time;
  double value = kMissing;
  std::string where;
};

tl::unexpected<Error> Wrong(const std::string& where, std::string_view column,
                            std::string_view found, std::string_view expected) {
  std::string shown(found.substr(0, 60));
  if (shown.size() < found.size()) shown += "...";
  return Fail(ErrorCode::kInvalidArgument, where + ": " + std::string(column) + " is '" + shown +
                                               "'; expected " + std::string(expected));
}

std::string_view Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Result<double> ParseValue(std::string_view cell, const std::string& where,
                          std::string_view column) {
  const std::string_view text = Trimmed(cell);
  if (text.empty()) return kMissing;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) ||
      value < 0)
    return Wrong(where, column, cell, "a finite number >= 0, or nothing where it is missing");
  return value;
}

Result<std::size_t> ColumnOf(const std::vector<std::string>& header, std::string_view name,
                             const std::string& where) {
  std::string found;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (Trimmed(header[i]) == name) return i;
    found += (i == 0 ? "" : ", ") + header[i];
  }
  return Wrong(where, "the header", found, "a column named '" + std::string(name) + "'");
}

// Where the columns are that matter.
struct Columns {
  std::size_t time = 0;
  std::size_t value = 0;
  std::optional<std::size_t> weights_version;
};

Result<Columns> FindColumns(files::CsvReader& rows, const SeriesFormat& format) {
  LC_TRY(const auto* header, rows.Next());
  if (header->empty())
    return Fail(ErrorCode::kInvalidArgument,
                rows.Where() + ": the file is empty; expected a header with the columns '" +
                    format.time_column + "' and '" + format.value_column + "'");
  Columns columns;
  LC_TRY(columns.time, ColumnOf(*header, format.time_column, rows.Where()));
  LC_TRY(columns.value, ColumnOf(*header, format.value_column, rows.Where()));
  if (const auto index = ColumnOf(*header, kWeightsColumn, rows.Where()))
    columns.weights_version = *index;
  return columns;
}

// The scale must be one and the same in all rows that name it.
Result<void> AgreeOn(std::string& version, const std::string& found, const std::string& where) {
  if (found.empty() || found == version) return {};
  if (!version.empty())
    return Wrong(where, kWeightsColumn, found,
                 "'" + version + "': loads measured with different weights do not mix");
  version = found;
  return {};
}

Result<std::vector<Row>> ReadRows(files::CsvReader& rows, const Columns& columns,
                                  const SeriesFormat& format, std::string& weights_version) {
  std::vector<Row> result;
  while (true) {
    LC_TRY(const auto* cells, rows.Next());
    if (cells->empty()) return result;
    Row row;
    row.where = rows.Where();
    const std::size_t needed = std::max(columns.time, columns.value) + 1;
    if (cells->size() < needed)
      return Wrong(row.where, "the number of cells", std::to_string(cells->size()),
                   "at least " + std::to_string(needed) + ", as in the header");
    const auto time = ParseTime(Trimmed((*cells)[columns.time]));
    if (!time)
      return Fail(ErrorCode::kInvalidArgument,
                  row.where + ": " + format.time_column + ": " + time.error().message);
    row.time = *time;
    LC_TRY(row.value, ParseValue((*cells)[columns.value], row.where, format.value_column));
    if (columns.weights_version && *columns.weights_version < cells->size())
      LC_TRY_VOID(AgreeOn(weights_version, (*cells)[*columns.weights_version], row.where));
    if (!result.empty() && row.time == result.back().time)
      return Wrong(row.where, format.time_column, (*cells)[columns.time],
                   "a later time than in the row before, which has the same");
    if (!result.empty() && row.time < result.back().time)
      return Wrong(row.where, format.time_column, (*cells)[columns.time],
                   "a later time than in the row before, " + ToRfc3339(result.back().time));
    result.push_back(std::move(row));
  }
}

Result<Duration> StepOf(const std::vector<Row>& rows, const SeriesFormat& format,
                        std::string_view file_name) {
  if (format.step) return *format.step;
  Duration step = Duration::max();
  for (std::size_t i = 1; i < rows.size(); ++i)
    step = std::min(step, rows[i].time - rows[i - 1].time);
  if (step == Duration::max())
    return Fail(ErrorCode::kInvalidArgument,
                std::string(file_name) + ": one row does not show the step; give it with --step");
  return step;
}

Result<std::vector<double>> SpreadEvenly(const std::vector<Row>& rows, Duration step,
                                         const SeriesFormat& format) {
  std::vector<double> values;
  for (const Row& row : rows) {
    const Duration since_start = row.time - rows.front().time;
    if (since_start % step != Duration(0))
      return Wrong(row.where, format.time_column, ToRfc3339(row.time),
                   "a whole number of steps of " + ToString(step) + " after the first row, " +
                       ToRfc3339(rows.front().time));
    if (since_start / step >= kMostSteps)
      return Wrong(row.where, format.time_column, ToRfc3339(row.time),
                   "a time within " + std::to_string(kMostSteps) + " steps of the first row");
    values.resize(static_cast<std::size_t>(since_start / step),
                  format.absent_is_zero ? 0 : kMissing);
    values.push_back(row.value);
  }
  return values;
}

bool AreAllMissing(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return std::isnan(value); });
}

}  // namespace

Result<LoadSeries> ParseSeries(std::string_view text, std::string_view file_name,
                               const SeriesFormat& format) {
  files::CsvReader csv(text, file_name);
  LC_TRY(const Columns columns, FindColumns(csv, format));
  std::string weights_version = format.weights_version;
  LC_TRY(const auto rows, ReadRows(csv, columns, format, weights_version));
  if (rows.empty())
    return Fail(ErrorCode::kInvalidArgument,
                std::string(file_name) + ": there is no row after the header");
  LC_TRY(const Duration step, StepOf(rows, format, file_name));
  LC_TRY(auto values, SpreadEvenly(rows, step, format));
  if (AreAllMissing(values))
    return Fail(ErrorCode::kInvalidArgument,
                rows.front().where + ": " + format.value_column +
                    " is empty in this and all later rows; expected at least one number");
  LC_TRY(auto series,
         LoadSeries::Make(rows.front().time, step, std::move(values), weights_version));
  if (!format.resample) return series;
  auto resampled = Resample(series, *format.resample, format.aggregate);
  if (!resampled) return Within(file_name, resampled.error());
  return resampled;
}

Result<std::vector<NamedSeries>> ParseWideSeries(std::string_view text, std::string_view file_name,
                                                 Duration step) {
  files::CsvReader csv(text, file_name);
  LC_TRY(const auto* header, csv.Next());
  if (header->empty())
    return Fail(ErrorCode::kInvalidArgument,
                csv.Where() + ": the file is empty; expected a header, then one series a row");
  std::vector<NamedSeries> all;
  std::set<std::string> ids;
  while (true) {
    LC_TRY(const auto* cells, csv.Next());
    if (cells->empty()) break;
    const std::string& id = cells->front();
    if (id.empty() || !ids.insert(id).second)
      return Wrong(csv.Where(), "the id in column 1", id, "a name that no other row has");
    std::vector<double> values;
    for (std::size_t i = 1; i < cells->size(); ++i) {
      LC_TRY(const double value,
             ParseValue((*cells)[i], csv.Where(), "column " + std::to_string(i + 1)));
      values.push_back(value);
    }
    while (!values.empty() && std::isnan(values.back())) values.pop_back();
    if (values.empty())
      return Fail(ErrorCode::kInvalidArgument,
                  csv.Where() + ": series '" + id + "' has no value; expected at least one");
    LC_TRY(auto series, LoadSeries::Make(TimePoint(), step, std::move(values)));
    all.push_back({id, std::move(series)});
  }
  if (all.empty())
    return Fail(ErrorCode::kInvalidArgument,
                std::string(file_name) + ": there is no row after the header");
  return all;
}

Result<LoadSeries> ReadSeries(const std::string& path, const SeriesFormat& format) {
  LC_TRY(const std::string text, files::ReadWholeFile(path));
  return ParseSeries(text, path, format);
}

Result<std::vector<NamedSeries>> ReadWideSeries(const std::string& path, Duration step) {
  LC_TRY(const std::string text, files::ReadWholeFile(path));
  return ParseWideSeries(text, path, step);
}

}  // namespace loadcurve::series
