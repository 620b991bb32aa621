#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/units.h"
#include "forecaster/error_tail.h"
#include "forecaster/short_horizon.h"

namespace loadcurve {

// The load of one window at each of kTailLevels, rising.
using LoadRow = std::array<MetricsQps, kTailLevels.size()>;

// How the load of some windows to come is distributed; what it refers to outlives it.
struct LoadOutlook {
  TimePoint issued_at;  // the end of the last window that was known
  Duration step{0};
  // Window i begins ahead[i] steps after issued_at; they rise. As many rows, at least one.
  std::span<const std::size_t> ahead;
  std::span<const LoadRow> rows;

  TimePoint StartOf(std::size_t index) const {
    return issued_at + step * static_cast<std::int64_t>(ahead[index]);
  }
};

// Which windows are asked for: those until a replica ordered now is ready, `lead` steps ahead, not
// each of them where they are many; then a few further out, up to about an hour, for a
// count that shall stay. Rising, `first` (what is late already) among them.
std::vector<std::size_t> WindowsAhead(std::size_t first, std::size_t lead, Duration step);

// The outlook of one load, learnt window by window. What is known of a young load is that it
// stays, with an error as it is usual; ShortHorizon says what is learnt.
class OutlookModel {
 public:
  // `day` steps a day; `floor` > 0: loads below it do not differ.
  OutlookModel(std::vector<std::size_t> ahead, std::size_t day, MetricsQps floor);

  // NaN where the window is missing. Its first window must not be.
  void Observe(double load);

  std::size_t observed() const { return observed_; }
  std::span<const std::size_t> ahead() const { return ahead_; }
  // Of windows after the last one observed; at least one was. Valid until the next Observe.
  std::span<const LoadRow> Rows();

 private:
  std::vector<std::size_t> ahead_;
  ShortHorizon model_;
  std::vector<LoadRow> rows_;
  bool has_rows_ = false;
  std::size_t observed_ = 0;
};

}  // namespace loadcurve
