#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "scaler/twin/policy.h"

namespace loadcurve::twin {

// The settings of a knob.
struct Sweep {
  std::string name;  // "target"
  std::vector<double> values;
};

// `count` >= 2 values from `first` to `last`, evenly spaced, or each the same multiple of the one
// before (both > 0 then).
std::vector<double> Evenly(double first, double last, std::size_t count);
std::vector<double> Geometrically(double first, double last, std::size_t count);

// Whether an HPA itself decides.
enum class Decider { kPolicy, kHpa };

// A policy for one setting; `ahead` is what the family foresaw: one load a step, in replicas, or
// nothing.
using MakePolicy =
    std::function<std::unique_ptr<Policy>(double value, std::span<const double> ahead)>;

// A family whose settings differ in one number.
class SweptFamily final : public PolicyFamily {
 public:
  SweptFamily(std::string name, Sweep sweep, std::vector<double> ahead, MakePolicy make,
              Decider decider = Decider::kPolicy);

  std::string_view name() const override { return name_; }
  std::vector<std::string> KnobNames() const override;
  std::unique_ptr<Policy> Make(std::size_t knob) const override;
  bool is_hpa() const override { return decider_ == Decider::kHpa; }

 private:
  std::string name_;
  Sweep sweep_;
  std::vector<double> ahead_;
  MakePolicy make_;
  Decider decider_;
};

// "target=0.7".
std::string KnobName(const std::string& name, double value);

}  // namespace loadcurve::twin
