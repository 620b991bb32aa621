#include "scaler/zone_offsets.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace loadcurve {
namespace {

constexpr std::chrono::seconds kLargestOffset = std::chrono::hours(26);

bool IsOffset(std::chrono::seconds offset) {
  return offset >= -kLargestOffset && offset <= kLargestOffset;
}

}  // namespace

Result<ZoneOffsets> ZoneOffsets::Make(std::string name, std::chrono::seconds before,
                                      std::vector<OffsetChange> changes) {
  const bool are_offsets = IsOffset(before) && std::ranges::all_of(changes, [](const auto& change) {
                             return IsOffset(change.offset);
                           });
  const auto disorder =
      std::ranges::adjacent_find(changes, std::greater_equal<>(), &OffsetChange::at);
  if (!are_offsets || disorder != changes.end())
    return Fail(ErrorCode::kInvalidArgument,
                "the offsets of time zone '" + name +
                    "' are out of order or of more than 26 hours; expected a table in order");
  ZoneOffsets zone;
  zone.name_ = std::move(name);
  zone.before_ = before;
  zone.changes_ = std::move(changes);
  return zone;
}

std::chrono::seconds ZoneOffsets::OffsetBefore(std::size_t i) const {
  return i == 0 ? before_ : changes_[i - 1].offset;
}

std::size_t ZoneOffsets::ChangeAfter(TimePoint time) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(changes_, time, {}, &OffsetChange::at) -
                                  changes_.begin());
}

WallTime ZoneOffsets::WallTimeAt(TimePoint time) const {
  return WallTime(time.time_since_epoch() + OffsetBefore(ChangeAfter(time)));
}

ZoneOffsets::Instants ZoneOffsets::InstantsOf(WallTime time) const {
  const TimePoint as_utc(time.time_since_epoch());
  const std::size_t last = ChangeAfter(as_utc + kLargestOffset);
  std::optional<TimePoint> first_shown;
  std::optional<TimePoint> last_shown;
  std::optional<TimePoint> skipped_at;
  for (std::size_t i = ChangeAfter(as_utc - kLargestOffset); i <= last; ++i) {
    const TimePoint instant = as_utc - OffsetBefore(i);
    const bool has_begun = i == 0 || instant >= changes_[i - 1].at;
    const bool has_ended = i < changes_.size() && instant >= changes_[i].at;
    // Too late before a change and too early after it: it was skipped there.
    if (!has_begun && !skipped_at) skipped_at = changes_[i - 1].at;
    if (!has_begun || has_ended) continue;
    if (!first_shown) first_shown = instant;
    last_shown = instant;
  }
  if (first_shown) return {*first_shown, *last_shown};
  const TimePoint moment = skipped_at.value_or(as_utc);
  return {moment, moment, false};
}

}  // namespace loadcurve
