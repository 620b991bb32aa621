#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace loadcurve::prometheus {

// By name; the metric's own name is "__name__", where the server gives it.
using Labels = std::map<std::string, std::string, std::less<>>;

// Empty where there is no such label, which to Prometheus is the same.
inline std::string_view LabelOf(const Labels& labels, std::string_view name) {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string_view() : std::string_view(found->second);
}

// One sample; NaN and infinite values are values.
struct FloatPoint {
  TimePoint time;
  double value = 0;

  bool operator==(const FloatPoint&) const = default;
};

// One bucket of a native histogram, in the metric's own unit. Not cumulative: only what
// lies between the two edges. Buckets that hold nothing are left out by the server.
struct NativeBucket {
  double left = 0;
  double right = 0;
  double count = 0;

  bool operator==(const NativeBucket&) const = default;
};

// One sample of a native histogram.
struct NativePoint {
  TimePoint time;
  double count = 0;
  double sum = 0;
  std::vector<NativeBucket> buckets{};  // rising

  bool operator==(const NativePoint&) const = default;
};

// One series of an answer: samples in order of time, of either kind.
struct TimeSeries {
  Labels labels;
  std::vector<FloatPoint> points{};
  std::vector<NativePoint> histograms{};
};

}  // namespace loadcurve::prometheus
