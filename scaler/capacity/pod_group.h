#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "scaler/capacity/capacity_offer.h"
#include "scaler/label_requirement.h"
#include "scaler/pod_affinity.h"

namespace loadcurve::capacity {

// How far pods of a group must stand apart; 0 = as they like.
struct PodSpread {
  std::int64_t zone_skew = 0;     // most that two zones may differ by (topologySpreadConstraints)
  std::int64_t most_on_node = 0;  // of them on one node
  std::int64_t most_in_zone = 0;  // of them in one zone
};

// What is said of pods that are alike.
struct PodGroupFields {
  std::string name;       // no two groups have the same
  NodeResources request;  // of one pod; `pods` is 1, whatever stands here
  std::map<std::string, std::string> node_selector;  // labels that a node must have
  LabelTerms node_affinity;                          // of its labels, one of these
  // "key=value:Effect", "key:Effect" (any value), "key" (any effect), "*" (all).
  std::vector<std::string> tolerations;
  std::vector<std::string> zones;  // of its volumes; empty: any
  PodSpread spread;
  PodMarks marks{};                              // what terms of others select it by
  std::vector<PodAffinityTerm> affinity{};       // all of them; see PodNeighbours
  std::vector<PodAffinityTerm> anti_affinity{};  // each of them
  // Set while a plan is made: the zones that its neighbours leave to it. Empty: none.
  std::optional<std::vector<std::string>> planned_zones{};
  bool may_be_interrupted = true;  // false: never on spot
  std::string home_region;         // where it is free to stand; "" = anywhere
  UsdPerHour egress;               // traffic that one pod causes outside its home region; >= 0
  bool is_core = false;            // what the business stands on: to be moved last
};

// Pods that are alike: they ask for the same and may stand in the same places.
class PodGroup {
 public:
  // kInvalidArgument, with the name of the field, unless CPU or memory is asked for, nothing is
  // negative or not finite, and there is a name. A term of anti-affinity that means the group
  // itself makes it stand one on a node, or one in a zone.
  [[nodiscard]] static Result<PodGroup> Make(PodGroupFields fields);

  const PodGroupFields& fields() const { return fields_; }
  const std::string& name() const { return fields_.name; }
  const NodeResources& request() const { return fields_.request; }

 private:
  explicit PodGroup(PodGroupFields fields) : fields_(std::move(fields)) {}

  PodGroupFields fields_;
};

// Why no pod of the group may stand on a node of the offer, in words; absent where one may.
std::optional<std::string> WhyNotOn(const PodGroup& group, const CapacityOffer& offer);

// How many pods of the group an empty node of the offer holds, as far as their size and what may
// stand together on a node have it.
std::int64_t PodsOnEmptyNode(const PodGroup& group, const CapacityOffer& offer);

}  // namespace loadcurve::capacity
