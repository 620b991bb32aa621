#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "adapters/store/hour_codec.h"
#include "adapters/store/sqlite.h"
#include "metrics/history_retention.h"
#include "metrics/history_store.h"

namespace loadcurve::store {

// Counts that come from a file, and what people call it.
struct ImportedCounts {
  std::string name;
  RequestCounts counts;
};

// What Thin did.
struct Thinning {
  std::int64_t hours_thinned = 0;
  std::int64_t hours_forgotten = 0;
};

// History in one SQLite file: a compressed row for each workload and hour.
//
// Safe against the death of the program at any instruction and against loss of power (WAL,
// synced at each append), a full disk and other writers on the same machine, which wait for
// each other. A file that is no store, is damaged or was written by a newer version is
// refused and left as it is; one of an older version is upgraded when it is opened.
//
// Not thread-safe. SQLite needs a local disk: not NFS.
class SqliteHistoryStore final : public HistoryStore {
 public:
  // Creates the file where it is absent and `may_create`; else that is kNotFound.
  [[nodiscard]] static Result<std::unique_ptr<SqliteHistoryStore>> Open(const std::string& path,
                                                                        bool may_create);

  [[nodiscard]] Result<void> Append(const RequestCounts& counts) override;
  [[nodiscard]] Result<RequestCounts> Load(const std::string& workload, TimePoint since,
                                           TimePoint until, Duration step = kHistoryStep) override;
  [[nodiscard]] Result<std::vector<StoredWorkload>> Workloads() override;

  // Appends what files hold, all or nothing, and remembers it by content. An hour in which
  // more than half of the minutes were imported before, exactly so, is kInvalidArgument
  // unless `again`: the same log twice, or a log that has grown since, would count double.
  // Logs of other replicas for the same time differ, and add up.
  [[nodiscard]] Result<void> Import(std::span<const ImportedCounts> files, bool again);

  // Applies the retention as of `now`.
  [[nodiscard]] Result<Thinning> Thin(const HistoryRetention& retention, TimePoint now);

  // Bytes of the file and its journal.
  Bytes Size() const;

 private:
  // The cells of one workload in one hour, by the minute, or one window for all of it.
  struct HourRow {
    Duration step = kHistoryStep;
    HourCells cells;
  };
  using HourAddress = std::pair<std::int64_t, std::int64_t>;  // workload, hour since 1970
  using NewCells = std::map<HourAddress, HourCells>;

  explicit SqliteHistoryStore(Database database) : database_(std::move(database)) {}

  [[nodiscard]] Result<NewCells> Add(const RequestCounts& counts);
  [[nodiscard]] Result<void> AgreeOnBounds(const DurationBounds& bounds);
  [[nodiscard]] Result<std::vector<Duration>> StoredBounds();
  [[nodiscard]] Result<std::optional<std::int64_t>> FindWorkload(const std::string& name);
  [[nodiscard]] Result<std::int64_t> WorkloadNumber(const std::string& name);
  [[nodiscard]] Result<std::uint32_t> SeriesNumber(const SeriesKey& key);
  [[nodiscard]] Result<std::vector<SeriesKey>> SeriesOf(std::int64_t workload,
                                                        const std::string& name);
  [[nodiscard]] Result<NewCells> Arrange(const RequestCounts& counts);
  [[nodiscard]] Result<void> AddToHour(const HourAddress& address, const HourCells& cells);
  [[nodiscard]] Result<void> WriteHour(const HourAddress& address, const HourRow& row);
  tl::unexpected<Error> Damaged(std::int64_t hour) const;
  [[nodiscard]] Result<HourRow> Decoded(std::int64_t hour, std::int64_t step_us,
                                        std::string_view bytes) const;
  [[nodiscard]] Result<void> ExpectNew(const std::string& name, const NewCells& cells);
  [[nodiscard]] Result<void> Remember(const NewCells& cells);
  [[nodiscard]] Result<std::int64_t> Collapse(std::int64_t before_hour);
  [[nodiscard]] Result<std::int64_t> Forget(std::int64_t before_hour);

  Database database_;
  // Numbers as the file has them; emptied when a transaction is undone.
  std::map<std::string, std::int64_t> workloads_;
  std::map<SeriesKey, std::uint32_t> series_;
};

}  // namespace loadcurve::store
