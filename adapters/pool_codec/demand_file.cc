#include "adapters/pool_codec/demand_file.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "adapters/files/csv_rows.h"
#include "adapters/files/whole_file.h"
#include "adapters/profile_codec/quantity_text.h"
#include "base/time_text.h"

namespace loadcurve::pool_codec {
namespace {

using capacity::PodGroup;
using capacity::ReplicaQuantiles;

using profile_codec::NumberIn;

class DemandReader {
 public:
  DemandReader(const files::CsvRows& rows, std::string file_name, std::span<const PodGroup> pods)
      : rows_(rows), file_name_(std::move(file_name)), pods_(pods) {}

  Result<DemandFile> Read() {
    LC_TRY_VOID(ReadHeader());
    for (const auto& row : rows_.rows()) LC_TRY_VOID(ReadRow(row));
    if (demand_.paths.empty())
      return Fail(ErrorCode::kInvalidArgument,
                  file_name_ + ": no rows; expected replicas of a workload");
    return std::move(demand_);
  }

 private:
  using Row = files::CsvRows::Row;

  tl::unexpected<Error> Refused(const Row& row, std::size_t column, const std::string& expected) {
    return Fail(ErrorCode::kInvalidArgument, file_name_ + ":" + std::to_string(row.line) + ": " +
                                                 rows_.header()[column] + " is '" +
                                                 row.cells[column] + "'; expected " + expected);
  }

  Result<void> ReadHeader() {
    for (std::size_t i = 0; i < rows_.header().size(); ++i) {
      const std::string& name = rows_.header()[i];
      if (name == "time") time_ = i;
      if (name == "workload") workload_ = i;
      if (name == "replicas") {
        levels_.push_back(i);
        demand_.levels.push_back(0.5);
      }
      if (!name.starts_with("q")) continue;
      const auto level = NumberIn(std::string_view(name).substr(1));
      const double before = demand_.levels.empty() ? 0 : demand_.levels.back();
      if (!level || !(*level > before && *level < 1))
        return Fail(ErrorCode::kInvalidArgument,
                    file_name_ + ":1: column '" + name +
                        "'; expected quantiles that rise within (0, 1), as q0.5, q0.95");
      levels_.push_back(i);
      demand_.levels.push_back(*level);
    }
    if (!time_ || !workload_ || levels_.empty())
      return Fail(ErrorCode::kInvalidArgument,
                  file_name_ +
                      ":1: expected the columns time, workload, and replicas or quantiles "
                      "as q0.5, q0.95");
    return {};
  }

  Result<void> ReadRow(const Row& row) {
    const auto time = ParseTime(row.cells[*time_]);
    if (!time) return Refused(row, *time_, "a time, as in 2026-10-10T13:55:36Z");
    const auto pods = std::ranges::find(pods_, row.cells[*workload_], &PodGroup::name);
    if (pods == pods_.end()) return Refused(row, *workload_, "one of the pools file's workloads");
    std::vector<double> replicas;
    for (const std::size_t column : levels_) {
      const auto value = NumberIn(row.cells[column]);
      if (!value || *value < 0) return Refused(row, column, "a number >= 0");
      if (!replicas.empty() && *value < replicas.back())
        return Refused(row, column, "at least what the quantile before it has");
      replicas.push_back(*value);
    }
    ReplicaQuantiles& path = PathOf(*pods);
    if (!path.times.empty() && *time <= path.times.back())
      return Refused(row, *time_, "a time after " + ToRfc3339(path.times.back()));
    path.times.push_back(*time);
    path.rows.push_back(std::move(replicas));
    return {};
  }

  ReplicaQuantiles& PathOf(const PodGroup& pods) {
    for (ReplicaQuantiles& path : demand_.paths)
      if (path.pods.name() == pods.name()) return path;
    return demand_.paths.emplace_back(ReplicaQuantiles{pods, {}, {}});
  }

  const files::CsvRows& rows_;
  std::string file_name_;
  std::span<const PodGroup> pods_;
  std::optional<std::size_t> time_;
  std::optional<std::size_t> workload_;
  std::vector<std::size_t> levels_;
  DemandFile demand_;
};

}  // namespace

Result<DemandFile> ParseDemand(std::string_view text, const std::string& file_name,
                               std::span<const PodGroup> pods) {
  LC_TRY(const auto rows, files::CsvRows::Parse(text, file_name));
  return DemandReader(rows, file_name, pods).Read();
}

Result<DemandFile> ReadDemand(const std::string& path, std::span<const PodGroup> pods) {
  LC_TRY(const std::string text, files::ReadWholeFile(path));
  return ParseDemand(text, path, pods);
}

}  // namespace loadcurve::pool_codec
