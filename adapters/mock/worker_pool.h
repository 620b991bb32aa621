#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

#include "base/units.h"

namespace loadcurve::mock {

// Workers that take requests in the order of their arrival. How long a request will hold its
// worker is known when it comes, so when it begins follows from those before it, and no request
// ever waits in a list. Not thread-safe.
class WorkerPool {
 public:
  // `workers` > 0. At most `max_waiting` requests wait at once.
  WorkerPool(std::size_t workers, std::size_t max_waiting);

  // When a request that comes at `now` gets a worker, which it then holds for `service`; nothing
  // where too many wait, and then it leaves no trace. `now` never goes back.
  std::optional<Duration> Begin(Duration now, Duration service);

  // Requests that came before `now` and had no worker then.
  std::size_t Waiting(Duration now);

 private:
  std::priority_queue<Duration, std::vector<Duration>, std::greater<>> free_at_;
  std::deque<Duration> begins_;  // of those that may still wait; rising
  std::size_t max_waiting_;
};

}  // namespace loadcurve::mock
