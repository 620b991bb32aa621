// The part of a plan that says who shares nodes with whom. For each group that keeps apart, how
// many nodes of each pool have pods of it:
//
//   >= the machines that its class takes there, in nodes, and enough for its pods one by one
//   <= in sum, over groups that all keep apart from each other, the nodes of the pool
//   <= of one that must stand beside others, the nodes that have those, of which there are no more
//      than pods
//
// as far as NeighbourCounts has it that they must be counted.
//
// Rows that tie nodes to the room of classes matter for the few pools that are used, and are handed
// out when they are broken.

#include <algorithm>
#include <cmath>
#include <utility>

#include "scaler/capacity/plan/plan_program.h"

namespace loadcurve::capacity {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kNodeColumns = 3;  // of an offer

// Pairs of groups that keep apart, covered by sets in which all do: a set says more than its pairs.
std::vector<std::vector<std::size_t>> SetsApart(const PodNeighbours& neighbours,
                                                std::size_t groups) {
  std::vector<std::vector<bool>> is_covered(groups, std::vector<bool>(groups, false));
  std::vector<std::vector<std::size_t>> sets;
  for (std::size_t a = 0; a < groups; ++a)
    for (std::size_t b = a + 1; b < groups; ++b) {
      if (!neighbours.AreApartOnNode(a, b) || is_covered[a][b]) continue;
      std::vector<std::size_t> set = {a, b};
      for (std::size_t c = 0; c < groups; ++c)
        if (std::ranges::all_of(
                set, [&](std::size_t other) { return neighbours.AreApartOnNode(c, other); }))
          set.push_back(c);
      for (const std::size_t one : set)
        for (const std::size_t other : set) is_covered[one][other] = true;
      sets.push_back(std::move(set));
    }
  return sets;
}

}  // namespace

int PlanProgram::HostColumn(std::size_t group, std::size_t offer) const {
  return *host_columns_[group] + static_cast<int>(offer);
}

void PlanProgram::AddNeighbours() {
  if (neighbours_.is_empty()) return;
  const auto& groups = inputs_.demand.groups();
  host_columns_.resize(groups.size());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (!counts_.HasHosts(g)) continue;
    host_columns_[g] = static_cast<int>(program_.columns.size());
    for (const CapacityOffer& offer : inputs_.offers)
      program_.AddColumn({0, 0, WhyNotOn(groups[g].pods, offer) ? 0 : kInfinity, false});
    AddHostsOf(g);
  }
  for (std::size_t g = 0; g < groups.size(); ++g)
    if (counts_.HasSeats(g)) AddNodesBeside(g);
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    const std::size_t group = classes_[c].members.front().group;
    if (!host_columns_[group]) continue;
    for (std::size_t p = 0; p < classes_[c].places.size(); ++p) {
      const std::size_t offer = classes_[c].places[p].offer;
      LinearRow row{.lower = 0, .upper = kInfinity, .columns = {}, .factors = {}};
      row.Add(HostColumn(group, offer), 1);
      row.Add(room_columns_[c] + static_cast<int>(p),
              -static_cast<double>(inputs_.offers[offer].pieces));
      neighbour_rows_.push_back(std::move(row));
    }
  }
  AddNodesApart();
}

void PlanProgram::AddBrokenNeighbours(std::span<const double> values,
                                      std::vector<LinearRow>& broken) const {
  constexpr double kNoticed = 1e-6;  // nodes
  for (const LinearRow& row : neighbour_rows_) {
    double sum = 0;
    for (std::size_t i = 0; i < row.columns.size(); ++i)
      sum += row.factors[i] * values[static_cast<std::size_t>(row.columns[i])];
    if (sum < row.lower - kNoticed) broken.push_back(row);
  }
}

// So many nodes that whole pods fit onto them.
void PlanProgram::AddHostsOf(std::size_t group) {
  const PodGroup& pods = inputs_.demand.groups()[group].pods;
  const double replicas = inputs_.demand.ReplicasAt(group, terms_.level);
  LinearRow room{.lower = replicas, .upper = kInfinity, .columns = {}, .factors = {}};
  LinearRow count{.lower = 0, .upper = kInfinity, .columns = {}, .factors = {}};
  double most = 0;
  for (std::size_t i = 0; i < inputs_.offers.size(); ++i) {
    const CapacityOffer& offer = inputs_.offers[i];
    if (WhyNotOn(pods, offer)) continue;
    const double on_node = static_cast<double>(PodsOnEmptyNode(pods, offer)) * offer.speed;
    most = std::max(most, on_node);
    room.Add(HostColumn(group, i), on_node);
    count.Add(HostColumn(group, i), 1);
  }
  if (!(most > 0)) return;
  const int lacking =
      AddExcess(shortage_cost_, "too few nodes for " + pods.name() + " and its neighbours", 1,
                " lacking", true);
  count.lower = std::ceil(replicas / most - 1e-9);
  room.Add(lacking, most);
  count.Add(lacking, 1);
  program_.rows.push_back(std::move(room));
  program_.rows.push_back(std::move(count));
}

void PlanProgram::AddNodesBeside(std::size_t group) {
  const auto& needed = neighbours_.NeededBy(group);
  if (needed.size() == 1 && needed.front() == group) {
    // One that needs its own like alone stands on one node.
    LinearRow row{.lower = 0, .upper = 1, .columns = {}, .factors = {}};
    for (std::size_t i = 0; i < inputs_.offers.size(); ++i) {
      row.Add(HostColumn(group, i), 1);
      LinearRow there{.lower = 0, .upper = kInfinity, .columns = {}, .factors = {}};
      AddNodes(there, i, static_cast<double>(inputs_.offers[i].pieces));
      there.Add(HostColumn(group, i), -1);
      program_.rows.push_back(std::move(there));
    }
    program_.rows.push_back(std::move(row));
    return;
  }
  std::vector<Seats> seats(inputs_.offers.size());
  for (const std::size_t other : needed)
    if (other != group) AddSeats(other, seats);
  for (std::size_t i = 0; i < seats.size() && host_columns_[group]; ++i) {
    seats[i].nodes.Add(HostColumn(group, i), -1);
    neighbour_rows_.push_back(std::move(seats[i].nodes));
  }
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    if (classes_[c].members.front().group != group) continue;
    for (std::size_t p = 0; p < classes_[c].places.size(); ++p) {
      const std::size_t offer = classes_[c].places[p].offer;
      seats[offer].room.Add(room_columns_[c] + static_cast<int>(p),
                            -static_cast<double>(inputs_.offers[offer].pieces));
      neighbour_rows_.push_back(std::move(seats[offer].room));
    }
  }
}

// Nodes with pods of the group, in sum no more than it has pods at the level, and what one of these
// leaves of each.
void PlanProgram::AddSeats(std::size_t group, std::vector<Seats>& of_offers) {
  const ResourceAmounts request = AmountsOf(inputs_.demand.groups()[group].pods.request());
  double slowest = 1;
  for (const CapacityOffer& offer : inputs_.offers) slowest = std::min(slowest, offer.speed);
  LinearRow sum{.lower = -kInfinity, .upper = kInfinity, .columns = {}, .factors = {}};
  sum.upper = std::ceil(inputs_.demand.ReplicasAt(group, terms_.level) / slowest - 1e-9);
  for (std::size_t i = 0; i < of_offers.size(); ++i) {
    const bool may_stand = !WhyNotOn(inputs_.demand.groups()[group].pods, inputs_.offers[i]);
    const int seats = program_.AddColumn({0, 0, may_stand ? kInfinity : 0, false});
    const double taken =
        std::min(1.0, DominantShare(request, AmountsOf(inputs_.offers[i].allocatable)));
    sum.Add(seats, 1);
    of_offers[i].nodes.Add(seats, 1);
    of_offers[i].room.Add(seats, 1 - taken);
    LinearRow there{.lower = 0, .upper = kInfinity, .columns = {}, .factors = {}};
    if (host_columns_[group])
      there.Add(HostColumn(group, i), 1);
    else
      AddNodes(there, i, static_cast<double>(inputs_.offers[i].pieces));
    there.Add(seats, -1);
    program_.rows.push_back(std::move(there));
  }
  program_.rows.push_back(std::move(sum));
}

void PlanProgram::AddNodesApart() {
  for (const std::vector<std::size_t>& set :
       SetsApart(neighbours_, inputs_.demand.groups().size())) {
    // The room of all classes is no more than the nodes anyway.
    if (std::ranges::none_of(set, [&](std::size_t group) { return counts_.HasHosts(group); }))
      continue;
    std::vector<LinearRow> rows(inputs_.offers.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i].upper = kInfinity;
      AddNodes(rows[i], i, static_cast<double>(inputs_.offers[i].pieces));
    }
    for (const std::size_t group : set) AddTaken(group, rows);
    for (LinearRow& row : rows)
      if (row.columns.size() > kNodeColumns) program_.rows.push_back(std::move(row));
  }
}

// Takes nodes with pods of the group off the row of each offer.
void PlanProgram::AddTaken(std::size_t group, std::vector<LinearRow>& of_offers) const {
  if (host_columns_[group]) {
    for (std::size_t i = 0; i < of_offers.size(); ++i)
      if (!WhyNotOn(inputs_.demand.groups()[group].pods, inputs_.offers[i]))
        of_offers[i].Add(HostColumn(group, i), -1);
    return;
  }
  for (std::size_t c = 0; c < classes_.size(); ++c)
    for (std::size_t p = 0; p < classes_[c].places.size(); ++p)
      if (classes_[c].members.front().group == group) {
        const std::size_t offer = classes_[c].places[p].offer;
        of_offers[offer].Add(room_columns_[c] + static_cast<int>(p),
                             -static_cast<double>(inputs_.offers[offer].pieces));
      }
}

}  // namespace loadcurve::capacity
