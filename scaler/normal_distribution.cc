#include "scaler/normal_distribution.h"

#include <cmath>
#include <numbers>

namespace loadcurve {

double NormalBelow(double value) {
  return 0.5 * std::erfc(-value / std::numbers::sqrt2);
}

// By halving.
double NormalQuantile(double level) {
  double low = -10;
  double high = 10;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (NormalBelow(middle) < level ? low : high) = middle;
  }
  return high;
}

}  // namespace loadcurve
