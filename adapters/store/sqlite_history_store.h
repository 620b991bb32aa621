#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "adapters/store/hour_table.h"
#include "adapters/store/import_prints.h"
#include "adapters/store/sqlite.h"
#include "metrics/history_retention.h"
#include "metrics/history_store.h"

namespace loadcurve::store {

// Counts that come from a file, and what people call it.
struct ImportedCounts {
  std::string name;
  RequestCounts counts;
};

// What Thin did, in hours of a workload.
struct Thinning {
  std::int64_t hours_thinned = 0;
  std::int64_t hours_forgotten = 0;
};

// History in one SQLite file: a compressed row for each workload, hour and step. Workloads that
// were recorded in several steps have several rows for an hour; what is read comes from those
// that know most, and nothing is counted twice.
//
// Safe against the death of the program at any instruction and against loss of power (WAL,
// synced at each write), a full disk and other writers on the same machine, which wait for
// each other. A file that is no store, is damaged or was written by a newer version is
// refused and left as it is; one of an older version is upgraded when it is opened.
//
// Not thread-safe. SQLite needs a local disk: not NFS.
class SqliteHistoryStore final : public HistoryStore {
 public:
  // Creates the file where it is absent and `may_create`; else that is kNotFound.
  [[nodiscard]] static Result<std::unique_ptr<SqliteHistoryStore>> Open(const std::string& path,
                                                                        bool may_create);

  [[nodiscard]] Result<void> Record(const std::vector<MeasuredWorkload>& workloads) override;
  [[nodiscard]] Result<RequestCounts> Load(const std::string& workload, TimePoint since,
                                           TimePoint until, Duration step = kHistoryStep) override;
  [[nodiscard]] Result<MeasuredRequests> Measured(const std::string& workload, TimePoint since,
                                                  TimePoint until,
                                                  Duration step = kHistoryStep) override;
  [[nodiscard]] Result<std::vector<StoredWorkload>> Workloads() override;

  // Adds what files of step kHistoryStep hold, all or nothing, and remembers it by content. An
  // hour in which more than half of the minutes were imported before, exactly so, or were
  // recorded, is kInvalidArgument unless `again`: the same log twice, a log that has grown since
  // and one that `serve` followed would count double. Logs of other replicas for the same time
  // differ, and add up.
  //
  // Minutes without requests between two of a workload are idle, where the file is not silent
  // for more than a day; the last minute of a file is known in part.
  [[nodiscard]] Result<void> Import(std::span<const ImportedCounts> files, bool again);

  // Applies the retention as of `now`.
  [[nodiscard]] Result<Thinning> Thin(const HistoryRetention& retention, TimePoint now);
  // The same, as of the newest hour in the store where that is earlier: the history of an old log
  // is not forgotten because the log is old, nor all of it because one line is of the year 2099.
  [[nodiscard]] Result<Thinning> ThinUntil(TimePoint now);

  // Bytes of the file and its journal.
  Bytes Size() const;

 private:
  using NewHours = std::map<HourAddress, HourRow>;

  explicit SqliteHistoryStore(Database database)
      : database_(std::move(database)), hours_(database_) {}

  // Does `write` in a transaction; if it fails, nothing happened.
  [[nodiscard]] Result<void> InTransaction(const std::function<Result<void>()>& write);
  [[nodiscard]] Result<void> AgreeOnBounds(const DurationBounds& bounds);
  [[nodiscard]] Result<std::vector<Duration>> StoredBounds();
  [[nodiscard]] Result<std::optional<std::int64_t>> FindWorkload(const std::string& name);
  [[nodiscard]] Result<std::int64_t> WorkloadNumber(const std::string& name);
  [[nodiscard]] Result<std::uint32_t> SeriesNumber(const SeriesKey& key);
  [[nodiscard]] Result<std::vector<SeriesKey>> SeriesOf(std::int64_t workload,
                                                        const std::string& name);
  // The cells by hour; of the one workload `name` where it is given.
  [[nodiscard]] Result<NewHours> Arrange(const RequestCounts& counts,
                                         const std::optional<std::string>& name);
  [[nodiscard]] Result<void> RecordOne(const MeasuredWorkload& workload);
  [[nodiscard]] Result<void> ImportOne(const ImportedCounts& file, bool again);
  [[nodiscard]] Result<void> AddToHour(const HourAddress& address, const HourRow& added);
  [[nodiscard]] Result<std::vector<MinutePrints>> ImportsAt(const HourAddress& address);
  [[nodiscard]] Result<bool> IsKnown(const HourAddress& address, const MinutePrints& prints);
  [[nodiscard]] Result<void> ExpectNew(const std::string& name, const NewHours& hours);
  [[nodiscard]] Result<void> RememberImport(const NewHours& hours);
  struct Reading;
  [[nodiscard]] Result<Reading> Read(const std::string& workload, TimePoint since, TimePoint until,
                                     Duration step);
  [[nodiscard]] Result<std::int64_t> Collapse(Duration step, std::int64_t end);

  Database database_;
  HourTable hours_;
  // Numbers as the file has them; emptied when a transaction is undone.
  std::map<std::string, std::int64_t> workloads_;
  std::map<SeriesKey, std::uint32_t> series_;
};

}  // namespace loadcurve::store
