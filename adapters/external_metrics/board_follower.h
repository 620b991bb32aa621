#pragma once

#include <string>

#include "adapters/external_metrics/board_frame.h"
#include "adapters/http/http_transport.h"
#include "base/clock.h"
#include "base/result.h"

namespace loadcurve::external_metrics {

// Keeps a board as the leader's is. Not thread-safe.
class BoardFollower {
 public:
  // Both outlive it.
  BoardFollower(MetricBoard& board, const Clock& clock) : board_(board), clock_(clock) {}

  // Asks "https://host" for what it does not have, at most for some seconds. The board stays as
  // it is until Use().
  [[nodiscard]] Result<BoardAnswer> Ask(http::HttpTransport& leader, const std::string& base_url);

  // Puts an answer on the board. When the leader's step began, on our monotonic clock. An error
  // leaves frames before the wrong one there, and all is asked for next.
  [[nodiscard]] Result<Duration> Use(const BoardAnswer& answer);

  // The board was changed by others: all is to be asked for.
  void Forget() { tag_.clear(); }

 private:
  MetricBoard& board_;
  const Clock& clock_;
  std::string tag_;
  Duration asked_at_{0};
};

}  // namespace loadcurve::external_metrics
