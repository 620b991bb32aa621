#include "adapters/external_metrics/board_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace loadcurve::external_metrics {
namespace {

// Alike but for the time at which it was measured.
bool IsSteady(const BoardItem& before, const BoardItem& after) {
  if (!before.latest || !after.latest) return before == after;
  BoardItem moved = before;
  moved.latest->measured_at = after.latest->measured_at;
  return moved == after;
}

// Where most of the steady items of each time went to; they may have stayed.
class Moves {
 public:
  void Count(TimePoint from, TimePoint to) { ++counts_[from][to]; }

  TimePoint Of(TimePoint from) const {
    const auto found = counts_.find(from);
    return found == counts_.end() ? from : MostOf(found->second);
  }

  std::vector<std::pair<TimePoint, TimePoint>> All() const {
    std::vector<std::pair<TimePoint, TimePoint>> all;
    for (const auto& [from, to] : counts_) {
      if (MostOf(to) != from) all.emplace_back(from, MostOf(to));
    }
    return all;
  }

 private:
  static TimePoint MostOf(const std::map<TimePoint, int>& counts) {
    return std::max_element(counts.begin(), counts.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
  }

  std::map<TimePoint, std::map<TimePoint, int>> counts_;
};

}  // namespace

BoardFeed::BoardFeed(std::string instance, const Clock& clock)
    : instance_(std::move(instance)), clock_(clock) {}

void BoardFeed::Take(std::vector<BoardItem> items, Duration began) {
  std::map<Key, BoardItem> board;
  for (BoardItem& item : items) {
    Key key(item.key.namespace_name, item.key.metric, item.key.profile);
    board.emplace(std::move(key), std::move(item));
  }
  const std::lock_guard lock(mutex_);
  if (began_) frames_.push_back(ToJson(Difference(board_, board)));
  if (frames_.size() > kFramesKept) frames_.pop_front();
  board_ = std::move(board);
  began_ = began;
  ++sequence_;
  whole_.clear();
}

void BoardFeed::Clear() {
  const std::lock_guard lock(mutex_);
  board_.clear();
  frames_.clear();
  whole_.clear();
  began_.reset();
}

std::optional<std::string> BoardFeed::Answer(std::string_view after) const {
  const std::lock_guard lock(mutex_);
  if (!began_) return std::nullopt;
  const auto age =
      std::chrono::ceil<std::chrono::milliseconds>(clock_.MonotonicNow() - *began_).count();
  std::string body = fmt::format(R"({{"version":1,"tag":"{}","ageMs":{},"frames":[)",
                                 TagOf(sequence_), std::max<std::int64_t>(age, 0));
  for (std::size_t behind = 0; behind <= frames_.size(); ++behind) {
    if (after != TagOf(sequence_ - behind)) continue;
    for (std::size_t i = frames_.size() - behind; i < frames_.size(); ++i)
      body.append(frames_[i]).append(i + 1 < frames_.size() ? "," : "");
    return body + "]}";
  }
  if (whole_.empty()) {
    BoardFrame frame{.is_whole = true};
    for (const auto& [key, item] : board_) frame.changed.push_back(item);
    whole_ = ToJson(frame);
  }
  return body + whole_ + "]}";
}

BoardFrame BoardFeed::Difference(const std::map<Key, BoardItem>& before,
                                 const std::map<Key, BoardItem>& after) {
  BoardFrame frame;
  Moves moves;
  for (const auto& [key, item] : after) {
    const auto old = before.find(key);
    if (old != before.end() && item.latest && IsSteady(old->second, item))
      moves.Count(old->second.latest->measured_at, item.latest->measured_at);
  }
  for (const auto& [key, item] : after) {
    const auto old = before.find(key);
    const bool is_told =
        old != before.end() && IsSteady(old->second, item) &&
        (!item.latest || moves.Of(old->second.latest->measured_at) == item.latest->measured_at);
    if (!is_told) frame.changed.push_back(item);
  }
  for (const auto& [key, item] : before) {
    if (!after.contains(key)) frame.retired.push_back(item.key);
  }
  frame.moves = moves.All();
  return frame;
}

std::string BoardFeed::TagOf(std::uint64_t sequence) const {
  return fmt::format("{}.{}", instance_, sequence);
}

}  // namespace loadcurve::external_metrics
