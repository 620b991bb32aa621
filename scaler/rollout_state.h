#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/units.h"
#include "scaler/rollout_stage.h"

namespace loadcurve {

// One decision about a stage.
struct RolloutChange {
  TimePoint at{};
  RolloutStage from = RolloutStage::kObserve;
  RolloutStage to = RolloutStage::kObserve;
  std::string why{};  // with its numbers

  bool operator==(const RolloutChange&) const = default;
};

// Where a profile's rollout stands; a status keeps it over restarts.
struct RolloutState {
  RolloutStage stage = RolloutStage::kObserve;
  bool is_auto = true;
  // What was measured since `since`: windows, those whose load stayed at or below the forecast,
  // those whose load was more than the decided count carries at its limit, and the replicas that
  // were needed and decided, all windows together.
  TimePoint since{};
  std::int64_t windows = 0;
  std::int64_t covered = 0;
  std::int64_t violated = 0;
  std::int64_t needed = 0;
  std::int64_t decided = 0;
  std::optional<RolloutChange> last{};
  std::optional<Replicas> recommended{};  // in Recommend: what would be decided

  bool operator==(const RolloutState&) const = default;
};

}  // namespace loadcurve
