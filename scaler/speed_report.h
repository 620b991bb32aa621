#pragma once

#include <map>
#include <string>

#include "metrics/instance_speed.h"
#include "scaler/replica_mix.h"

namespace loadcurve {

// What is learnt of how fast families of instances are for one workload.
struct SpeedReport {
  std::string reference{};  // the family that all are compared with, at 1
  // By family, without the reference.
  std::map<std::string, InstanceSpeed> families{};
  std::string why{};  // how much was seen, or why nothing is known

  bool operator==(const SpeedReport&) const = default;
};

// Whether a speed is known well enough to stand on: seen in twelve windows, and right within 5 %
// with a chance of 90 %.
bool IsBelieved(const InstanceSpeed& speed);

// The reference at 1, and those that are believed.
InstanceSpeeds BelievedOf(const SpeedReport& report);

}  // namespace loadcurve
