#include "adapters/store/sqlite_history_store.h"

#include <algorithm>
#include <filesystem>

#include "adapters/store/history_schema.h"
#include "base/time_text.h"

namespace loadcurve::store {

Result<std::unique_ptr<SqliteHistoryStore>> SqliteHistoryStore::Open(const std::string& path,
                                                                     bool may_create) {
  LC_TRY(Database database, Database::Open(path, may_create));
  LC_TRY_VOID(PrepareSchema(database));
  return std::unique_ptr<SqliteHistoryStore>(new SqliteHistoryStore(std::move(database)));
}

// ---- writing

Result<void> SqliteHistoryStore::InTransaction(const std::function<Result<void>()>& write) {
  LC_TRY(Transaction transaction, Transaction::Begin(database_));
  auto written = write().and_then([&] { return transaction.Commit(); });
  if (!written) {
    workloads_.clear();
    series_.clear();
  }
  return written;
}

Result<void> SqliteHistoryStore::Record(const std::vector<MeasuredWorkload>& workloads) {
  return InTransaction([&]() -> Result<void> {
    for (const MeasuredWorkload& workload : workloads) LC_TRY_VOID(RecordOne(workload));
    return {};
  });
}

Result<void> SqliteHistoryStore::RecordOne(const MeasuredWorkload& workload) {
  const RequestCounts& counts = workload.measured.counts;
  const Duration step = counts.step();
  if (!IsKeptStep(step))
    return Fail(ErrorCode::kInvalidArgument, "'" + workload.name + "' has a step of " +
                                                 ToString(step) +
                                                 "; history is kept in steps that divide an hour");
  LC_TRY_VOID(AgreeOnBounds(counts.bounds()));
  LC_TRY(NewHours hours, Arrange(counts, workload.name));
  for (auto& [address, row] : hours)
    for (const auto& [key, cell] : row.cells) row.known[key.window] = true;
  LC_TRY(const std::int64_t number, WorkloadNumber(workload.name));
  for (const std::int64_t window : workload.measured.idle_windows) {
    const Place place = PlaceOf(counts.StartOf(window), step);
    hours.try_emplace({number, place.hour}, step).first->second.known[place.window] = true;
  }
  for (const auto& [address, measured] : hours) {
    LC_TRY(const std::vector<HourRow> rows, hours_.At(address));
    const auto same = std::ranges::find(rows, step, &HourRow::step);
    HourRow row = same == rows.end() ? HourRow(step) : *same;
    if (row.Learn(measured)) LC_TRY_VOID(hours_.Put(address, row));
  }
  return {};
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

Result<SqliteHistoryStore::NewHours> SqliteHistoryStore::Arrange(
    const RequestCounts& counts, const std::optional<std::string>& name) {
  std::vector<std::int64_t> workload_of;
  std::vector<std::uint32_t> number_of;
  for (SeriesKey key : counts.series()) {
    if (name) key.workload = *name;
    LC_TRY(const std::int64_t workload, WorkloadNumber(key.workload));
    LC_TRY(const std::uint32_t number, SeriesNumber(key));
    workload_of.push_back(workload);
    number_of.push_back(number);
  }
  NewHours hours;
  counts.ForEach([&](const RequestCounts::Entry& entry) {
    const Place place = PlaceOf(counts.StartOf(entry.window), counts.step());
    HourRow& row =
        hours.try_emplace({workload_of[entry.series], place.hour}, counts.step()).first->second;
    row.cells[{place.window, number_of[entry.series], entry.bucket}].Add(entry.cell);
  });
  return hours;
}

Result<std::vector<StoredWorkload>> SqliteHistoryStore::Workloads() {
  LC_TRY(const Borrowed select,
         database_.Use("SELECT name, min(hour), max(hour), count(DISTINCT hour), "
                       "sum(length(cells)) FROM hours "
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
  Thinning done;
  // An hour ends before a time when the next one starts before it.
  LC_TRY_VOID(InTransaction([&]() -> Result<void> {
    LC_TRY(done.hours_forgotten, hours_.Forget(HourFrom(retention.HoursSince(now)) - 1));
    LC_TRY(const std::int64_t hours, Collapse(kHour, HourFrom(retention.MinutesSince(now)) - 1));
    LC_TRY(const std::int64_t minutes,
           Collapse(kHistoryStep, HourFrom(retention.ShorterSince(now)) - 1));
    done.hours_thinned = hours + minutes;
    return {};
  }));
  return done;
}

Result<Thinning> SqliteHistoryStore::ThinUntil(TimePoint now) {
  LC_TRY(const auto workloads, Workloads());
  if (workloads.empty()) return Thinning();
  TimePoint newest = TimePoint::min();
  for (const StoredWorkload& workload : workloads) newest = std::max(newest, workload.until);
  return Thin({}, std::min(newest, now));
}

Result<std::int64_t> SqliteHistoryStore::Collapse(Duration step, std::int64_t end) {
  LC_TRY(const std::vector<HourAddress> addresses, hours_.FinerThan(step, end));
  std::int64_t collapsed = 0;
  for (const HourAddress& address : addresses) {
    LC_TRY(std::vector<HourRow> rows, hours_.At(address));
    std::erase_if(rows, [&](const HourRow& row) { return step % row.step != Duration(0); });
    if (rows.empty() || rows.back().step == step) continue;
    for (const HourRow& row : rows) LC_TRY_VOID(hours_.Remove(address, row.step));
    LC_TRY_VOID(hours_.Put(address, Combined(rows, step)));
    ++collapsed;
  }
  return collapsed;
}

}  // namespace loadcurve::store
