#include "cmd/replay_play.h"

#include <algorithm>
#include <utility>

#include "cmd/replay_report.h"

namespace loadcurve {

ReplayPlay::ReplayPlay(replay::LoadGenerator& generator, const Clock& clock, std::stop_token stop)
    : generator_(generator), clock_(clock), stop_(std::move(stop)) {}

bool ReplayPlay::Run(Duration warm_up, std::optional<Duration> length) {
  const Duration begin = clock_.MonotonicNow();
  clock_.SleepUntil(begin + warm_up, stop_);
  total_.emplace(generator_.TakeInterval());
  if (warm_up > Duration(0)) ForgetCounts();
  constexpr Duration kTick = std::chrono::seconds(1);
  constexpr Duration kForever = std::chrono::hours(24 * 365);
  const Duration end = begin + warm_up + length.value_or(kForever);
  for (Duration next = begin + warm_up; next < end && !stop_.stop_requested();) {
    next = std::min(next + kTick, end);
    clock_.SleepUntil(next, stop_);
    const replay::LoadInterval latest = generator_.TakeInterval();
    progress_.Show(LiveLine(latest, clock_.MonotonicNow() - begin));
    total_->Append(latest);
    if (generator_.HasEnded()) return true;
  }
  return !stop_.stop_requested();
}

replay::LoadInterval ReplayPlay::End(Duration grace) {
  const TimePoint to = total_->to;
  generator_.Stop(grace);
  total_->Append(generator_.TakeInterval());
  total_->to = to;
  return *std::move(total_);
}

void ReplayPlay::ForgetCounts() {
  const TimePoint from = total_->to;
  replay::LoadInterval empty(
      RequestCounts::Make(total_->counts.bounds(), total_->counts.step()).value());
  empty.from = empty.to = from;
  total_.emplace(std::move(empty));
}

}  // namespace loadcurve
