#include "metrics/request_counts.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "base/time_text.h"

namespace loadcurve {
namespace {

constexpr std::size_t kFirstSlots = 256;

std::size_t HashOf(std::int64_t window, std::uint32_t series, std::uint32_t bucket) {
  std::uint64_t hash = static_cast<std::uint64_t>(window) * 0x9E3779B97F4A7C15U;
  hash ^= (static_cast<std::uint64_t>(series) << 8 | bucket) * 0xC2B2AE3D27D4EB4FU;
  hash ^= hash >> 29;
  return static_cast<std::size_t>(hash * 0xBF58476D1CE4E5B9U >> 20);
}

std::string TextKey(std::string_view workload, std::string_view route, RequestClass request_class) {
  std::string key(workload);
  key += '\0';
  key += route;
  key += '\0';
  key += static_cast<char>('0' + static_cast<int>(request_class));
  return key;
}

// value * numerator / denominator, rounded down, without overflow on the way.
std::int64_t Scale(std::int64_t value, std::int64_t numerator, std::int64_t denominator) {
  __extension__ using Wide = __int128;
  return static_cast<std::int64_t>(static_cast<Wide>(value) * numerator / denominator);
}

}  // namespace

std::string_view Name(RequestClass request_class) {
  switch (request_class) {
    case RequestClass::kServed:
      return "served";
    case RequestClass::kError:
      return "error";
    case RequestClass::kLongLived:
      return "long-lived";
  }
  return "unknown";
}

double RequestCell::BusySeconds() const {
  return (static_cast<double>(duration_us) + static_cast<double>(carried_us)) / 1e6;
}

double RequestCell::SharedCount() const {
  return static_cast<double>(count) +
         static_cast<double>(carried_share) / static_cast<double>(kWholeRequest);
}

void RequestCell::Add(const RequestCell& other) {
  count += other.count;
  duration_us += other.duration_us;
  carried_us += other.carried_us;
  carried_share += other.carried_share;
}

RequestCounts::RequestCounts(DurationBounds bounds, Duration step)
    : bounds_(std::move(bounds)), step_(step), slots_(kFirstSlots) {
  for (Entry& slot : slots_) slot.window = kNoWindow;
}

Result<RequestCounts> RequestCounts::Make(DurationBounds bounds, Duration step) {
  if (step < std::chrono::milliseconds(1) || step > std::chrono::days(7))
    return Fail(ErrorCode::kInvalidArgument,
                "the step is " + ToString(step) + "; expected 1ms to 7d");
  return RequestCounts(std::move(bounds), step);
}

RequestCounts::SeriesId RequestCounts::Intern(std::string_view workload, std::string_view route,
                                              RequestClass request_class) {
  const auto next = static_cast<SeriesId>(series_.size());
  const auto [found, is_new] = series_of_.emplace(TextKey(workload, route, request_class), next);
  if (is_new) series_.push_back({std::string(workload), std::string(route), request_class});
  return found->second;
}

std::int64_t RequestCounts::WindowOf(TimePoint time) const {
  const std::int64_t us = time.time_since_epoch().count();
  const std::int64_t step = step_.count();
  return us >= 0 ? us / step : -((-us + step - 1) / step);
}

std::size_t RequestCounts::SlotOf(std::int64_t window, SeriesId series, std::uint32_t bucket) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = HashOf(window, series, bucket) & mask;
  while (slots_[at].window != kNoWindow) {
    if (slots_[at].IsOf(window, series, bucket)) return at;
    at = (at + 1) & mask;
  }
  if ((size_ + 1) * 8 > slots_.size() * 5) {
    Grow();
    return SlotOf(window, series, bucket);
  }
  ++size_;
  slots_[at] = {window, series, bucket, {}};
  return at;
}

RequestCell& RequestCounts::CellOf(std::int64_t window, SeriesId series, std::uint32_t bucket) {
  return slots_[SlotOf(window, series, bucket)].cell;
}

RequestCell& RequestCounts::RecentCellOf(std::int64_t window, SeriesId series,
                                         std::uint32_t bucket) {
  std::size_t& slot = recent_slots_[bucket];
  if (!slots_[slot].IsOf(window, series, bucket)) slot = SlotOf(window, series, bucket);
  return slots_[slot].cell;
}

void RequestCounts::Grow() {
  std::vector<Entry> old(slots_.size() * 2);
  for (Entry& slot : old) slot.window = kNoWindow;
  old.swap(slots_);
  size_ = 0;
  for (const Entry& slot : old) {
    if (slot.window != kNoWindow) CellOf(slot.window, slot.series, slot.bucket) = slot.cell;
  }
}

void RequestCounts::Record(SeriesId series, TimePoint finished_at, Duration duration) {
  if (duration < Duration(0)) duration = Duration(0);
  if (finished_at < recent_start_ || finished_at >= recent_start_ + step_) {
    recent_window_ = WindowOf(finished_at);
    recent_start_ = StartOf(recent_window_);
  }
  const auto bucket = static_cast<std::uint32_t>(bounds_.BucketOf(duration));
  RequestCell& cell = RecentCellOf(recent_window_, series, bucket);
  ++cell.count;
  cell.duration_us += static_cast<std::uint64_t>(duration.count());
  if (finished_at - duration < recent_start_)
    Carry({recent_window_, series, bucket, {}}, finished_at, duration);
}

void RequestCounts::Carry(const Entry& end, TimePoint finished_at, Duration duration) {
  const TimePoint started_at = finished_at - duration;
  const std::int64_t first = WindowOf(started_at);
  RequestCell moved_out;
  for (std::int64_t window = first; window < end.window; ++window) {
    const TimePoint from = std::max(started_at, StartOf(window));
    RequestCell part;
    part.carried_us = (StartOf(window + 1) - from).count();
    part.carried_share = Scale(RequestCell::kWholeRequest, part.carried_us, duration.count());
    CellOf(window, end.series, end.bucket).Add(part);
    moved_out.carried_us -= part.carried_us;
    moved_out.carried_share -= part.carried_share;
  }
  CellOf(end.window, end.series, end.bucket).Add(moved_out);
}

void RequestCounts::AddCell(std::int64_t window, SeriesId series, std::size_t bucket,
                            const RequestCell& cell) {
  Check(series < series_.size() && bucket < bounds_.bucket_count(),
        "a cell belongs to a known series and bucket");
  CellOf(window, series, static_cast<std::uint32_t>(bucket)).Add(cell);
}

Result<void> RequestCounts::Merge(const RequestCounts& other) {
  if (!(bounds_ == other.bounds_) || step_ != other.step_)
    return Fail(ErrorCode::kInvalidArgument,
                "counts with step " + ToString(step_) + " cannot take in counts with step " +
                    ToString(other.step_) + " or other duration bounds");
  std::vector<SeriesId> here;
  here.reserve(other.series_.size());
  for (const SeriesKey& key : other.series_)
    here.push_back(Intern(key.workload, key.route, key.request_class));
  other.ForEach([&](const Entry& entry) {
    CellOf(entry.window, here[entry.series], entry.bucket).Add(entry.cell);
  });
  return {};
}

std::vector<RequestCounts::Entry> RequestCounts::Sorted() const {
  std::vector<SeriesId> order(series_.size());
  std::iota(order.begin(), order.end(), SeriesId{0});
  std::sort(order.begin(), order.end(),
            [this](SeriesId a, SeriesId b) { return series_[a] < series_[b]; });
  std::vector<std::uint32_t> rank(series_.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) rank[order[i]] = i;

  std::vector<Entry> entries;
  entries.reserve(size_);
  ForEach([&](const Entry& entry) { entries.push_back(entry); });
  std::sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) {
    return std::tuple(a.window, rank[a.series], a.bucket) <
           std::tuple(b.window, rank[b.series], b.bucket);
  });
  return entries;
}

void RequestCounts::ClearCells() {
  for (Entry& slot : slots_) slot.window = kNoWindow;
  size_ = 0;
}

}  // namespace loadcurve
