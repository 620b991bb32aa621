#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scaler/capacity/plan/capacity_plan.h"
#include "scaler/capacity/plan/linear_program.h"
#include "scaler/capacity/plan/neighbour_counts.h"
#include "scaler/capacity/plan/plan_inputs.h"
#include "scaler/capacity/plan/plan_terms.h"
#include "scaler/capacity/plan/pod_classes.h"
#include "scaler/capacity/plan/shortfall_scenarios.h"

namespace loadcurve::capacity {

// What a plan is to decide, as a linear program:
//
//   min  sum over pools of  price * nodes  +  what starts, moves, losses and egress cost
//   s.t. room of each class, nothing lost      >= what is asked for at the level
//        CVaR of what has no room, by scenario <= most_shortfall of what is asked for
//        nodes of pods that keep apart are not the same, those beside others no more than theirs
//        quotas, shares of spot, zone and family, the cap on spending
//
// CVaR as Rockafellar and Uryasev have it (Optimization of conditional value-at-risk, Journal of
// Risk 2, 2000): threshold + mean excess / (1 - tail). Rows of scenarios are handed out only when
// they are broken; of some 200 times the classes few ever matter. What is limited may be exceeded
// at a price far above any node's, so that there always is a solution, and it tells what gives way.
class PlanProgram {
 public:
  // All six outlive it.
  PlanProgram(const PlanInputs& inputs, const PlanTerms& terms, const PodNeighbours& neighbours,
              const NeighbourCounts& counts, const std::vector<PodClass>& classes,
              const ShortfallScenarios& scenarios);

  const LinearProgram& program() const { return program_; }

  // Of a solution: nodes of each offer, and what may go wrong with them.
  std::vector<std::int64_t> NodesOf(std::span<const double> values) const;
  PlanRisk RiskOf(std::span<const double> values) const;
  // Where pods stay on the nodes that a packing has them on, and others get no room there.
  PlanRisk RiskOf(const PodPacking& packing) const;
  // Limits that are exceeded, in words.
  std::vector<std::string> Excesses(std::span<const double> values) const;
  // A price below which nodes of an offer would be taken that the bound leaves out.
  std::optional<UsdPerHour> PriceWanted(std::size_t offer, const LinearSolution& solution) const;
  // Whether nodes of an offer are used or held, or are too dear by no more than `share` of their
  // price.
  bool IsNear(std::size_t offer, const LinearSolution& solution, double share) const;
  // What a machine more costs an hour, all counted.
  double CostOfNew(std::size_t offer) const;
  // The same of the last machine of so many nodes, of which some may be held.
  double CostOfLast(std::size_t offer, std::int64_t nodes) const;
  // Nodes that are not left for cheaper ones.
  std::int64_t UnsettledIn(std::size_t offer) const;
  // Whether so many nodes of each offer keep the limits, of room apart.
  bool KeepsLimits(std::span<const std::int64_t> nodes) const;

 private:
  struct PoolColumns {
    int settled = 0;    // held, as many as may be left for cheaper ones
    int unsettled = 0;  // held, the others
    int added = 0;
  };
  // A limit and the column that says by how much it is exceeded.
  struct Limit {
    int excess = 0;
    std::string words;
    double scale = 1;  // from the column to the unit of the words
    std::string unit;
    bool is_room = false;  // for pods, which packing knows better
  };
  // What there is for each place of each class: [class][place].
  using Rooms = std::vector<std::vector<ResourceAmounts>>;

  // Of a pool, the nodes on which pods find those that they must stand beside, and the room there.
  struct Seats {
    LinearRow nodes{0, std::numeric_limits<double>::infinity(), {}, {}};
    LinearRow room{0, std::numeric_limits<double>::infinity(), {}, {}};
  };

  double CostOfLosses(std::size_t offer) const;
  double CostHeld(std::size_t offer) const;
  double MachinePrice(std::size_t offer) const;
  double UpperOf(int column) const {
    return program_.columns[static_cast<std::size_t>(column)].upper;
  }
  void AddPools();
  void AddClasses();
  void AddRoomAtLevel(std::size_t of_class);
  void AddHosts();
  void AddNeighbours();
  void AddHostsOf(std::size_t group);
  void AddNodesBeside(std::size_t group);
  void AddSeats(std::size_t group, std::vector<Seats>& of_offers);
  void AddNodesApart();
  void AddTaken(std::size_t group, std::vector<LinearRow>& of_offers) const;
  void AddBrokenNeighbours(std::span<const double> values, std::vector<LinearRow>& broken) const;
  int HostColumn(std::size_t group, std::size_t offer) const;
  void FindAlike();
  void AddTail();
  void AddShares();
  void AddSpotShare();
  void AddShareOf(std::size_t of_class, double share, bool is_zone);
  void AddQuotas();
  void AddSpendCap();
  int AddExcess(double cost, std::string words, double scale, std::string unit,
                bool is_room = false);
  void AddNodes(LinearRow& row, std::size_t offer, double factor) const;
  LinearRow RoomRow(std::span<const std::size_t> classes, const ResourceAmounts& asked,
                    std::size_t resource) const;
  std::vector<LinearRow> BrokenRows(std::span<const double> values) const;
  Rooms RoomsOf(std::span<const double> values) const;
  Rooms RoomsOf(const PodPacking& packing) const;
  PlanRisk RiskWith(const Rooms& rooms) const;
  ResourceAmounts AskedOf(std::size_t scenario, std::size_t alike) const;
  double Lacking(std::size_t scenario, std::size_t alike, const Rooms& rooms,
                 std::size_t& resource) const;

  const PlanInputs& inputs_;
  const PlanTerms& terms_;
  const PodNeighbours& neighbours_;
  const NeighbourCounts& counts_;
  const std::vector<PodClass>& classes_;
  const ShortfallScenarios& scenarios_;
  double size_ = 0;           // of all classes at the level
  double shortage_cost_ = 0;  // of a core that is lacking
  LinearProgram program_;
  std::vector<PoolColumns> pools_;
  std::vector<int> room_columns_;  // of each class the first; one a place
  // Classes that may stand on the same pools: when nodes are lost, room for one is room for all.
  std::vector<std::vector<std::size_t>> alike_;
  std::vector<int> lacking_columns_;  // [scenario * alike_.size() + which of these]
  // Nodes with pods of a group that has hosts counted: its first column, one a pool in their order.
  std::vector<std::optional<int>> host_columns_;
  std::vector<LinearRow> neighbour_rows_;  // handed out when they are broken
  std::vector<Limit> limits_;
};

}  // namespace loadcurve::capacity
