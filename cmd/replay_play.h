#pragma once

#include <optional>
#include <stop_token>

#include "adapters/replay/load_generator.h"
#include "base/clock.h"
#include "cmd/output.h"

namespace loadcurve {

// A load while it runs: the intervals since the warm-up, added up. What it meets is shown on stderr
// where that is a terminal.
class ReplayPlay {
 public:
  // `generator` and `clock` outlive it.
  ReplayPlay(replay::LoadGenerator& generator, const Clock& clock, std::stop_token stop);

  // Forgets what was sent before `warm_up`; true where the load was played to `length` or to
  // its last request.
  bool Run(Duration warm_up, std::optional<Duration> length);

  // Ends the load; the latest answers count, but not the time they took.
  replay::LoadInterval End(Duration grace);

 private:
  void ForgetCounts();

  replay::LoadGenerator& generator_;
  const Clock& clock_;
  std::stop_token stop_;
  Progress progress_;
  std::optional<replay::LoadInterval> total_;
};

}  // namespace loadcurve
