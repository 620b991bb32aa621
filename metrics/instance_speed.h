#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/units.h"

namespace loadcurve {

// What the pods of a workload on instances of one family did together in a window.
struct FamilyUse {
  std::string family;  // "m5"
  Replicas pods;       // > 0
  MetricsQps load;     // of all of them, > 0
  CpuCores cpu;        // the same, > 0
};

// All families of one window.
using FamilyWindow = std::vector<FamilyUse>;

// The load that a core of one family serves by what a core of another does, with its 90 % interval.
struct InstanceSpeed {
  double speed = 1;
  double low = 1;
  double high = 1;
  std::size_t windows = 0;  // that both, or families between them, were seen in together

  bool operator==(const InstanceSpeed&) const = default;
};

// How fast families of instances are for one workload, by `reference`, from windows in which pods
// of several served side by side:
//
//   cpu = cost(family) * level(window) * (load + pods * idle)
//
// Only families of the same window are compared, so a release, another mix of requests or noise
// beside all of them changes nothing. `idle`, the load that costs as much as a pod without any, is
// the one that explains the windows best: it matters where a balancer gives fast pods more. The
// logarithms are fitted by least squares, reweighted (Huber), and errors that stay from one window
// to the next widen the interval. `windows` are in order of time.
//
// A family that was never seen beside the reference, nor beside one that was, is left out; so are
// all where fewer than three windows are left to judge by.
std::map<std::string, InstanceSpeed> InstanceSpeedsOf(std::span<const FamilyWindow> windows,
                                                      const std::string& reference);

}  // namespace loadcurve
