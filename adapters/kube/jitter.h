#pragma once

#include <cstdint>
#include <random>

namespace loadcurve::kube {

// Seeded chance, so that many who wait do not come back together. Not a distribution of the
// standard library: those differ from one library to the next.
class Jitter {
 public:
  explicit Jitter(std::uint64_t seed) : random_(seed) {}

  // [0, 1)
  double Next() { return static_cast<double>(random_() >> 11U) * 0x1.0p-53; }

 private:
  std::mt19937_64 random_;
};

}  // namespace loadcurve::kube
