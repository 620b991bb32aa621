#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/units.h"
#include "scaler/capacity/plan/capacity_plan.h"
#include "scaler/capacity/plan/plan_inputs.h"
#include "scaler/capacity/plan/plan_program.h"
#include "scaler/capacity/plan/plan_terms.h"
#include "scaler/capacity/pod_neighbours.h"

namespace loadcurve::capacity {

// An hour, of all reserved nodes, used or not.
UsdPerHour PaidAnyway(std::span<const CapacityOffer> offers);
// An hour, with nodes[i] of offers[i].
UsdPerHour CostOf(std::span<const CapacityOffer> offers, std::span<const std::int64_t> nodes);

// Brings the nodes that a linear program counted and the pods that are packed onto them together:
// the program does not know how whole pods fit.
class PlanMending {
 public:
  // All outlive it.
  PlanMending(const PlanInputs& inputs, const PlanTerms& terms, const PodNeighbours& neighbours,
              const PlanProgram& program)
      : inputs_(inputs), terms_(terms), neighbours_(neighbours), program_(program) {}

  // Adds machines where pods did not fit together, until they do or that is of no use; gives what
  // they cost an hour.
  double AddNodes(std::vector<std::int64_t>& nodes, PodPacking& packing) const;

  // In a fleet of a few nodes, takes machines away, or two for one, as long as all pods keep a
  // place and the limits and the risk are kept; gives what that saves an hour.
  double TakeNodes(std::vector<std::int64_t>& nodes, PodPacking& packing, PlanRisk& risk) const;

 private:
  // Machines of a fleet that go, and one that comes.
  struct Change {
    std::size_t gone = 0;
    std::optional<std::size_t> gone_too;
    std::optional<std::size_t> come;
    double saving = 0;  // USD an hour
  };

  double AddMachines(const UnplacedPods& pods, std::vector<std::int64_t>& nodes) const;
  double TakenBy(std::size_t offer, const UnplacedPods& pods) const;
  std::optional<std::size_t> CheapestFor(const UnplacedPods& pods,
                                         const std::vector<std::int64_t>& nodes) const;
  bool MayGrow(std::size_t offer, const std::vector<std::int64_t>& nodes) const;
  double CoresUnder(const CpuQuota& quota, const std::vector<std::int64_t>& nodes) const;
  std::vector<Change> ChangesOf(const std::vector<std::int64_t>& nodes) const;
  bool MayGo(std::size_t offer, const std::vector<std::int64_t>& nodes) const;
  std::optional<std::vector<std::int64_t>> After(const Change& change,
                                                 std::vector<std::int64_t> nodes) const;
  bool IsEnough(const std::vector<std::int64_t>& nodes) const;

  const PlanInputs& inputs_;
  const PlanTerms& terms_;
  const PodNeighbours& neighbours_;
  const PlanProgram& program_;
};

}  // namespace loadcurve::capacity
