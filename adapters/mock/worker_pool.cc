#include "adapters/mock/worker_pool.h"

#include <algorithm>

namespace loadcurve::mock {

WorkerPool::WorkerPool(std::size_t workers, std::size_t max_waiting)
    : free_at_({}, std::vector<Duration>(workers, Duration(0))), max_waiting_(max_waiting) {}

std::size_t WorkerPool::Waiting(Duration now) {
  while (!begins_.empty() && begins_.front() <= now) begins_.pop_front();
  return begins_.size();
}

std::optional<Duration> WorkerPool::Begin(Duration now, Duration service) {
  const Duration begin = std::max(now, free_at_.top());
  if (begin > now && Waiting(now) >= max_waiting_) return std::nullopt;
  free_at_.pop();
  free_at_.push(begin + service);
  if (begin > now) begins_.push_back(begin);
  return begin;
}

}  // namespace loadcurve::mock
