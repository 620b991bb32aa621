#pragma once

#include <cstdint>
#include <vector>

#include "adapters/store/hour_codec.h"
#include "base/units.h"

namespace loadcurve::store {

inline constexpr Duration kHour = std::chrono::hours(1);

// Whether windows of that step make up an hour.
inline bool IsKeptStep(Duration step) {
  return step > Duration(0) && kHour % step == Duration(0);
}

// What was counted of one workload in one hour, in windows of one step, which divides the hour.
struct HourRow {
  explicit HourRow(Duration of_step)
      : step(of_step), known(static_cast<std::size_t>(kHour / of_step)) {}

  Duration step;
  HourCells cells;
  // By window: whether it was measured whole. Without cells it was idle then; cells of one that is
  // not known are a part of what happened.
  std::vector<bool> known;

  bool operator==(const HourRow&) const = default;

  // Where `row`, of the same step, knows a window that this one does not: as `row` has it. True
  // where there was one.
  bool Learn(const HourRow& row);
  // All of `row`, of the same step, beside what is there.
  void Add(const HourRow& row);
};

// The same hour in windows of `step`, a multiple of the step of each row. Rows are readings of the
// same requests and do not add up: each stretch, as long as all their steps go together, is taken
// from the row that knows most of it, of two from the one with the longer step.
HourRow Combined(const std::vector<HourRow>& rows, Duration step);

}  // namespace loadcurve::store
