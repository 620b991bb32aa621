#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace loadcurve::capacity {

// What pods ask of nodes, and what a node has for them.
struct NodeResources {
  CpuCores cpu;           // >= 0
  Bytes memory;           // >= 0
  std::int64_t pods = 0;  // >= 0
};

// Under which contract a node is held.
enum class CapacityClass {
  kReserved,  // a subscription: paid whether it is used or not
  kOnDemand,  // by the hour, stays until it is given back
  kSpot,      // by the hour, may be taken away
};

// "reserved", "on-demand", "spot", as labels of nodes have it.
std::string_view Name(CapacityClass capacity_class);

// One way to get nodes: one type of machine, or a shape cut from one, in one zone under one
// contract.
struct CapacityOffer {
  std::string pool;  // its name; no two offers have the same
  std::string region;
  std::string zone;
  std::string instance_type;
  std::string family;  // "m5"; "" = none
  CapacityClass capacity_class = CapacityClass::kOnDemand;

  NodeResources
      allocatable;      // of an empty node: what the system and daemon sets take is off already
  UsdPerHour price;     // > 0
  TimePoint priced_at;  // when the price was seen
  Duration boot{};      // p95, from the order to a ready node; >= 0
  std::int64_t most_nodes = 0;  // quota or stock, >= 0
  double losses_per_hour = 0;   // of a spot node, as known beforehand; >= 0
  double speed = 1;             // load that a pod carries here over what it carries elsewhere; > 0
  std::map<std::string, std::string> labels;
  std::vector<std::string> taints;  // "key=value:NoSchedule"

  // Nodes that are cut from one machine and come and go together; price, allocatable and
  // most_nodes are of one of them, and most_nodes is a multiple. >= 1
  std::int64_t pieces = 1;
  CpuCores vcpu;  // of a node, as quotas count it; 0 = what is allocatable
};

}  // namespace loadcurve::capacity
