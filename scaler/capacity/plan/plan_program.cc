#include "scaler/capacity/plan/plan_program.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace loadcurve::capacity {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// What is paid anyway, or was bought a short while ago, costs next to nothing more; not nothing, so
// that it goes when it is not needed.
constexpr double kPaidAlready = 1e-4;
constexpr double kUnsettled = 1e-2;
// What a core that is lacking costs, in cores of the dearest pool: more than any way to have one.
constexpr double kShortage = 1000;

std::int64_t Machines(std::int64_t nodes, const CapacityOffer& offer) {
  return nodes / offer.pieces;
}

}  // namespace

PlanProgram::PlanProgram(const PlanInputs& inputs, const PlanTerms& terms,
                         const PodNeighbours& neighbours, const NeighbourCounts& counts,
                         const std::vector<PodClass>& classes, const ShortfallScenarios& scenarios)
    : inputs_(inputs),
      terms_(terms),
      neighbours_(neighbours),
      counts_(counts),
      classes_(classes),
      scenarios_(scenarios) {
  for (const PodClass& pods : classes_) size_ += SizeOf(AskedBy(pods, inputs.demand, terms.level));
  double dearest = 1e-9;
  for (std::size_t i = 0; i < inputs.offers.size(); ++i)
    dearest =
        std::max(dearest, inputs.offers[i].price.value() /
                              std::max(SizeOf(AmountsOf(inputs.offers[i].allocatable)), 1e-3));
  shortage_cost_ = kShortage * dearest;
  AddPools();
  AddClasses();
  AddHosts();
  AddNeighbours();
  AddTail();
  AddShares();
  AddSpotShare();
  AddQuotas();
  AddSpendCap();
  program_.broken = [this](std::span<const double> values) { return BrokenRows(values); };
}

double PlanProgram::MachinePrice(std::size_t offer) const {
  const CapacityOffer& of = inputs_.offers[offer];
  const double price = of.price.value() * static_cast<double>(of.pieces);
  return of.capacity_class == CapacityClass::kReserved ? kPaidAlready * price : price;
}

// Each loss is paid again: the restart, and a node that boots for nobody.
double PlanProgram::CostOfLosses(std::size_t offer) const {
  const CapacityOffer& of = inputs_.offers[offer];
  return of.losses_per_hour * static_cast<double>(of.pieces) *
         (terms_.loss_cost + of.price.value() * Seconds(of.boot) / 3600);
}

double PlanProgram::CostOfNew(std::size_t offer) const {
  const double price = MachinePrice(offer);
  const double start = price * Seconds(inputs_.offers[offer].boot) / Seconds(terms_.hold);
  return price + start + CostOfLosses(offer);
}

double PlanProgram::CostHeld(std::size_t offer) const {
  const double price = MachinePrice(offer);
  const double move = terms_.move_cost / (Seconds(terms_.hold) / 3600);
  const double kept = price * (1 - terms_.move_margin.value()) - move;
  return std::max(kept, kUnsettled * 2 * price) + CostOfLosses(offer);
}

double PlanProgram::CostOfLast(std::size_t offer, std::int64_t nodes) const {
  const PoolColumns& columns = pools_[offer];
  const auto machines = static_cast<double>(Machines(nodes, inputs_.offers[offer]));
  const bool is_held = machines <= UpperOf(columns.settled) + UpperOf(columns.unsettled);
  return program_.columns[static_cast<std::size_t>(is_held ? columns.settled : columns.added)].cost;
}

std::int64_t PlanProgram::UnsettledIn(std::size_t offer) const {
  return std::llround(UpperOf(pools_[offer].unsettled)) * inputs_.offers[offer].pieces;
}

void PlanProgram::AddPools() {
  std::map<std::string, HeldNodes> held_of;
  for (const HeldNodes& held : inputs_.held) held_of[held.pool] = held;
  const std::set<std::string> closed(inputs_.closed.begin(), inputs_.closed.end());
  for (std::size_t i = 0; i < inputs_.offers.size(); ++i) {
    const CapacityOffer& offer = inputs_.offers[i];
    const HeldNodes& held = held_of[offer.pool];
    const auto all = static_cast<double>(Machines(held.nodes, offer));
    const auto unsettled = std::min(all, static_cast<double>(Machines(held.unsettled, offer)));
    const double room = static_cast<double>(Machines(offer.most_nodes, offer)) - all;
    PoolColumns columns;
    columns.settled = program_.AddColumn({CostHeld(i), 0, all - unsettled, true});
    columns.unsettled = program_.AddColumn({kUnsettled * MachinePrice(i), 0, unsettled, true});
    columns.added = program_.AddColumn(
        {CostOfNew(i), 0, closed.contains(offer.pool) ? 0 : std::max(0.0, room), true});
    pools_.push_back(columns);
  }
}

void PlanProgram::AddNodes(LinearRow& row, std::size_t offer, double factor) const {
  row.Add(pools_[offer].settled, factor);
  row.Add(pools_[offer].unsettled, factor);
  row.Add(pools_[offer].added, factor);
}

void PlanProgram::AddClasses() {
  std::vector<LinearRow> used(inputs_.offers.size());
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    room_columns_.push_back(static_cast<int>(program_.columns.size()));
    for (const PodClass::Place& place : classes_[c].places) {
      const int column = program_.AddColumn({place.egress, 0, kInfinity, false});
      used[place.offer].Add(column, 1);
    }
    AddRoomAtLevel(c);
  }
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i].columns.empty()) continue;
    used[i].lower = -kInfinity;
    AddNodes(used[i], i, -1);
    program_.rows.push_back(std::move(used[i]));
  }
}

// Room in units of SizeOf(), as far as one resource limits it, with nothing lost.
LinearRow PlanProgram::RoomRow(std::span<const std::size_t> classes, const ResourceAmounts& asked,
                               std::size_t resource) const {
  const double scale = SizeOf(asked) / asked[resource];
  LinearRow row{.lower = SizeOf(asked), .upper = kInfinity, .columns = {}, .factors = {}};
  for (const std::size_t c : classes)
    for (std::size_t p = 0; p < classes_[c].places.size(); ++p)
      row.Add(room_columns_[c] + static_cast<int>(p),
              classes_[c].places[p].holds[resource] * scale);
  return row;
}

void PlanProgram::AddRoomAtLevel(std::size_t of_class) {
  const ResourceAmounts asked = AskedBy(classes_[of_class], inputs_.demand, terms_.level);
  if (!(SizeOf(asked) > 0)) return;
  std::string names;
  for (const PodClass::Member& member : classes_[of_class].members)
    names += (names.empty() ? "" : ", ") + inputs_.demand.groups()[member.group].pods.name();
  const int lacking =
      AddExcess(shortage_cost_, "no room for all of " + names, 1, " cores lacking", true);
  for (std::size_t r = 0; r < asked.size(); ++r) {
    if (!(asked[r] > 0)) continue;
    LinearRow row = RoomRow(std::array{of_class}, asked, r);
    row.Add(lacking, 1);
    program_.rows.push_back(std::move(row));
  }
}

void PlanProgram::FindAlike() {
  std::map<std::vector<std::size_t>, std::vector<std::size_t>> of_offers;
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    // Pods that must stand on nodes with few others have no room where others have.
    if (counts_.HasSeats(classes_[c].members.front().group)) {
      alike_.push_back({c});
      continue;
    }
    std::vector<std::size_t> offers;
    for (const PodClass::Place& place : classes_[c].places) offers.push_back(place.offer);
    of_offers[std::move(offers)].push_back(c);
  }
  for (auto& [offers, classes] : of_offers) alike_.push_back(std::move(classes));
}

void PlanProgram::AddTail() {
  const std::size_t count = scenarios_.size();
  const double worst = std::max(1e-9, (1 - terms_.tail) * static_cast<double>(count));
  LinearRow tail{.lower = -kInfinity, .columns = {}, .factors = {}};
  tail.upper = terms_.most_shortfall.value() * size_;
  const int threshold = program_.AddColumn({0, 0, kInfinity, false});
  tail.Add(threshold, 1);
  FindAlike();
  for (std::size_t s = 0; s < count; ++s)
    for (std::size_t a = 0; a < alike_.size(); ++a)
      lacking_columns_.push_back(program_.AddColumn({0, 0, kInfinity, false}));
  for (std::size_t s = 0; s < count; ++s) {
    const int excess = program_.AddColumn({0, 0, kInfinity, false});
    tail.Add(excess, 1 / worst);
    LinearRow row{.lower = 0, .upper = kInfinity, .columns = {}, .factors = {}};
    row.Add(threshold, 1);
    row.Add(excess, 1);
    for (std::size_t a = 0; a < alike_.size(); ++a)
      row.Add(lacking_columns_[s * alike_.size() + a], -1);
    program_.rows.push_back(std::move(row));
  }
  const double in_percent = size_ > 0 ? 100 / size_ : 0;
  tail.Add(AddExcess(shortage_cost_, "the worst cases leave more pods without room than agreed",
                     in_percent, " % more", true),
           -1);
  program_.rows.push_back(std::move(tail));
}

PlanProgram::Rooms PlanProgram::RoomsOf(std::span<const double> values) const {
  Rooms rooms(classes_.size());
  for (std::size_t c = 0; c < classes_.size(); ++c)
    for (const PodClass::Place& place : classes_[c].places) {
      const auto column = static_cast<std::size_t>(room_columns_[c]) + rooms[c].size();
      ResourceAmounts& room = rooms[c].emplace_back(place.holds);
      for (double& amount : room) amount *= values[column];
    }
  return rooms;
}

PlanProgram::Rooms PlanProgram::RoomsOf(const PodPacking& packing) const {
  std::vector<std::vector<double>> pods(inputs_.offers.size());  // of speed 1, [offer][group]
  for (auto& of_offer : pods) of_offer.assign(inputs_.demand.groups().size(), 0);
  for (const PackedNode& node : packing.nodes)
    for (const PackedPods& packed : node.pods)
      pods[node.offer][packed.group] +=
          static_cast<double>(packed.count) * inputs_.offers[node.offer].speed;
  Rooms rooms(classes_.size());
  for (std::size_t c = 0; c < classes_.size(); ++c)
    for (const PodClass::Place& place : classes_[c].places) {
      ResourceAmounts& room = rooms[c].emplace_back();
      for (const PodClass::Member& member : classes_[c].members) {
        const auto request = AmountsOf(inputs_.demand.groups()[member.group].pods.request());
        for (std::size_t r = 0; r < room.size(); ++r)
          room[r] += pods[place.offer][member.group] * request[r];
      }
    }
  return rooms;
}

ResourceAmounts PlanProgram::AskedOf(std::size_t scenario, std::size_t alike) const {
  ResourceAmounts asked{};
  for (const std::size_t c : alike_[alike])
    for (std::size_t r = 0; r < asked.size(); ++r) asked[r] += scenarios_.asked[scenario][c][r];
  return asked;
}

// What has no room of some classes in a scenario, in units of SizeOf(), and the resource that lacks
// most.
double PlanProgram::Lacking(std::size_t scenario, std::size_t alike, const Rooms& rooms,
                            std::size_t& resource) const {
  const ResourceAmounts asked = AskedOf(scenario, alike);
  const std::vector<double>& alive = scenarios_.alive[scenario];
  const auto& places = classes_[alike_[alike].front()].places;
  ResourceAmounts room{};
  for (const std::size_t c : alike_[alike])
    for (std::size_t p = 0; p < places.size(); ++p)
      for (std::size_t r = 0; r < room.size(); ++r)
        room[r] += alive[places[p].offer] * rooms[c][p][r];
  double most = 0;
  for (std::size_t r = 0; r < asked.size(); ++r) {
    if (!(asked[r] > 0)) continue;
    const double lacking = 1 - room[r] / asked[r];
    if (lacking <= most) continue;
    most = lacking;
    resource = r;
  }
  return most * SizeOf(asked);
}

std::vector<LinearRow> PlanProgram::BrokenRows(std::span<const double> values) const {
  constexpr std::size_t kMostAtOnce = 150;
  const double tolerance = 1e-6 * size_ + 1e-9;
  struct Break {
    double by = 0;
    std::size_t scenario = 0;
    std::size_t alike = 0;
    std::size_t resource = 0;
  };
  std::vector<Break> breaks;
  const Rooms rooms = RoomsOf(values);
  for (std::size_t s = 0; s < scenarios_.size(); ++s)
    for (std::size_t a = 0; a < alike_.size(); ++a) {
      std::size_t resource = 0;
      const double lacking = Lacking(s, a, rooms, resource);
      const auto column = static_cast<std::size_t>(lacking_columns_[s * alike_.size() + a]);
      if (const double by = lacking - values[column]; by > tolerance)
        breaks.push_back({by, s, a, resource});
    }
  const std::size_t count = std::min(breaks.size(), kMostAtOnce);
  std::ranges::partial_sort(breaks, breaks.begin() + static_cast<std::ptrdiff_t>(count),
                            [](const Break& a, const Break& b) { return a.by > b.by; });
  std::vector<LinearRow> rows;
  AddBrokenNeighbours(values, rows);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& [by, s, a, resource] = breaks[i];
    LinearRow row = RoomRow(alike_[a], AskedOf(s, a), resource);
    const auto& places = classes_[alike_[a].front()].places;
    for (std::size_t n = 0; n < row.factors.size(); ++n)
      row.factors[n] *= scenarios_.alive[s][places[n % places.size()].offer];
    row.Add(lacking_columns_[s * alike_.size() + a], 1);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::int64_t> PlanProgram::NodesOf(std::span<const double> values) const {
  std::vector<std::int64_t> nodes;
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    const auto value = [&](int column) { return values[static_cast<std::size_t>(column)]; };
    const double machines =
        value(pools_[i].settled) + value(pools_[i].unsettled) + value(pools_[i].added);
    nodes.push_back(std::llround(machines) * inputs_.offers[i].pieces);
  }
  return nodes;
}

PlanRisk PlanProgram::RiskOf(std::span<const double> values) const {
  return RiskWith(RoomsOf(values));
}

PlanRisk PlanProgram::RiskOf(const PodPacking& packing) const {
  return RiskWith(RoomsOf(packing));
}

PlanRisk PlanProgram::RiskWith(const Rooms& rooms) const {
  std::vector<double> lacking;
  for (std::size_t s = 0; s < scenarios_.size(); ++s) {
    double of_scenario = 0;
    std::size_t resource = 0;
    for (std::size_t a = 0; a < alike_.size(); ++a) of_scenario += Lacking(s, a, rooms, resource);
    lacking.push_back(size_ > 0 ? of_scenario / size_ : 0);
  }
  std::ranges::sort(lacking, std::greater<>());
  PlanRisk risk{.scenarios = lacking.size()};
  if (lacking.empty()) return risk;
  risk.worst_shortfall = lacking.front();
  // The last of the worst counts by the part of it that is among them.
  double left = std::max(1e-9, (1 - terms_.tail) * static_cast<double>(lacking.size()));
  const double worst = left;
  for (const double share : lacking) {
    risk.mean_shortfall += share / static_cast<double>(lacking.size());
    risk.tail_shortfall += share * std::min(1.0, left) / worst;
    left = std::max(0.0, left - 1);
  }
  return risk;
}

std::optional<UsdPerHour> PlanProgram::PriceWanted(std::size_t offer,
                                                   const LinearSolution& solution) const {
  const auto column = static_cast<std::size_t>(pools_[offer].added);
  const double too_dear = solution.too_dear[column];
  const CapacityOffer& of = inputs_.offers[offer];
  if (!(program_.columns[column].upper > 0) || !(too_dear > 1e-9)) return std::nullopt;
  const double wanted = of.price.value() - too_dear / static_cast<double>(of.pieces);
  return wanted > 0 ? std::optional(UsdPerHour(wanted)) : std::nullopt;
}

bool PlanProgram::IsNear(std::size_t offer, const LinearSolution& solution, double share) const {
  const auto column = static_cast<std::size_t>(pools_[offer].added);
  return UpperOf(pools_[offer].settled) + UpperOf(pools_[offer].unsettled) > 0 ||
         solution.values[column] > 1e-9 ||
         solution.too_dear[column] <= share * program_.columns[column].cost;
}

}  // namespace loadcurve::capacity
