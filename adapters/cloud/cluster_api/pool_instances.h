#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

// The instances of a MachinePool for which there are no Machines: the MachinePool lists them, and
// keeps in an annotation by which orders they came.
namespace loadcurve::cluster_api {

// Of a MachinePool: its instances and the tokens of their orders, "i-1=none i-2=TOKEN".
inline constexpr const char* kInstancesMark = "loadcurve.dev/instances";

struct PoolInstance {
  std::string token{};  // of its order; "" where none has taken it yet
  bool is_up = false;   // its node has joined
};

using PoolInstances = std::map<std::string, PoolInstance>;  // by id

// Those of spec.providerIDList; an id is the last part of its entry. They are up where
// status.nodeRefs has their name, or has as many nodes as there are instances: which node is of
// which instance it does not say.
PoolInstances InstancesOf(const nlohmann::json& machine_pool);

// As the annotation has it.
std::string InstancesText(const PoolInstances& instances);

}  // namespace loadcurve::cluster_api
