#include "cmd/ready_counts.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "adapters/files/csv_rows.h"
#include "adapters/files/whole_file.h"
#include "base/time_text.h"

namespace loadcurve {
namespace {

std::optional<std::int64_t> WholeNumber(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

Duration MedianDistance(const std::vector<TimePoint>& times) {
  std::vector<Duration> distances;
  for (std::size_t i = 1; i < times.size(); ++i) distances.push_back(times[i] - times[i - 1]);
  if (distances.empty()) return Duration(0);
  std::sort(distances.begin(), distances.end());
  return distances[distances.size() / 2];
}

}  // namespace

Result<ReadyCounts> ReadyCounts::Read(const std::string& number_or_path) {
  ReadyCounts counts;
  if (const auto number = WholeNumber(number_or_path)) {
    if (*number < 1)
      return Fail(ErrorCode::kInvalidArgument,
                  "--replicas is " + number_or_path + "; expected 1 or more, or a CSV file");
    counts.always_ = Replicas(*number);
    return counts;
  }
  const auto text = files::ReadWholeFile(number_or_path);
  if (!text) return Within("--replicas", text.error());
  LC_TRY(const files::CsvRows table, files::CsvRows::Parse(*text, number_or_path));
  const auto time_column = table.ColumnOf("time");
  const auto count_column = table.ColumnOf("replicas");
  if (!time_column || !count_column)
    return Fail(ErrorCode::kInvalidArgument,
                number_or_path + ":1: expected the columns time,replicas");
  std::vector<TimePoint> times;
  for (const files::CsvRows::Row& row : table.rows()) {
    const std::string where = number_or_path + ":" + std::to_string(row.line) + ": ";
    const auto time = ParseTime(row.cells[*time_column]);
    if (!time) return Within(where + "time", time.error());
    if (!times.empty() && *time <= times.back())
      return Fail(ErrorCode::kInvalidArgument,
                  where + "time is " + row.cells[*time_column] + "; expected rising times");
    const std::string& cell = row.cells[*count_column];
    std::optional<Replicas> ready;
    if (!cell.empty()) {
      const auto number = WholeNumber(cell);
      if (!number)
        return Fail(ErrorCode::kInvalidArgument,
                    where + "replicas is '" + cell + "'; expected a whole number of 0 or more");
      ready = Replicas(*number);
    }
    counts.from_[*time] = ready;
    times.push_back(*time);
  }
  if (!times.empty()) counts.from_[times.back() + MedianDistance(times)] = std::nullopt;
  return counts;
}

std::optional<Replicas> ReadyCounts::During(TimePoint from, TimePoint to) const {
  if (always_) return always_;
  auto at = from_.upper_bound(from);
  if (at == from_.begin()) return std::nullopt;
  const std::optional<Replicas> ready = std::prev(at)->second;
  for (; at != from_.end() && at->first < to; ++at)
    if (at->second != ready) return std::nullopt;
  return ready;
}

}  // namespace loadcurve
