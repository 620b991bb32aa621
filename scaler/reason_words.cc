#include "scaler/reason_words.h"

#include <array>
#include <cstdio>

#include "base/time_text.h"

namespace loadcurve {

std::string Short(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", number);
  return text.data();
}

std::string CountText(Replicas replicas) {
  return std::to_string(replicas.value()) + (replicas.value() == 1 ? " replica" : " replicas");
}

std::string Span(TimePoint from, TimePoint until) {
  return ToRfc3339(from) + " to " + ToRfc3339(until);
}

}  // namespace loadcurve
