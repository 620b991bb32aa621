#include "scaler/capacity/plan/pod_shares.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <string>

#include "scaler/capacity/plan/linear_program.h"
#include "scaler/capacity/plan/shortfall_scenarios.h"
#include "scaler/capacity/resource_amounts.h"

namespace loadcurve::capacity {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kNoColumn = -1;
// The last tenth of a pool is hard to fill with whole pods, and is taken last.
constexpr double kTight = 0.1;
constexpr double kTightCost = 1e-3;

class ShareProgram {
 public:
  ShareProgram(const NodeDemand& demand, std::span<const CapacityOffer> offers,
               std::span<const std::int64_t> nodes)
      : demand_(demand), offers_(offers), nodes_(nodes), used_(offers.size()) {
    for (std::size_t i = 0; i < offers.size(); ++i)
      for (std::size_t r = 0; r < used_[i].size(); ++r) {
        const double all = AmountsOf(offers[i].allocatable)[r] * static_cast<double>(nodes[i]);
        used_[i][r].lower = -kInfinity;
        used_[i][r].upper = all * (1 - kTight);
        used_[i][r].Add(program_.AddColumn({kTightCost, 0, all * kTight, false}), -1);
      }
  }

  void AddGroup(std::size_t group, double need) {
    const PodGroup& pods = demand_.groups()[group].pods;
    const ResourceAmounts request = AmountsOf(pods.request());
    needs_.push_back(need);
    LinearRow placed{.lower = need, .upper = kInfinity, .columns = {}, .factors = {}};
    std::map<std::string, LinearRow> of_zone;
    std::vector<int>& columns = columns_.emplace_back(offers_.size(), kNoColumn);
    for (std::size_t i = 0; i < offers_.size(); ++i) {
      if (nodes_[i] == 0 || WhyNotOn(pods, offers_[i])) continue;
      columns[i] = AddPods(pods, i);
      placed.Add(columns[i], offers_[i].speed);
      of_zone[offers_[i].zone].Add(columns[i], 1);
      for (std::size_t r = 0; r < request.size(); ++r)
        if (request[r] > 0) used_[i][r].Add(columns[i], request[r]);
    }
    placed.Add(program_.AddColumn({SizeOf(request), 0, kInfinity, false}), 1);
    program_.rows.push_back(std::move(placed));
    const PodSpread& spread = pods.fields().spread;
    for (auto& [zone, row] : of_zone)
      if (spread.most_in_zone > 0) {
        LinearRow most = row;
        most.lower = -kInfinity;
        most.upper = static_cast<double>(spread.most_in_zone);
        program_.rows.push_back(std::move(most));
      }
    if (spread.zone_skew > 0) AddSpread(static_cast<double>(spread.zone_skew), of_zone);
  }

  // Beside one pod there is room for no more than its share, or than a node has; two groups that
  // keep apart share whole nodes.
  void AddNeighbours(const PodNeighbours& neighbours) {
    for (std::size_t i = 0; i < offers_.size(); ++i)
      for (std::size_t a = 0; a < columns_.size(); ++a) {
        if (columns_[a][i] == kNoColumn) continue;
        if (neighbours.NeedsOnNode(a)) AddBeside(neighbours, a, i);
        for (std::size_t b = a + 1; b < columns_.size(); ++b)
          if (columns_[b][i] != kNoColumn && neighbours.AreApartOnNode(a, b)) AddApart(a, b, i);
      }
  }

  std::vector<std::vector<double>> Take() {
    for (auto& rows : used_)
      for (LinearRow& row : rows)
        if (row.columns.size() > 1) program_.rows.push_back(std::move(row));
    const auto solution = Solve(program_);
    std::vector<std::vector<double>> pods;
    for (const std::vector<int>& columns : columns_) {
      std::vector<double>& of_group = pods.emplace_back(offers_.size(), 0.0);
      for (std::size_t i = 0; solution && i < columns.size(); ++i)
        if (columns[i] != kNoColumn)
          of_group[i] = solution->values[static_cast<std::size_t>(columns[i])];
    }
    return pods;
  }

 private:
  // Each zone has at least as many as the one with fewest, and no more than the skew beyond.
  void AddSpread(double skew, std::map<std::string, LinearRow>& of_zone) {
    const int fewest = program_.AddColumn({0, 0, kInfinity, false});
    for (auto& [zone, row] : of_zone) {
      row.lower = 0;
      row.upper = skew;
      row.Add(fewest, -1);
      program_.rows.push_back(std::move(row));
    }
  }

  double PodsOnNode(std::size_t group, std::size_t offer) const {
    return static_cast<double>(PodsOnEmptyNode(demand_.groups()[group].pods, offers_[offer]));
  }

  void AddBeside(const PodNeighbours& neighbours, std::size_t group, std::size_t offer) {
    LinearRow row{.lower = -kInfinity, .upper = 0, .columns = {}, .factors = {}};
    row.Add(columns_[group][offer], 1);
    // Packing leaves the same room beside each.
    double all = 0;
    for (const std::size_t needed : neighbours.NeededBy(group)) all += needs_[needed];
    const double beside = std::max(1.0, needs_[group]) / std::max(1.0, all);
    for (const std::size_t needed : neighbours.NeededBy(group)) {
      if (needed == group) return;
      if (columns_[needed][offer] != kNoColumn)
        row.Add(columns_[needed][offer], -std::min(PodsOnNode(group, offer), beside));
    }
    program_.rows.push_back(std::move(row));
  }

  void AddApart(std::size_t a, std::size_t b, std::size_t offer) {
    LinearRow row{.lower = -kInfinity, .upper = 0, .columns = {}, .factors = {}};
    row.upper = static_cast<double>(nodes_[offer]);
    row.Add(columns_[a][offer], 1 / PodsOnNode(a, offer));
    row.Add(columns_[b][offer], 1 / PodsOnNode(b, offer));
    program_.rows.push_back(std::move(row));
  }

  // What is paid for already is used first, then what stays.
  int AddPods(const PodGroup& pods, std::size_t offer) {
    constexpr double kPreference = 1e-4;
    const double most = static_cast<double>(pods.fields().spread.most_on_node);
    return program_.AddColumn({kPreference * static_cast<double>(offers_[offer].capacity_class) *
                                   SizeOf(AmountsOf(pods.request())),
                               0, most > 0 ? most * static_cast<double>(nodes_[offer]) : kInfinity,
                               false});
  }

  const NodeDemand& demand_;
  std::span<const CapacityOffer> offers_;
  std::span<const std::int64_t> nodes_;
  LinearProgram program_;
  std::vector<std::vector<int>> columns_;       // [group][offer]
  std::vector<double> needs_;                   // [group]
  std::vector<std::array<LinearRow, 3>> used_;  // of each offer, by resource
};

}  // namespace

std::vector<std::vector<double>> SharePods(const NodeDemand& demand,
                                           const PodNeighbours& neighbours, double probability,
                                           std::span<const CapacityOffer> offers,
                                           std::span<const std::int64_t> nodes) {
  ShareProgram program(demand, offers, nodes);
  for (std::size_t group = 0; group < demand.groups().size(); ++group)
    program.AddGroup(group, demand.ReplicasAt(group, probability));
  if (!neighbours.is_empty()) program.AddNeighbours(neighbours);
  return program.Take();
}

}  // namespace loadcurve::capacity
