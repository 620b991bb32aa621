#include "adapters/store/sqlite_history_store.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <numeric>
#include <set>

#include "adapters/store/history_schema.h"
#include "base/time_text.h"

namespace loadcurve::store {
namespace {

// A file that holds nothing for longer may have lost what it held.
constexpr Duration kLongestSilence = std::chrono::days(1);

// Where hour and window stand that `at` is the start of.
struct Place {
  std::int64_t hour = 0;
  std::uint32_t window = 0;
};

Place PlaceOf(TimePoint at, Duration step) {
  const std::int64_t hour = HourOf(at);
  return {hour, static_cast<std::uint32_t>((at - StartOfHour(hour)) / step)};
}

// Windows of a file that it tells all of: from each in which a request ended to the next, the last
// one left out, since the file may go on within it.
std::set<std::int64_t> WindowsHeard(const RequestCounts& counts) {
  std::set<std::int64_t> busy;
  counts.ForEach([&](const RequestCounts::Entry& entry) {
    if (entry.cell.count > 0) busy.insert(entry.window);
  });
  std::set<std::int64_t> heard;
  for (auto at = busy.begin(); at != busy.end(); ++at) {
    const auto next = std::next(at);
    if (next == busy.end()) break;
    const std::int64_t end = counts.step() * (*next - *at) <= kLongestSilence ? *next : *at + 1;
    for (std::int64_t window = *at; window < end; ++window) heard.insert(heard.end(), window);
  }
  return heard;
}

// From the first to the last request of each workload.
void MarkHeard(const std::set<std::int64_t>& heard, Duration step,
               std::map<HourAddress, HourRow>& hours) {
  struct Span {
    std::int64_t first = std::numeric_limits<std::int64_t>::max();
    std::int64_t last = std::numeric_limits<std::int64_t>::min();
  };
  const std::int64_t in_hour = kHour / step;
  std::map<std::int64_t, Span> spans;
  for (const auto& [address, row] : hours) {
    for (const auto& [key, cell] : row.cells) {
      if (cell.count == 0) continue;
      Span& span = spans[address.workload];
      span.first = std::min(span.first, address.hour * in_hour + key.window);
      span.last = std::max(span.last, address.hour * in_hour + key.window);
    }
  }
  for (const auto& [workload, span] : spans) {
    for (auto at = heard.lower_bound(span.first); at != heard.end() && *at <= span.last; ++at) {
      const Place place = PlaceOf(TimePoint(step * *at), step);
      hours.try_emplace({workload, place.hour}, step).first->second.known[place.window] = true;
    }
  }
}

}  // namespace

// What is kept of one workload.
struct SqliteHistoryStore::Reading {
  RequestCounts counts;
  std::set<std::int64_t> whole{};      // windows
  std::optional<std::int64_t> wide{};  // the first hour that is kept in too wide windows only
  Duration wide_step{0};
};

Result<std::unique_ptr<SqliteHistoryStore>> SqliteHistoryStore::Open(const std::string& path,
                                                                     bool may_create) {
  LC_TRY(Database database, Database::Open(path, may_create));
  LC_TRY_VOID(PrepareSchema(database));
  return std::unique_ptr<SqliteHistoryStore>(new SqliteHistoryStore(std::move(database)));
}

// ---- writing

template <class Write>
Result<void> SqliteHistoryStore::InTransaction(Write write) {
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

Result<void> SqliteHistoryStore::Import(std::span<const ImportedCounts> files, bool again) {
  return InTransaction([&]() -> Result<void> {
    for (const ImportedCounts& file : files) LC_TRY_VOID(ImportOne(file, again));
    return {};
  });
}

Result<void> SqliteHistoryStore::ImportOne(const ImportedCounts& file, bool again) {
  const RequestCounts& counts = file.counts;
  if (counts.step() != kHistoryStep)
    return Fail(ErrorCode::kInvalidArgument, "the counts have a step of " +
                                                 ToString(counts.step()) + "; files are kept in " +
                                                 ToString(kHistoryStep));
  LC_TRY_VOID(AgreeOnBounds(counts.bounds()));
  LC_TRY(NewHours hours, Arrange(counts, std::nullopt));
  if (!again) LC_TRY_VOID(ExpectNew(file.name, hours));
  LC_TRY_VOID(RememberImport(hours));
  MarkHeard(WindowsHeard(counts), counts.step(), hours);
  for (const auto& [address, added] : hours) LC_TRY_VOID(AddToHour(address, added));
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

// To the minutes; where the hour was thinned and has none, to the whole of it.
Result<void> SqliteHistoryStore::AddToHour(const HourAddress& address, const HourRow& added) {
  LC_TRY(const std::vector<HourRow> rows, hours_.At(address));
  const auto minutes = std::ranges::find(rows, kHistoryStep, &HourRow::step);
  const bool is_thinned = minutes == rows.end() && !rows.empty() && rows.front().step == kHour;
  HourRow row = is_thinned ? rows.front() : HourRow(kHistoryStep);
  if (minutes != rows.end()) row = *minutes;
  row.Add(is_thinned ? Combined({added}, kHour) : added);
  return hours_.Put(address, row);
}

// ---- imports

Result<std::vector<MinutePrints>> SqliteHistoryStore::ImportsAt(const HourAddress& address) {
  LC_TRY(const Borrowed select,
         database_.Use("SELECT minutes FROM imports WHERE workload = ? AND hour = ?"));
  select->Bind(1, address.workload).Bind(2, address.hour);
  std::vector<MinutePrints> imports;
  while (true) {
    LC_TRY(const bool has_row, select->Step());
    if (!has_row) return imports;
    imports.push_back(Unpacked(select->Bytes(0)));
  }
}

// Whether most of these minutes are those of one import, or the import's minutes mostly these; or
// most of them are known, and not from an import.
Result<bool> SqliteHistoryStore::IsKnown(const HourAddress& address, const MinutePrints& prints) {
  LC_TRY(const std::vector<MinutePrints> imports, ImportsAt(address));
  std::set<std::uint32_t> imported;
  for (const MinutePrints& import : imports) {
    if (SharedMinutes(prints, import) * 2 > import.size()) return true;
    for (const auto& [minute, print] : import) imported.insert(minute);
  }
  LC_TRY(const std::vector<HourRow> rows, hours_.At(address));
  std::size_t recorded = 0;
  for (const auto& [minute, print] : prints) {
    const bool is_recorded = std::ranges::any_of(rows, [&](const HourRow& row) {
      return row.known[static_cast<std::size_t>(kHistoryStep * minute / row.step)];
    });
    if (is_recorded && !imported.contains(minute)) ++recorded;
  }
  return recorded * 2 > prints.size();
}

Result<void> SqliteHistoryStore::ExpectNew(const std::string& name, const NewHours& hours) {
  std::size_t all = 0;
  std::size_t known = 0;
  std::int64_t first_known = std::numeric_limits<std::int64_t>::max();
  for (const auto& [address, added] : hours) {
    const MinutePrints prints = PrintsOf(added.cells);
    if (prints.empty()) continue;
    ++all;
    LC_TRY(const bool is_known, IsKnown(address, prints));
    if (!is_known) continue;
    ++known;
    first_known = std::min(first_known, address.hour);
  }
  if (known == 0) return {};
  return Fail(ErrorCode::kInvalidArgument,
              name + ": " + std::to_string(known) + " of " + std::to_string(all) +
                  " hours of a workload were imported before with the same requests, or measured "
                  "by serve, the first at " +
                  ToRfc3339(StartOfHour(first_known)) +
                  "; to count them once more all the same, use --again");
}

Result<void> SqliteHistoryStore::RememberImport(const NewHours& hours) {
  for (const auto& [address, added] : hours) {
    const std::string packed = Packed(PrintsOf(added.cells));
    if (packed.empty()) continue;
    LC_TRY(const Borrowed insert, database_.Use("INSERT INTO imports VALUES (?, ?, ?)"));
    LC_TRY_VOID(insert->Bind(1, address.workload).Bind(2, address.hour).BindBlob(3, packed).Run());
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

Result<SqliteHistoryStore::Reading> SqliteHistoryStore::Read(const std::string& workload,
                                                             TimePoint since, TimePoint until,
                                                             Duration step) {
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
    if (rows.empty() && !reading.wide) {
      reading.wide = hour;
      reading.wide_step = widest;
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
