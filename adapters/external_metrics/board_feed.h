#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "adapters/external_metrics/board_frame.h"
#include "base/clock.h"

namespace loadcurve::external_metrics {

// The path at which a leader shows its board to the other replicas; "?after=TAG" is the tag of
// the board that they have.
inline constexpr std::string_view kBoardPath = "/loadcurve/v1/board";

// What the leader's board was after its latest steps, to be sent to the other replicas: who has
// one of the last kFramesKept gets what changed since, others all of it. Thread-safe.
class BoardFeed {
 public:
  static constexpr std::size_t kFramesKept = 8;

  // `instance`: of this run of this process, since tags of another run mean nothing here.
  BoardFeed(std::string instance, const Clock& clock);

  // The board after a step that began at `began` (monotonic).
  void Take(std::vector<BoardItem> items, Duration began);

  // No longer the leader.
  void Clear();

  // As ParseBoardAnswer reads it; nothing before the first step.
  std::optional<std::string> Answer(std::string_view after) const;

 private:
  using Key = std::tuple<std::string, std::string, std::string>;

  static BoardFrame Difference(const std::map<Key, BoardItem>& before,
                               const std::map<Key, BoardItem>& after);
  std::string TagOf(std::uint64_t sequence) const;

  const std::string instance_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<Key, BoardItem> board_;
  std::optional<Duration> began_;
  std::uint64_t sequence_ = 0;
  std::deque<std::string> frames_;  // the last leads to sequence_
  mutable std::string whole_;       // as JSON, made when it is asked for first; "" not yet
};

}  // namespace loadcurve::external_metrics
