#include "scaler/hpa_value.h"

#include <cmath>

namespace loadcurve {

Replicas HpaValueFor(Replicas current, Replicas desired, Ratio tolerance) {
  if (desired <= current || current == Replicas(0)) return desired;
  // A ratio of exactly 1.1 is computed as a hair more by one version and less by another.
  const double edge = static_cast<double>(current.value()) * (1 + tolerance.value()) * (1 + 1e-9);
  if (static_cast<double>(desired.value()) > edge) return desired;
  return Replicas(static_cast<std::int64_t>(std::floor(edge)) + 1);
}

}  // namespace loadcurve
