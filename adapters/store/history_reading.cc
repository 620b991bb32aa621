// SqliteHistoryStore::Load and Measured.

#include <numeric>
#include <set>

#include "adapters/store/sqlite_history_store.h"
#include "base/time_text.h"

namespace loadcurve::store {

// What is kept of one workload.
struct SqliteHistoryStore::Reading {
  RequestCounts counts;
  std::set<std::int64_t> whole{};      // windows
  std::optional<std::int64_t> wide{};  // the first hour that is kept in too wide windows only
  Duration wide_step{0};
};

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

Result<SqliteHistoryStore::Reading> SqliteHistoryStore::Read(const std::string& workload,
                                                             TimePoint since, TimePoint until,
                                                             Duration step) {
  // Others may write meanwhile.
  LC_TRY(const Transaction snapshot, Transaction::BeginReading(database_));
  LC_TRY(std::vector<Duration> upper, StoredBounds());
  LC_TRY(DurationBounds bounds, upper.empty() ? Result<DurationBounds>(DurationBounds::Default())
                                              : DurationBounds::Make(std::move(upper)));
  LC_TRY(RequestCounts counts, RequestCounts::Make(std::move(bounds), step));
  Reading reading{std::move(counts)};
  LC_TRY(const std::optional<std::int64_t> number, FindWorkload(workload));
  if (!number) return reading;
  LC_TRY(const std::vector<SeriesKey> keys, SeriesOf(*number, workload));
  for (const SeriesKey& key : keys)
    reading.counts.Intern(key.workload, key.route, key.request_class);

  // Hours and windows are both made up of these.
  const Duration part(std::gcd(step.count(), kHour.count()));
  std::map<std::int64_t, Duration> known;
  const auto add = [&](std::int64_t hour, std::vector<HourRow> rows) -> Result<void> {
    const Duration widest = rows.front().step;
    std::erase_if(rows, [&](const HourRow& row) { return part % row.step != Duration(0); });
    if (rows.empty()) {
      if (!reading.wide) reading.wide_step = widest;
      if (!reading.wide) reading.wide = hour;
      return {};
    }
    const HourRow whole = Combined(rows, part);
    const auto start_of = [&](std::size_t window) {
      return StartOfHour(hour) + part * static_cast<std::int64_t>(window);
    };
    const auto is_wanted = [&](TimePoint start) { return start >= since && start < until; };
    for (const auto& [key, cell] : whole.cells) {
      if (key.series >= keys.size() || key.bucket >= reading.counts.bounds().bucket_count())
        return hours_.Damaged(hour);
      const TimePoint start = start_of(key.window);
      if (is_wanted(start))
        reading.counts.AddCell(reading.counts.WindowOf(start), key.series, key.bucket, cell);
    }
    for (std::size_t i = 0; i < whole.known.size(); ++i)
      if (whole.known[i] && is_wanted(start_of(i)))
        known[reading.counts.WindowOf(start_of(i))] += part;
    return {};
  };
  LC_TRY_VOID(hours_.ForEach(*number, HourOf(since), HourFrom(until), add));
  for (const auto& [window, so_long] : known)
    if (so_long == step) reading.whole.insert(window);
  return reading;
}

Result<RequestCounts> SqliteHistoryStore::Load(const std::string& workload, TimePoint since,
                                               TimePoint until, Duration step) {
  LC_TRY(Reading reading, Read(workload, since, until, step));
  if (!reading.wide) return std::move(reading.counts);
  return Fail(ErrorCode::kInvalidArgument,
              "the history of '" + workload + "' at " + ToRfc3339(StartOfHour(*reading.wide)) +
                  " is kept in windows of " + ToString(reading.wide_step) + ", and was asked for " +
                  "in steps of " + ToString(step) + "; ask for a whole multiple of that, or for " +
                  "another time");
}

Result<MeasuredRequests> SqliteHistoryStore::Measured(const std::string& workload, TimePoint since,
                                                      TimePoint until, Duration step) {
  LC_TRY(const Reading reading, Read(workload, since, until, step));
  LC_TRY(RequestCounts kept, RequestCounts::Make(reading.counts.bounds(), step));
  MeasuredRequests measured{std::move(kept)};
  for (const SeriesKey& key : reading.counts.series())
    measured.counts.Intern(key.workload, key.route, key.request_class);
  std::set<std::int64_t> idle = reading.whole;
  reading.counts.ForEach([&](const RequestCounts::Entry& entry) {
    if (!reading.whole.contains(entry.window)) return;
    idle.erase(entry.window);
    measured.counts.AddCell(entry.window, entry.series, entry.bucket, entry.cell);
  });
  measured.idle_windows.assign(idle.begin(), idle.end());
  return measured;
}

}  // namespace loadcurve::store
