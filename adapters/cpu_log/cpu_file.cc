#include "adapters/cpu_log/cpu_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "adapters/files/csv_rows.h"
#include "adapters/files/whole_file.h"
#include "base/time_text.h"

namespace loadcurve::cpu_log {
namespace {

using files::CsvRows;

// Containers that serve the platform, not the workload.
constexpr std::array<std::string_view, 7> kSidecars = {
    "istio-proxy", "istio-init", "envoy", "linkerd-proxy", "linkerd-init", "POD", "pause"};

struct Columns {
  std::size_t time = 0;
  std::size_t cpu = 0;
  std::optional<std::size_t> workload;
  std::optional<std::size_t> container;
  std::optional<std::size_t> throttled;
};

struct Usage {
  double cores = 0;
  bool is_throttled = false;
};

using UsageByTime = std::map<TimePoint, Usage>;

Result<std::size_t> Require(const CsvRows& table, std::string_view column,
                            const std::string& name) {
  if (const auto found = table.ColumnOf(column)) return *found;
  std::string present;
  for (const std::string& header : table.header())
    present += (present.empty() ? "" : ", ") + header;
  return Fail(ErrorCode::kInvalidArgument, name + ":1: no column '" + std::string(column) +
                                               "'; found " + present +
                                               "; expected time,cpu_cores[,workload]");
}

Result<Columns> ColumnsOf(const CsvRows& table, const std::string& name) {
  LC_TRY(const std::size_t time, Require(table, "time", name));
  LC_TRY(const std::size_t cpu, Require(table, "cpu_cores", name));
  return Columns{time, cpu, table.ColumnOf("workload"), table.ColumnOf("container"),
                 table.ColumnOf("throttled_seconds")};
}

Result<double> NumberOf(const std::string& text, const std::string& where) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number) ||
      number < 0)
    return Fail(ErrorCode::kInvalidArgument,
                where + " is '" + text + "'; expected a number of 0 or more");
  return number;
}

std::string CellOf(const CsvRows::Row& row, std::optional<std::size_t> column) {
  return column ? row.cells[*column] : "";
}

bool IsSidecar(const std::string& container) {
  return std::find(kSidecars.begin(), kSidecars.end(), container) != kSidecars.end();
}

Duration TypicalStep(const UsageByTime& usage) {
  std::vector<Duration> steps;
  for (auto next = std::next(usage.begin()); next != usage.end(); ++next)
    steps.push_back(next->first - std::prev(next)->first);
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return *middle;
}

std::vector<CpuSample> SamplesOf(const UsageByTime& usage) {
  if (usage.size() < 2) return {};
  const Duration step = TypicalStep(usage);
  std::vector<CpuSample> samples;
  TimePoint previous = usage.begin()->first - step;
  for (const auto& [time, used] : usage) {
    const bool is_after_hole = time - previous > step + step / 2;
    samples.push_back(
        {is_after_hole ? time - step : previous, time, CpuCores(used.cores), used.is_throttled});
    previous = time;
  }
  return samples;
}

}  // namespace

Result<CpuByWorkload> ParseCpu(std::string_view text, const std::string& name) {
  LC_TRY(const CsvRows table, CsvRows::Parse(text, name));
  LC_TRY(const Columns columns, ColumnsOf(table, name));
  std::map<std::string, UsageByTime> usage;
  std::set<std::tuple<std::string, std::string, TimePoint>> seen;
  for (const CsvRows::Row& row : table.rows()) {
    const std::string where = name + ":" + std::to_string(row.line) + ": ";
    const auto time = ParseTime(row.cells[columns.time]);
    if (!time) return Within(where + "time", time.error());
    if (row.cells[columns.cpu].empty()) continue;
    LC_TRY(const double cores, NumberOf(row.cells[columns.cpu], where + "cpu_cores"));
    const std::string throttled_text = CellOf(row, columns.throttled);
    double throttled = 0;
    if (!throttled_text.empty()) {
      LC_TRY(throttled, NumberOf(throttled_text, where + "throttled_seconds"));
    }
    std::string workload = CellOf(row, columns.workload);
    const std::string container = CellOf(row, columns.container);
    if (!seen.emplace(workload, container, *time).second)
      return Fail(ErrorCode::kInvalidArgument, where + "time " + row.cells[columns.time] +
                                                   " of workload '" + workload +
                                                   "' is there twice; expected one row for each");
    if (IsSidecar(container)) continue;
    Usage& used = usage[std::move(workload)][*time];
    used.cores += cores;
    used.is_throttled = used.is_throttled || throttled > 0;
  }
  CpuByWorkload cpu;
  for (const auto& [workload, by_time] : usage) cpu[workload] = SamplesOf(by_time);
  return cpu;
}

Result<CpuByWorkload> ReadCpu(const std::string& path) {
  LC_TRY(const std::string text, files::ReadWholeFile(path));
  return ParseCpu(text, path);
}

}  // namespace loadcurve::cpu_log
