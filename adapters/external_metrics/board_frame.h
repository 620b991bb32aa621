#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/external_metrics/metric_board.h"
#include "base/result.h"

namespace loadcurve::external_metrics {

// What happened on the leader's board from one step to the next, or all that is on it. Steady
// profiles differ from step to step in nothing but their times, all in the same way: one move
// stands for them all.
struct BoardFrame {
  // Whether nothing else is on the board.
  bool is_whole = false;
  // Items measured at `first`, but for those changed, now count as measured at `second`.
  std::vector<std::pair<TimePoint, TimePoint>> moves{};
  std::vector<BoardItem> changed{};
  std::vector<MetricKey> retired{};

  bool operator==(const BoardFrame&) const = default;
};

// One compact JSON object, times in whole microseconds, and back. What is no frame is
// kInvalidArgument; whether the values in it are possible is the board's to say.
std::string ToJson(const BoardFrame& frame);

// What the leader answers: frames in order, and where they lead to.
struct BoardAnswer {
  std::string tag{};  // of the board after the frames; to be shown with the next question
  Duration age{0};    // since the leader's last step began, by its own monotonic clock
  std::vector<BoardFrame> frames{};
};
[[nodiscard]] Result<BoardAnswer> ParseBoardAnswer(std::string_view json);

}  // namespace loadcurve::external_metrics
