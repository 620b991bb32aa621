#include "adapters/store/hour_table.h"

#include <string>
#include <utility>

#include "base/time_text.h"

namespace loadcurve::store {
namespace {

std::int64_t FloorDivide(std::int64_t value, std::int64_t divisor) {
  return value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor);
}

std::string Bits(const std::vector<bool>& flags) {
  std::string bytes((flags.size() + 7) / 8, '\0');
  for (std::size_t i = 0; i < flags.size(); ++i)
    if (flags[i]) bytes[i / 8] = static_cast<char>(bytes[i / 8] | 1 << i % 8);
  return bytes;
}

}  // namespace

TimePoint StartOfHour(std::int64_t hour) {
  return TimePoint(kHour * hour);
}

std::int64_t HourOf(TimePoint time) {
  return FloorDivide(time.time_since_epoch().count(), kHour.count());
}

std::int64_t HourFrom(TimePoint time) {
  return -FloorDivide(-time.time_since_epoch().count(), kHour.count());
}

Place PlaceOf(TimePoint start, Duration step) {
  const std::int64_t hour = HourOf(start);
  return {hour, static_cast<std::uint32_t>((start - StartOfHour(hour)) / step)};
}

tl::unexpected<Error> HourTable::Damaged(std::int64_t hour) const {
  return Fail(ErrorCode::kInvalidArgument,
              database_.path() + ": the history store is damaged in the hour of " +
                  ToRfc3339(StartOfHour(hour)) +
                  "; the file is left as it is. Restore a backup, or delete that hour");
}

// `row` has step_us, cells and known as its first columns.
Result<HourRow> HourTable::Decoded(std::int64_t hour, Statement& row) const {
  const Duration step(row.Int(0));
  if (!IsKeptStep(step)) return Damaged(hour);
  auto cells = DecodeHour(row.Bytes(1));
  if (!cells) return Damaged(hour);
  HourRow decoded(step);
  decoded.cells = *std::move(cells);
  if (!decoded.cells.empty() && decoded.cells.rbegin()->first.window >= decoded.known.size())
    return Damaged(hour);
  if (row.IsNull(2)) {
    for (const auto& [key, cell] : decoded.cells)
      if (cell.count > 0) decoded.known[key.window] = true;
    return decoded;
  }
  const std::string_view bits = row.Bytes(2);
  if (bits.size() != (decoded.known.size() + 7) / 8) return Damaged(hour);
  for (std::size_t i = 0; i < decoded.known.size(); ++i)
    decoded.known[i] = (static_cast<unsigned char>(bits[i / 8]) >> i % 8 & 1U) != 0;
  return decoded;
}

Result<std::vector<HourRow>> HourTable::At(const HourAddress& address) const {
  LC_TRY(const Borrowed select,
         database_.Use("SELECT step_us, cells, known FROM hours WHERE workload = ? AND hour = ? "
                       "ORDER BY step_us DESC"));
  select->Bind(1, address.workload).Bind(2, address.hour);
  std::vector<HourRow> rows;
  while (true) {
    LC_TRY(const bool has_row, select->Step());
    if (!has_row) return rows;
    LC_TRY(HourRow row, Decoded(address.hour, *select));
    rows.push_back(std::move(row));
  }
}

Result<void> HourTable::Put(const HourAddress& address, const HourRow& row) const {
  const std::string cells = EncodeHour(row.cells);
  const std::string known = Bits(row.known);
  LC_TRY(const Borrowed upsert,
         database_.Use("INSERT INTO hours (workload, hour, step_us, cells, known) "
                       "VALUES (?, ?, ?, ?, ?) ON CONFLICT (workload, hour, step_us) "
                       "DO UPDATE SET cells = excluded.cells, known = excluded.known"));
  return upsert->Bind(1, address.workload)
      .Bind(2, address.hour)
      .Bind(3, row.step.count())
      .BindBlob(4, cells)
      .BindBlob(5, known)
      .Run();
}

Result<void> HourTable::Remove(const HourAddress& address, Duration step) const {
  LC_TRY(const Borrowed remove,
         database_.Use("DELETE FROM hours WHERE workload = ? AND hour = ? AND step_us = ?"));
  return remove->Bind(1, address.workload).Bind(2, address.hour).Bind(3, step.count()).Run();
}

Result<void> HourTable::ForEach(std::int64_t workload, std::int64_t first, std::int64_t end,
                                const Visit& visit) const {
  LC_TRY(const Borrowed select,
         database_.Use("SELECT step_us, cells, known, hour FROM hours WHERE workload = ? AND "
                       "hour >= ? AND hour < ? ORDER BY hour, step_us DESC"));
  select->Bind(1, workload).Bind(2, first).Bind(3, end);
  std::vector<HourRow> rows;
  std::int64_t hour = 0;
  while (true) {
    LC_TRY(const bool has_row, select->Step());
    if (!rows.empty() && (!has_row || select->Int(3) != hour)) {
      LC_TRY_VOID(visit(hour, rows));
      rows.clear();
    }
    if (!has_row) return {};
    hour = select->Int(3);
    LC_TRY(HourRow row, Decoded(hour, *select));
    rows.push_back(std::move(row));
  }
}

Result<std::vector<HourAddress>> HourTable::FinerThan(Duration step, std::int64_t end) const {
  LC_TRY(const Borrowed select,
         database_.Use("SELECT DISTINCT workload, hour FROM hours WHERE hour < ? AND step_us < ?"));
  select->Bind(1, end).Bind(2, step.count());
  std::vector<HourAddress> addresses;
  while (true) {
    LC_TRY(const bool has_row, select->Step());
    if (!has_row) return addresses;
    addresses.push_back({select->Int(0), select->Int(1)});
  }
}

Result<std::int64_t> HourTable::Forget(std::int64_t end) const {
  LC_TRY(const Borrowed count,
         database_.Use("SELECT count(*) FROM (SELECT DISTINCT workload, hour FROM hours "
                       "WHERE hour < ?)"));
  LC_TRY_VOID(count->Bind(1, end).Step());
  const std::int64_t forgotten = count->Int(0);
  for (const char* table : {"hours", "imports"}) {
    LC_TRY(const Borrowed remove,
           database_.Use("DELETE FROM " + std::string(table) + " WHERE hour < ?"));
    LC_TRY_VOID(remove->Bind(1, end).Run());
  }
  return forgotten;
}

}  // namespace loadcurve::store
