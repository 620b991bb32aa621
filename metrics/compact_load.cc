#include "metrics/compact_load.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace loadcurve {
namespace {

constexpr std::uint16_t kMissing = 0xFFFF;
constexpr std::uint16_t kZero = 0;
constexpr float kLeast = -24;              // log2 of the least load above zero
constexpr float kStepsPerDoubling = 1023;  // 64 doublings are codes 1 to 65473

}  // namespace

CompactLoad::CompactLoad(float load) {
  if (std::isnan(load)) return;
  if (load <= 0) {
    code_ = kZero;
    return;
  }
  const float code = (std::log2(load) - kLeast) * kStepsPerDoubling + 1;
  code_ = static_cast<std::uint16_t>(std::lround(std::clamp(code, 1.F, 65'473.F)));
}

float CompactLoad::value() const {
  if (code_ == kMissing) return std::numeric_limits<float>::quiet_NaN();
  if (code_ == kZero) return 0;
  return std::exp2(static_cast<float>(code_ - 1) / kStepsPerDoubling + kLeast);
}

}  // namespace loadcurve
