#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace loadcurve {

// Pods of a workload on nodes of one type; an empty type is not known, or no node yet.
struct PodGroup {
  std::string instance_type{};  // "m5.large"
  Replicas pods{};

  bool operator==(const PodGroup&) const = default;
};

// What families of instances carry, as shares of the stated capacity: "m5" is that of "m5" and
// "m5.large", and not of "m5a.large"; of several the longest counts.
using InstanceSpeeds = std::map<std::string, double>;

// Of the longest family stated that the instance type belongs to; absent where it is of none.
std::optional<double> SpeedOf(const InstanceSpeeds& stated, std::string_view type);

// The family of an instance type: the longest of those stated that it belongs to, else what stands
// before the last dot ("m5" of "m5.large", "ecs.g7" of "ecs.g7.large"), else before the first
// hyphen
// ("n2" of "n2-standard-4"), else all of it.
std::string FamilyOf(const InstanceSpeeds& stated, std::string_view type);

// The family that others are compared with: the first at 1 by name; empty where there is none.
std::string ReferenceOf(const InstanceSpeeds& stated);

// How many pods there are of each type, of the types by pod.
std::vector<PodGroup> GroupsByType(const std::map<std::string, std::string>& types);

// The pods that a workload has where they carry different loads. In units of the stated capacity:
//
//   what all carry    the sum of their speeds; one whose type is not known has the lowest stated
//   n fewer           what is left when the n fastest go: nobody says which go
//   n more            n times the lowest stated: nobody says where they come to run
class ReplicaMix {
 public:
  // `speeds` is not empty, and each > 0.
  ReplicaMix(const InstanceSpeeds& speeds, std::span<const PodGroup> groups);

  // What so many of them carry for sure, >= 0.
  double CarriedBy(std::int64_t count) const;
  // The fewest that carry `units`, at least 1.
  std::int64_t CountFor(double units) const;
  // What one counts for where `units` are needed: a division by it gives CountFor(units).
  double SpeedFor(double units) const;
  // In the mean of those that are there; the lowest stated where none is.
  double MeanSpeed() const;

  // "8 at 1, 4 at 1.3, one more at 1".
  std::string Text() const;

 private:
  std::vector<double> carried_{0};  // by the slowest of them, so many
  std::map<double, std::int64_t> count_of_;
  double slowest_ = 1;
};

}  // namespace loadcurve
