#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "metrics/duration_bounds.h"

namespace loadcurve {

// What became of a request, as far as load is concerned.
enum class RequestClass : std::uint8_t {
  kServed,     // answered
  kError,      // failed: status of 500 and above, or a gRPC status that says so. Apart,
               // so that refusals in milliseconds do not make the others look cheap
  kLongLived,  // held open by design: WebSocket, SSE, stream, long poll
};

// "served", "error", "long-lived".
std::string_view Name(RequestClass request_class);

// Which requests are counted together. Empty workload or route: not told apart.
struct SeriesKey {
  std::string workload;
  std::string route;
  RequestClass request_class = RequestClass::kServed;

  auto operator<=>(const SeriesKey&) const = default;
};

// The requests of one series and one duration bucket that ended in one window, and what
// they held. A request that began in an earlier window held the server there: `carried`
// moves that part from the window of its end to the windows it spanned, so the sum over
// all windows is zero, and a window in which nothing ended can still be busy.
struct RequestCell {
  std::uint64_t count = 0;         // requests that ended here
  std::uint64_t duration_us = 0;   // sum of their durations
  std::int64_t carried_us = 0;     // held time moved in (> 0) or out (< 0)
  std::int64_t carried_share = 0;  // the same in requests, in units of 1 / kWholeRequest

  static constexpr std::int64_t kWholeRequest = std::int64_t{1} << 32;

  // Seconds the server was held within the window.
  double BusySeconds() const;
  // How many requests' worth of holding that was: the sum of the parts of requests.
  double SharedCount() const;

  void Add(const RequestCell& other);
  bool operator==(const RequestCell&) const = default;
};

// Finished requests counted by window, series and duration bucket.
//
// Windows start at whole multiples of the step since 1970. All sums are integers: any
// order of recording, any split into parts and any order of merging gives the same
// counts. Not thread-safe; each thread keeps its own and they are merged.
class RequestCounts {
 public:
  using SeriesId = std::uint32_t;

  struct Entry {
    std::int64_t window = 0;  // starts at window * step since 1970
    SeriesId series = 0;
    std::uint32_t bucket = 0;
    RequestCell cell;

    bool IsOf(std::int64_t of_window, SeriesId of_series, std::uint32_t of_bucket) const {
      return window == of_window && series == of_series && bucket == of_bucket;
    }
  };

  // `step` of 1 ms to 7 days; anything else is kInvalidArgument.
  [[nodiscard]] static Result<RequestCounts> Make(DurationBounds bounds, Duration step);

  const DurationBounds& bounds() const { return bounds_; }
  Duration step() const { return step_; }

  // The number of the series of that name, in order of first call.
  SeriesId Intern(std::string_view workload, std::string_view route, RequestClass request_class);
  std::span<const SeriesKey> series() const { return series_; }

  // Counts one finished request. A negative duration counts as zero. No allocation
  // unless the cell is new.
  void Record(SeriesId series, TimePoint finished_at, Duration duration);

  // Adds a cell as another RequestCounts, a file or a store kept it.
  void AddCell(std::int64_t window, SeriesId series, std::size_t bucket, const RequestCell& cell);

  // Adds all of `other`. Different bounds or steps are kInvalidArgument and leave this
  // one unchanged.
  [[nodiscard]] Result<void> Merge(const RequestCounts& other);

  bool IsEmpty() const { return size_ == 0; }

  // Every cell, by window, then series in the order of their keys, then bucket.
  std::vector<Entry> Sorted() const;

  // Every cell in no stated order; faster than Sorted().
  template <class Visit>
  void ForEach(Visit visit) const {
    for (const Entry& slot : slots_) {
      if (slot.window != kNoWindow) visit(slot);
    }
  }

  // Forgets the cells and keeps the series and the memory.
  void ClearCells();

  TimePoint StartOf(std::int64_t window) const { return TimePoint(window * step_); }
  std::int64_t WindowOf(TimePoint time) const;

 private:
  static constexpr std::int64_t kNoWindow = INT64_MIN;

  RequestCounts(DurationBounds bounds, Duration step);
  std::size_t SlotOf(std::int64_t window, SeriesId series, std::uint32_t bucket);
  RequestCell& RecentCellOf(std::int64_t window, SeriesId series, std::uint32_t bucket);
  RequestCell& CellOf(std::int64_t window, SeriesId series, std::uint32_t bucket);
  void Carry(const Entry& end, TimePoint finished_at, Duration duration);
  void Grow();

  DurationBounds bounds_;
  Duration step_;
  std::vector<SeriesKey> series_;
  std::unordered_map<std::string, SeriesId> series_of_;

  // Open addressing, linear probing, at most 5/8 full.
  std::vector<Entry> slots_;
  std::size_t size_ = 0;

  // Where the cell of each bucket was last found: most requests are of one series.
  std::array<std::size_t, 64> recent_slots_{};

  // The window of the last request: logs are nearly in order of time.
  std::int64_t recent_window_ = 0;
  TimePoint recent_start_{Duration(0)};
};

}  // namespace loadcurve
