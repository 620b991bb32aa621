#pragma once

#include <cstdint>

namespace loadcurve {

// A load in 16 bits: its logarithm, of which 1023 steps double it. What comes back is within
// 0.04 % of what went in for 6e-8 to 1e12; what lies beyond is taken for the nearest of these.
// Zero and missing (NaN) come back as they were.
class CompactLoad {
 public:
  CompactLoad() = default;  // missing
  explicit CompactLoad(float load);

  float value() const;

 private:
  std::uint16_t code_ = 0xFFFF;
};

}  // namespace loadcurve
