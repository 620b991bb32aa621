#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/units.h"

namespace loadcurve {

// How far decisions are followed. Each stage does what the one before does, and more.
enum class RolloutStage {
  kObserve,    // the count stays; forecasts and decisions are made and judged
  kRecommend,  // the same, and what would be decided is shown
  kUpOnly,     // the count grows, and never shrinks
  kFull,       // decisions are followed
};

// "Observe", "Recommend", "UpOnly", "Full".
constexpr std::string_view Name(RolloutStage stage) {
  switch (stage) {
    case RolloutStage::kObserve:
      return "Observe";
    case RolloutStage::kRecommend:
      return "Recommend";
    case RolloutStage::kUpOnly:
      return "UpOnly";
    case RolloutStage::kFull:
      return "Full";
  }
  return "Unknown";
}

// What a profile asks for.
struct RolloutSpec {
  // Absent: Auto, from Observe up to Full as measurements allow. A stage is a manual hold.
  std::optional<RolloutStage> stage = RolloutStage::kFull;
  // How long a stage is measured before the next; 10 min to 30 d.
  Duration window = std::chrono::hours(24);

  bool operator==(const RolloutSpec&) const = default;
};

}  // namespace loadcurve
