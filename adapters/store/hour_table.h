#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "adapters/store/hour_row.h"
#include "adapters/store/sqlite.h"
#include "base/result.h"

namespace loadcurve::store {

// One hour of one workload.
struct HourAddress {
  std::int64_t workload = 0;
  std::int64_t hour = 0;  // since 1970

  auto operator<=>(const HourAddress&) const = default;
};

TimePoint StartOfHour(std::int64_t hour);
// The hour that `time` is in.
std::int64_t HourOf(TimePoint time);
// The first hour that begins at `time` or later.
std::int64_t HourFrom(TimePoint time);

// Where a window stands: its hour, and which it is within.
struct Place {
  std::int64_t hour = 0;
  std::uint32_t window = 0;
};

Place PlaceOf(TimePoint start, Duration step);

// The hours of a history file, a row for each workload, hour and step. Damage is
// kInvalidArgument and names the hour. The database outlives it.
class HourTable {
 public:
  explicit HourTable(Database& database) : database_(database) {}

  // By step, the longest first.
  [[nodiscard]] Result<std::vector<HourRow>> At(const HourAddress& address) const;
  // In place of the row of its step.
  [[nodiscard]] Result<void> Put(const HourAddress& address, const HourRow& row) const;
  [[nodiscard]] Result<void> Remove(const HourAddress& address, Duration step) const;

  // Hours [first, end) of a workload that have rows, in order, until `visit` fails.
  using Visit = std::function<Result<void>(std::int64_t hour, const std::vector<HourRow>& rows)>;
  [[nodiscard]] Result<void> ForEach(std::int64_t workload, std::int64_t first, std::int64_t end,
                                     const Visit& visit) const;

  // Hours before `end` that have a row of a step shorter than `step`.
  [[nodiscard]] Result<std::vector<HourAddress>> FinerThan(Duration step, std::int64_t end) const;
  // Deletes the hours before `end`; how many there were.
  [[nodiscard]] Result<std::int64_t> Forget(std::int64_t end) const;

  tl::unexpected<Error> Damaged(std::int64_t hour) const;

 private:
  [[nodiscard]] Result<HourRow> Decoded(std::int64_t hour, Statement& row) const;

  Database& database_;
};

}  // namespace loadcurve::store
