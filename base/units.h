#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace loadcurve {

// Spans and instants, in whole microseconds; instants are UTC.
using Duration = std::chrono::microseconds;
using TimePoint = std::chrono::sys_time<Duration>;

// Seconds as a real number, for rates and for printing.
constexpr double Seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// A real number with a unit. Quantities of one unit add, subtract, compare and
// divide to a plain ratio; they scale by plain numbers; units never mix.
template <class Unit>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(double value) : value_(value) {}

  constexpr double value() const { return value_; }

  constexpr auto operator<=>(const Quantity&) const = default;
  constexpr Quantity operator+(Quantity other) const { return Quantity(value_ + other.value_); }
  constexpr Quantity operator-(Quantity other) const { return Quantity(value_ - other.value_); }
  constexpr Quantity operator*(double factor) const { return Quantity(value_ * factor); }
  constexpr Quantity operator/(double divisor) const { return Quantity(value_ / divisor); }
  constexpr double operator/(Quantity other) const { return value_ / other.value_; }
  constexpr Quantity& operator+=(Quantity other) {
    value_ += other.value_;
    return *this;
  }

 private:
  double value_ = 0;
};

// Load: "as heavy as this many reference requests a second". Its scale is that of
// the weights it was measured with, see RequestWeights.
using MetricsQps = Quantity<struct MetricsQpsUnit>;
// CPU time, and CPU time per second (1 = one core busy).
using CpuSeconds = Quantity<struct CpuSecondsUnit>;
using CpuCores = Quantity<struct CpuCoresUnit>;
// Requests, threads or connections held at once.
using BusySlots = Quantity<struct BusySlotsUnit>;
using UsdPerHour = Quantity<struct UsdPerHourUnit>;
// A share in [0, 1]; the word percent appears only in printed text.
using Ratio = Quantity<struct RatioUnit>;

// A whole number with a unit.
template <class Unit>
class Count {
 public:
  constexpr Count() = default;
  constexpr explicit Count(std::int64_t value) : value_(value) {}

  constexpr std::int64_t value() const { return value_; }

  constexpr auto operator<=>(const Count&) const = default;
  constexpr Count operator+(Count other) const { return Count(value_ + other.value_); }
  constexpr Count operator-(Count other) const { return Count(value_ - other.value_); }

 private:
  std::int64_t value_ = 0;
};

using Replicas = Count<struct ReplicasUnit>;
using Bytes = Count<struct BytesUnit>;

}  // namespace loadcurve
