#pragma once

namespace loadcurve {

// A rate of requests with its 90 % interval: low <= value <= high.
struct RateEstimate {
  double value = 0;
  double low = 0;
  double high = 0;

  RateEstimate operator*(double factor) const {
    return {value * factor, low * factor, high * factor};
  }
};

}  // namespace loadcurve
