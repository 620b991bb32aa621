// SqliteHistoryStore::Import.

#include <algorithm>
#include <limits>
#include <set>

#include "adapters/store/sqlite_history_store.h"
#include "base/time_text.h"

namespace loadcurve::store {
namespace {

// A file that holds nothing for longer may have lost what it held.
constexpr Duration kLongestSilence = std::chrono::days(1);

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

}  // namespace loadcurve::store
