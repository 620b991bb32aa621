#pragma once

#include <optional>

#include "metrics/usage_source.h"

namespace loadcurve {

// What containers use is what a test says; it can fail, and counts how often it was read.
struct ScriptedUsage final : UsageSource {
  struct Script {
    std::optional<Error> failure{};
    MeasuredUsage usage{};
    int reads = 0;
    TimePoint until{};  // of the last reading
    Duration span{0};
  };
  // `script` outlives it and may change between reads.
  explicit ScriptedUsage(Script& script) : script_(script) {}

  [[nodiscard]] Result<MeasuredUsage> Read(TimePoint since, TimePoint until, Duration) override {
    ++script_.reads;
    script_.until = until;
    script_.span = until - since;
    if (script_.failure) return tl::unexpected<Error>(*script_.failure);
    return script_.usage;
  }
  Script& script_;
};

}  // namespace loadcurve
