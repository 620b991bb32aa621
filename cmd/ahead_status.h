#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/kube/capacity_profile_status.h"
#include "adapters/kube/capacity_profile_store.h"
#include "base/result.h"
#include "base/units.h"
#include "scaler/capacity/capacity_profile.h"
#include "scaler/capacity/node_demand.h"
#include "scaler/capacity/pool_speeds.h"
#include "scaler/capacity/resource_amounts.h"
#include "scaler/workload_status.h"

namespace loadcurve {

// What is found of the workloads that a CapacityProfile selects, member by member.
struct AheadFindings {
  std::vector<kube::WorkloadAhead> ahead;                     // a row a member
  std::vector<std::optional<capacity::NodeResources>> sizes;  // of one replica
  std::vector<std::optional<UsdPerHour>> prices;              // of one replica-hour
  std::vector<bool> is_known;                                 // false: the loop told nothing yet
  std::vector<capacity::GroupDemand> demand;                  // of those whose pods are known
  std::vector<std::string> left_out;                          // the others
  std::vector<capacity::WorkloadSpeeds> speeds;               // of those that learn them
  bool is_certain = true;                                     // good enough to give nodes back
  std::vector<std::string> unforeseen;
  std::vector<std::string> limited;
  std::optional<Error> fault;  // the first, in what was to be written
  std::string unheeded;

  // Of that member, whose pods are known or not.
  void AddDemand(const ProfileKey& member, const std::optional<capacity::GroupDemand>& of);
};

// So many names, and how many more there are.
std::string Listed(const std::vector<std::string>& names);

// The status that says so, without what there is of nodes that are bought. `profile` is what is in
// force of what is `stored`.
kube::CapacityProfileStatus AheadStatus(const kube::StoredCapacityProfile& stored,
                                        const std::optional<capacity::CapacityProfile>& profile,
                                        AheadFindings findings, TimePoint now);

}  // namespace loadcurve
