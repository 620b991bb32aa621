#include "scaler/twin/swept_family.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace loadcurve::twin {

std::vector<double> Evenly(double first, double last, std::size_t count) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i)
    values.push_back(first +
                     (last - first) * static_cast<double>(i) / static_cast<double>(count - 1));
  return values;
}

std::vector<double> Geometrically(double first, double last, std::size_t count) {
  std::vector<double> values = Evenly(std::log(first), std::log(last), count);
  for (double& value : values) value = std::exp(value);
  return values;
}

std::string KnobName(const std::string& name, double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "=%.5g", value);
  return name + text.data();
}

SweptFamily::SweptFamily(std::string name, Sweep sweep, std::vector<double> ahead, MakePolicy make,
                         Decider decider)
    : name_(std::move(name)),
      sweep_(std::move(sweep)),
      ahead_(std::move(ahead)),
      make_(std::move(make)),
      decider_(decider) {}

std::vector<std::string> SweptFamily::KnobNames() const {
  std::vector<std::string> names;
  for (const double value : sweep_.values) names.push_back(KnobName(sweep_.name, value));
  return names;
}

std::unique_ptr<Policy> SweptFamily::Make(std::size_t knob) const {
  return make_(sweep_.values[knob], ahead_);
}

}  // namespace loadcurve::twin
