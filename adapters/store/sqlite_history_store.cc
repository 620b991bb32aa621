#include "adapters/store/sqlite_history_store.h"

#include <algorithm>
#include <filesystem>
#include <limits>

#include "adapters/store/history_schema.h"
#include "base/time_text.h"

namespace loadcurve::store {
namespace {

constexpr std::int64_t kMinutesInHour = 60;
constexpr Duration kHour = std::chrono::hours(1);

std::int64_t FloorDivide(std::int64_t value, std::int64_t divisor) {
  return value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor);
}

TimePoint StartOfHour(std::int64_t hour) {
  return TimePoint(kHour * hour);
}

std::int64_t HourOf(TimePoint time) {
  return FloorDivide(time.time_since_epoch().count(), kHour.count());
}

// The first hour that begins at `time` or later.
std::int64_t HourFrom(TimePoint time) {
  return -FloorDivide(-time.time_since_epoch().count(), kHour.count());
}

HourCells InOneWindow(const HourCells& cells) {
  HourCells whole;
  for (const auto& [key, cell] : cells) whole[{0, key.series, key.bucket}].Add(cell);
  return whole;
}

// The content of each minute that holds requests, in four bytes: FNV-1a over its cells, so
// far as they do not depend on requests of later minutes.
using MinutePrints = std::map<std::uint32_t, std::uint32_t>;

MinutePrints PrintsOf(const HourCells& cells) {
  std::map<std::uint32_t, std::uint64_t> hashes;
  for (const auto& [key, cell] : cells) {
    if (cell.count == 0) continue;
    std::uint64_t& hash = hashes.try_emplace(key.minute, 0xCBF29CE484222325U).first->second;
    for (const std::uint64_t number :
         {std::uint64_t{key.series}, std::uint64_t{key.bucket}, cell.count, cell.duration_us}) {
      for (unsigned shift = 0; shift < 64; shift += 8)
        hash = (hash ^ (number >> shift & 0xFFU)) * 0x100000001B3U;
    }
  }
  MinutePrints prints;
  for (const auto& [minute, hash] : hashes)
    prints[minute] = static_cast<std::uint32_t>(hash ^ hash >> 32U);
  return prints;
}

// Five bytes a minute: its number, then its print from the lowest byte up.
std::string Packed(const MinutePrints& prints) {
  std::string bytes;
  for (const auto& [minute, print] : prints) {
    bytes += static_cast<char>(minute);
    for (unsigned shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(print >> shift);
  }
  return bytes;
}

std::size_t SharedMinutes(const MinutePrints& prints, std::string_view packed) {
  std::size_t shared = 0;
  for (std::size_t at = 0; at + 5 <= packed.size(); at += 5) {
    std::uint32_t print = 0;
    for (unsigned i = 0; i < 4; ++i)
      print |= static_cast<std::uint32_t>(static_cast<unsigned char>(packed[at + 1 + i])) << 8 * i;
    const auto found = prints.find(static_cast<unsigned char>(packed[at]));
    if (found != prints.end() && found->second == print) ++shared;
  }
  return shared;
}

}  // namespace

Result<std::unique_ptr<SqliteHistoryStore>> SqliteHistoryStore::Open(const std::string& path,
                                                                     bool may_create) {
  LC_TRY(Database database, Database::Open(path, may_create));
  LC_TRY_VOID(PrepareSchema(database));
  return std::unique_ptr<SqliteHistoryStore>(new SqliteHistoryStore(std::move(database)));
}

// ---- writing

Result<void> SqliteHistoryStore::Append(const RequestCounts& counts) {
  LC_TRY(Transaction transaction, Transaction::Begin(database_));
  auto appended = Add(counts).and_then([&](const NewCells&) { return transaction.Commit(); });
  if (!appended) {
    workloads_.clear();
    series_.clear();
  }
  return appended;
}

Result<void> SqliteHistoryStore::Import(std::span<const ImportedCounts> files, bool again) {
  LC_TRY(Transaction transaction, Transaction::Begin(database_));
  const auto import_all = [&]() -> Result<void> {
    for (const ImportedCounts& file : files) {
      LC_TRY(const NewCells cells, Add(file.counts));
      if (!again) LC_TRY_VOID(ExpectNew(file.name, cells));
      LC_TRY_VOID(Remember(cells));
    }
    return transaction.Commit();
  };
  auto imported = import_all();
  if (!imported) {
    workloads_.clear();
    series_.clear();
  }
  return imported;
}

Result<SqliteHistoryStore::NewCells> SqliteHistoryStore::Add(const RequestCounts& counts) {
  if (counts.step() != kHistoryStep)
    return Fail(ErrorCode::kInvalidArgument, "the counts have a step of " +
                                                 ToString(counts.step()) + "; history is kept in " +
                                                 ToString(kHistoryStep));
  LC_TRY_VOID(AgreeOnBounds(counts.bounds()));
  LC_TRY(NewCells cells, Arrange(counts));
  for (const auto& [address, added] : cells) LC_TRY_VOID(AddToHour(address, added));
  return cells;
}

Result<void> SqliteHistoryStore::AgreeOnBounds(const DurationBounds& bounds) {
  LC_TRY(const std::vector<Duration> stored, StoredBounds());
  if (std::ranges::equal(stored, bounds.upper())) return {};
  if (!stored.empty())
    return Fail(ErrorCode::kInvalidArgument,
                database_.path() + ": the store holds counts by other duration bounds (" +
                    std::to_string(stored.size()) + " edges up to " + ToString(stored.back()) +
                    "); what has other bounds needs a store of its own");
  for (const Duration upper : bounds.upper()) {
    LC_TRY(const Borrowed insert, database_.Use("INSERT INTO bounds VALUES (?)"));
    LC_TRY_VOID(insert->Bind(1, upper.count()).Run());
  }
  return {};
}

Result<std::vector<Duration>> SqliteHistoryStore::StoredBounds() {
  LC_TRY(const Borrowed select, database_.Use("SELECT upper_us FROM bounds ORDER BY upper_us"));
  std::vector<Duration> bounds;
  while (true) {
    LC_TRY(const bool has_row, select->Step());
    if (!has_row) return bounds;
    bounds.emplace_back(select->Int(0));
  }
}

Result<std::optional<std::int64_t>> SqliteHistoryStore::FindWorkload(const std::string& name) {
  LC_TRY(const Borrowed select, database_.Use("SELECT number FROM workloads WHERE name = ?"));
  LC_TRY(const bool has_row, select->BindText(1, name).Step());
  if (!has_row) return std::nullopt;
  return select->Int(0);
}

Result<std::int64_t> SqliteHistoryStore::WorkloadNumber(const std::string& name) {
  if (const auto known = workloads_.find(name); known != workloads_.end()) return known->second;
  LC_TRY(std::optional<std::int64_t> number, FindWorkload(name));
  if (!number) {
    LC_TRY(const Borrowed insert, database_.Use("INSERT INTO workloads (name) VALUES (?)"));
    LC_TRY_VOID(insert->BindText(1, name).Run());
    LC_TRY(number, FindWorkload(name));
  }
  workloads_[name] = number.value();
  return *number;
}

Result<std::uint32_t> SqliteHistoryStore::SeriesNumber(const SeriesKey& key) {
  if (const auto known = series_.find(key); known != series_.end()) return known->second;
  LC_TRY(const std::int64_t workload, WorkloadNumber(key.workload));
  const auto request_class = static_cast<std::int64_t>(key.request_class);
  {
    LC_TRY(const Borrowed insert,
           database_.Use("INSERT INTO series SELECT ?1, coalesce(max(number) + 1, 0), ?2, ?3 "
                         "FROM series WHERE workload = ?1 ON CONFLICT DO NOTHING"));
    LC_TRY_VOID(insert->Bind(1, workload).BindText(2, key.route).Bind(3, request_class).Run());
  }
  LC_TRY(const Borrowed select,
         database_.Use("SELECT number FROM series WHERE workload = ? AND route = ? AND class = ?"));
  LC_TRY_VOID(select->Bind(1, workload).BindText(2, key.route).Bind(3, request_class).Step());
  const auto number = static_cast<std::uint32_t>(select->Int(0));
  series_[key] = number;
  return number;
}

Result<SqliteHistoryStore::NewCells> SqliteHistoryStore::Arrange(const RequestCounts& counts) {
  std::vector<std::int64_t> workload_of;
  std::vector<std::uint32_t> number_of;
  for (const SeriesKey& key : counts.series()) {
    LC_TRY(const std::int64_t workload, WorkloadNumber(key.workload));
    LC_TRY(const std::uint32_t number, SeriesNumber(key));
    workload_of.push_back(workload);
    number_of.push_back(number);
  }
  NewCells cells;
  counts.ForEach([&](const RequestCounts::Entry& entry) {
    const std::int64_t hour = FloorDivide(entry.window, kMinutesInHour);
    const auto minute = static_cast<std::uint32_t>(entry.window - hour * kMinutesInHour);
    cells[{workload_of[entry.series], hour}][{minute, number_of[entry.series], entry.bucket}].Add(
        entry.cell);
  });
  return cells;
}

Result<void> SqliteHistoryStore::AddToHour(const HourAddress& address, const HourCells& cells) {
  HourRow row;
  {
    LC_TRY(const Borrowed select,
           database_.Use("SELECT step_us, cells FROM hours WHERE workload = ? AND hour = ?"));
    LC_TRY(const bool has_row, select->Bind(1, address.first).Bind(2, address.second).Step());
    if (has_row) {
      LC_TRY(row, Decoded(address.second, select->Int(0), select->Bytes(1)));
    }
  }
  const bool is_thinned = row.step == kHour;
  for (const auto& [key, cell] : is_thinned ? InOneWindow(cells) : cells) row.cells[key].Add(cell);
  return WriteHour(address, row);
}

Result<void> SqliteHistoryStore::WriteHour(const HourAddress& address, const HourRow& row) {
  const std::string bytes = EncodeHour(row.cells);
  LC_TRY(const Borrowed upsert,
         database_.Use("INSERT INTO hours VALUES (?, ?, ?, ?) ON CONFLICT (workload, hour) "
                       "DO UPDATE SET step_us = excluded.step_us, cells = excluded.cells"));
  return upsert->Bind(1, address.first)
      .Bind(2, address.second)
      .Bind(3, row.step.count())
      .BindBlob(4, bytes)
      .Run();
}

tl::unexpected<Error> SqliteHistoryStore::Damaged(std::int64_t hour) const {
  return Fail(ErrorCode::kInvalidArgument,
              database_.path() + ": the history store is damaged in the hour of " +
                  ToRfc3339(StartOfHour(hour)) +
                  "; the file is left as it is. Restore a backup, or delete that hour");
}

Result<SqliteHistoryStore::HourRow> SqliteHistoryStore::Decoded(std::int64_t hour,
                                                                std::int64_t step_us,
                                                                std::string_view bytes) const {
  const Duration step(step_us);
  if (step != kHistoryStep && step != kHour) return Damaged(hour);
  auto cells = DecodeHour(bytes);
  if (!cells) return Damaged(hour);
  return HourRow{step, *std::move(cells)};
}

// ---- imports

Result<void> SqliteHistoryStore::ExpectNew(const std::string& name, const NewCells& cells) {
  std::size_t hours = 0;
  std::size_t known_hours = 0;
  std::int64_t first_known = std::numeric_limits<std::int64_t>::max();
  for (const auto& [address, added] : cells) {
    const MinutePrints prints = PrintsOf(added);
    if (prints.empty()) continue;
    ++hours;
    LC_TRY(const Borrowed select,
           database_.Use("SELECT minutes FROM imports WHERE workload = ? AND hour = ?"));
    select->Bind(1, address.first).Bind(2, address.second);
    bool is_known = false;
    while (true) {
      LC_TRY(const bool has_row, select->Step());
      if (!has_row) break;
      const std::string_view packed = select->Bytes(0);
      if (SharedMinutes(prints, packed) * 2 > packed.size() / 5) is_known = true;
    }
    if (!is_known) continue;
    ++known_hours;
    first_known = std::min(first_known, address.second);
  }
  if (known_hours == 0) return {};
  return Fail(ErrorCode::kInvalidArgument,
              name + ": " + std::to_string(known_hours) + " of " + std::to_string(hours) +
                  " hours of a workload were imported before with the same requests, the first "
                  "at " +
                  ToRfc3339(StartOfHour(first_known)) +
                  "; to count them once more all the same, use --again");
}

Result<void> SqliteHistoryStore::Remember(const NewCells& cells) {
  for (const auto& [address, added] : cells) {
    const std::string packed = Packed(PrintsOf(added));
    if (packed.empty()) continue;
    LC_TRY(const Borrowed insert, database_.Use("INSERT INTO imports VALUES (?, ?, ?)"));
    LC_TRY_VOID(insert->Bind(1, address.first).Bind(2, address.second).BindBlob(3, packed).Run());
  }
  return {};
}

// ---- reading

Result<std::vector<SeriesKey>> SqliteHistoryStore::SeriesOf(std::int64_t workload,
                                                            const std::string& name) {
  LC_TRY(const Borrowed select,
         database_.Use("SELECT route, class FROM series WHERE workload = ? ORDER BY number"));
  select->Bind(1, workload);
  std::vector<SeriesKey> keys;
  while (true) {
    LC_TRY(const bool has_row, select->Step());
    if (!has_row) return keys;
    keys.push_back(
        {name, std::string(select->Bytes(0)), static_cast<RequestClass>(select->Int(1))});
  }
}

Result<RequestCounts> SqliteHistoryStore::Load(const std::string& workload, TimePoint since,
                                               TimePoint until, Duration step) {
  if (step < kHistoryStep || step % kHistoryStep != Duration(0))
    return Fail(ErrorCode::kInvalidArgument, "history was asked for in steps of " + ToString(step) +
                                                 "; expected a whole multiple of " +
                                                 ToString(kHistoryStep));
  LC_TRY(std::vector<Duration> upper, StoredBounds());
  if (upper.empty()) return RequestCounts::Make(DurationBounds::Default(), step);
  LC_TRY(DurationBounds bounds, DurationBounds::Make(std::move(upper)));
  LC_TRY(RequestCounts counts, RequestCounts::Make(std::move(bounds), step));
  LC_TRY(const std::optional<std::int64_t> number, FindWorkload(workload));
  if (!number) return counts;

  LC_TRY(const std::vector<SeriesKey> keys, SeriesOf(*number, workload));
  for (const SeriesKey& key : keys) counts.Intern(key.workload, key.route, key.request_class);
  LC_TRY(const Borrowed select,
         database_.Use("SELECT hour, step_us, cells FROM hours WHERE workload = ? AND hour >= ? "
                       "AND hour < ? ORDER BY hour"));
  select->Bind(1, *number).Bind(2, HourOf(since)).Bind(3, HourFrom(until));
  while (true) {
    LC_TRY(const bool has_row, select->Step());
    if (!has_row) return counts;
    const std::int64_t hour = select->Int(0);
    LC_TRY(const HourRow row, Decoded(hour, select->Int(1), select->Bytes(2)));
    if (step % row.step != Duration(0))
      return Fail(ErrorCode::kInvalidArgument,
                  "the history of '" + workload + "' at " + ToRfc3339(StartOfHour(hour)) +
                      " is kept by the hour only; ask for a step of whole hours, or for a later "
                      "time");
    for (const auto& [key, cell] : row.cells) {
      const TimePoint start = StartOfHour(hour) + kHistoryStep * key.minute;
      if (start < since || start >= until) continue;
      if (key.series >= keys.size() || key.bucket >= counts.bounds().bucket_count())
        return Damaged(hour);
      counts.AddCell(counts.WindowOf(start), key.series, key.bucket, cell);
    }
  }
}

Result<std::vector<StoredWorkload>> SqliteHistoryStore::Workloads() {
  LC_TRY(const Borrowed select,
         database_.Use("SELECT name, min(hour), max(hour), count(*), sum(length(cells)) FROM hours "
                       "JOIN workloads ON workloads.number = hours.workload "
                       "GROUP BY name ORDER BY name"));
  std::vector<StoredWorkload> workloads;
  while (true) {
    LC_TRY(const bool has_row, select->Step());
    if (!has_row) return workloads;
    workloads.push_back({std::string(select->Bytes(0)), StartOfHour(select->Int(1)),
                         StartOfHour(select->Int(2) + 1), select->Int(3), select->Int(4)});
  }
}

Bytes SqliteHistoryStore::Size() const {
  std::int64_t bytes = 0;
  for (const char* suffix : {"", "-wal"}) {
    std::error_code absent;
    const auto size = std::filesystem::file_size(database_.path() + suffix, absent);
    if (!absent) bytes += static_cast<std::int64_t>(size);
  }
  return Bytes(bytes);
}

// ---- retention

Result<Thinning> SqliteHistoryStore::Thin(const HistoryRetention& retention, TimePoint now) {
  LC_TRY(Transaction transaction, Transaction::Begin(database_));
  Thinning done;
  // An hour ends before a time when the next one starts before it.
  LC_TRY(done.hours_forgotten, Forget(HourFrom(retention.HoursSince(now)) - 1));
  LC_TRY(done.hours_thinned, Collapse(HourFrom(retention.MinutesSince(now)) - 1));
  LC_TRY_VOID(transaction.Commit());
  return done;
}

Result<std::int64_t> SqliteHistoryStore::Forget(std::int64_t before_hour) {
  LC_TRY(const Borrowed count, database_.Use("SELECT count(*) FROM hours WHERE hour < ?"));
  LC_TRY_VOID(count->Bind(1, before_hour).Step());
  const std::int64_t forgotten = count->Int(0);
  for (const char* table : {"hours", "imports"}) {
    LC_TRY(const Borrowed remove,
           database_.Use("DELETE FROM " + std::string(table) + " WHERE hour < ?"));
    LC_TRY_VOID(remove->Bind(1, before_hour).Run());
  }
  return forgotten;
}

Result<std::int64_t> SqliteHistoryStore::Collapse(std::int64_t before_hour) {
  std::vector<HourAddress> addresses;
  {
    LC_TRY(const Borrowed select,
           database_.Use("SELECT workload, hour FROM hours WHERE hour < ? AND step_us = ?"));
    select->Bind(1, before_hour).Bind(2, kHistoryStep.count());
    while (true) {
      LC_TRY(const bool has_row, select->Step());
      if (!has_row) break;
      addresses.emplace_back(select->Int(0), select->Int(1));
    }
  }
  for (const HourAddress& address : addresses) {
    HourRow row;
    {
      LC_TRY(const Borrowed select,
             database_.Use("SELECT step_us, cells FROM hours WHERE workload = ? AND hour = ?"));
      LC_TRY_VOID(select->Bind(1, address.first).Bind(2, address.second).Step());
      LC_TRY(row, Decoded(address.second, select->Int(0), select->Bytes(1)));
    }
    LC_TRY_VOID(WriteHour(address, {kHour, InOneWindow(row.cells)}));
  }
  return static_cast<std::int64_t>(addresses.size());
}

}  // namespace loadcurve::store
