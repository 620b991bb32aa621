#include "cmd/workload_demand.h"

#include <algorithm>
#include <utility>

namespace loadcurve {

std::optional<capacity::NodeResources> ReplicaSize(const ScaleObservation& observed) {
  capacity::NodeResources size{.pods = 1};
  double bytes = 0;
  for (const ContainerResources& container : observed.containers) {
    if (const auto& cpu = container.cpu_request ? container.cpu_request : container.cpu_limit)
      size.cpu += *cpu;
    if (const auto& memory =
            container.memory_request ? container.memory_request : container.memory_limit)
      bytes += static_cast<double>(memory->value());
  }
  size.memory = Bytes(static_cast<std::int64_t>(bytes));
  if (observed.containers.empty() && observed.cpu) size.cpu = *observed.cpu;
  if (size.cpu.value() <= 0 && size.memory.value() <= 0) return std::nullopt;
  return size;
}

std::optional<capacity::GroupDemand> DemandOf(const ProfileKey& key,
                                              const ScaleObservation& observed,
                                              const NeedAhead& need, double replica_speed,
                                              std::vector<std::string> volume_zones) {
  const auto size = ReplicaSize(observed);
  if (!size) return std::nullopt;
  const PodPlacement& placement = observed.placement;
  auto pods = capacity::PodGroup::Make({.name = ToString(key),
                                        .request = *size,
                                        .node_selector = placement.node_selector,
                                        .node_affinity = placement.node_affinity,
                                        .tolerations = placement.tolerations,
                                        .zones = std::move(volume_zones),
                                        .spread = {.zone_skew = placement.zone_skew},
                                        .marks = observed.marks,
                                        .affinity = placement.affinity,
                                        .anti_affinity = placement.anti_affinity});
  if (!pods) return std::nullopt;
  capacity::GroupDemand demand{*std::move(pods), {}};
  for (const Replicas needed : need.quantiles)
    demand.replicas.push_back(replica_speed *
                              static_cast<double>(std::max(needed, observed.current).value()));
  return demand;
}

}  // namespace loadcurve
