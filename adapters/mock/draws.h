#pragma once

#include <cstdint>
#include <string_view>

namespace loadcurve::mock {

// Numbers that look random and follow from a key alone (SplitMix64: Steele, Lea and Flood, 2014),
// so that the n-th answer of a route is the same whatever else was asked meanwhile.
class Draws {
 public:
  explicit Draws(std::uint64_t key) : state_(key) {}

  std::uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15U;
    return Mixed(state_);
  }

  // Uniform in [0, 1).
  double Share() { return static_cast<double>(Next() >> 11) * 0x1p-53; }

  static constexpr std::uint64_t Mixed(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
    return value ^ (value >> 31);
  }

 private:
  std::uint64_t state_;
};

// A key for the `count`-th draw on behalf of `name`; FNV-1a, then mixed.
constexpr std::uint64_t KeyOf(std::uint64_t seed, std::string_view name, std::uint64_t count) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return Draws::Mixed(Draws::Mixed(seed) ^ hash) + count * 0xD1342543DE82EF95U;
}

}  // namespace loadcurve::mock
