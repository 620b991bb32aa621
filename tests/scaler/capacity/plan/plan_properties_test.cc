// What must hold of every plan, on small worlds drawn from seeds.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <string>

#include "scaler/capacity/plan/drawn_outages.h"
#include "tests/scaler/capacity/plan/plan_world.h"

namespace loadcurve::capacity {
namespace {

class DrawnWorld {
 public:
  explicit DrawnWorld(std::uint64_t seed) : random_(seed) {}

  // A world in which some groups keep apart from others or must stand beside them.
  PlanWorld DrawWithNeighbours() {
    PlanWorld world = Draw();
    std::vector<GroupDemand> groups = world.demand.groups();
    for (std::size_t i = 0; i < groups.size(); ++i) {
      PodGroupFields fields = groups[i].pods.fields();
      fields.marks.labels = {{"app", fields.name}};
      for (std::size_t other = 0; other < groups.size(); ++other) {
        const std::string& name = groups[other].pods.name();
        const auto term = Chance(0.3) ? InZoneWith(name) : OnNodeWith(name);
        if (Chance(0.12)) fields.anti_affinity.push_back(term);
        if (fields.affinity.empty() && Chance(0.06)) fields.affinity.push_back(term);
      }
      groups[i].pods = PodGroup::Make(std::move(fields)).value();
    }
    world.demand = NodeDemand::Make(world.demand.levels(), std::move(groups)).value();
    return world;
  }

  PlanWorld Draw() {
    std::vector<CapacityOffer> offers;
    const int types = Whole(1, 4);
    for (int type = 0; type < types; ++type)
      for (const char* zone : {"a", "b", "c"}) DrawType(type, zone, offers);
    std::vector<GroupDemand> groups;
    const int count = Whole(1, 6);
    for (int i = 0; i < count; ++i) groups.push_back(DrawGroup(i));
    PlanWorld world{offers, NodeDemand::Make({0.5, 0.95}, std::move(groups)).value()};
    OutageTerms outages;
    outages.scenarios = 40;
    world.outages = DrawOutages(world.offers, outages);
    if (Chance(0.5)) world.terms.most_spot = Ratio(0.6);
    if (Chance(0.3)) world.terms.most_in_zone = Ratio(0.5);
    if (Chance(0.3)) world.terms.quotas = {{"r", CapacityClass::kSpot, CpuCores(60)}};
    for (const CapacityOffer& offer : world.offers)
      if (Chance(0.2))
        world.held.push_back(
            {offer.pool, std::min<std::int64_t>(Whole(0, 5) * offer.pieces, offer.most_nodes), 0});
    return world;
  }

 private:
  int Whole(int low, int high) { return std::uniform_int_distribution(low, high)(random_); }
  double Real(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random_);
  }
  bool Chance(double share) { return Real(0, 1) < share; }

  void DrawType(int type, const std::string& zone, std::vector<CapacityOffer>& offers) {
    for (const auto capacity_class :
         {CapacityClass::kReserved, CapacityClass::kOnDemand, CapacityClass::kSpot}) {
      if (capacity_class == CapacityClass::kReserved && !Chance(0.3)) continue;
      CapacityOffer offer = TenCores(
          std::to_string(type) + zone + std::string(Name(capacity_class)), zone, capacity_class, 0);
      const double cores = Whole(2, 16);
      offer.allocatable = {CpuCores(cores * 0.97),
                           Bytes(static_cast<std::int64_t>(cores * Real(2, 8)) * kGib),
                           Whole(8, 110)};
      offer.price =
          UsdPerHour(cores * Real(0.02, 0.06) * (capacity_class == CapacityClass::kSpot ? 0.4 : 1));
      offer.pieces = Chance(0.2) ? 3 : 1;
      offer.most_nodes = capacity_class == CapacityClass::kOnDemand ? 600 : Whole(0, 8) * 3;
      offer.losses_per_hour = capacity_class == CapacityClass::kSpot ? Real(0, 0.3) : 0;
      offer.speed = Chance(0.3) ? Real(0.8, 1.4) : 1;
      offers.push_back(std::move(offer));
    }
  }

  GroupDemand DrawGroup(int i) {
    PodGroupFields fields = OneCore("w" + std::to_string(i));
    fields.request = {CpuCores(Real(0.1, 3)),
                      Bytes(static_cast<std::int64_t>(Real(0.1, 6) * static_cast<double>(kGib))),
                      1};
    if (Chance(0.2)) fields.zones = {"b"};
    if (Chance(0.3)) fields.spread.zone_skew = Whole(1, 2);
    if (Chance(0.2)) fields.spread.most_on_node = Whole(1, 3);
    fields.may_be_interrupted = Chance(0.7);
    const double replicas = Whole(0, 60);
    return {PodGroup::Make(fields).value(), {replicas, replicas * 1.3}};
  }

  std::mt19937_64 random_;
};

void ExpectPackingHolds(const PlanWorld& world, const CapacityPlan& plan) {
  std::vector<std::map<std::string, std::int64_t>> of_zone(world.demand.groups().size());
  std::map<std::size_t, std::int64_t> nodes_of;
  std::vector<double> placed(world.demand.groups().size(), 0);
  for (const PackedNode& node : plan.packing.nodes) {
    const CapacityOffer& offer = world.offers[node.offer];
    ++nodes_of[node.offer];
    ResourceAmounts used{};
    for (const PackedPods& pods : node.pods) {
      const PodGroup& group = world.demand.groups()[pods.group].pods;
      EXPECT_GT(pods.count, 0);
      EXPECT_EQ(WhyNotOn(group, offer), std::nullopt);
      const std::int64_t most = group.fields().spread.most_on_node;
      EXPECT_TRUE(most == 0 || pods.count <= most);
      for (std::size_t r = 0; r < used.size(); ++r)
        used[r] += static_cast<double>(pods.count) * AmountsOf(group.request())[r];
      of_zone[pods.group][offer.zone] += pods.count;
      placed[pods.group] += static_cast<double>(pods.count) * offer.speed;
    }
    for (std::size_t r = 0; r < used.size(); ++r)
      EXPECT_LE(used[r], AmountsOf(offer.allocatable)[r] + 1e-6);
  }
  for (std::size_t i = 0; i < world.offers.size(); ++i) EXPECT_EQ(nodes_of[i], plan.pools[i].nodes);
  for (const UnplacedPods& pods : plan.packing.unplaced)
    placed[pods.group] += static_cast<double>(pods.count);
  for (std::size_t g = 0; g < placed.size(); ++g)
    EXPECT_GE(placed[g] + 1e-6, world.demand.ReplicasAt(g, world.terms.level));
  for (std::size_t g = 0; g < of_zone.size(); ++g) {
    const std::int64_t skew = world.demand.groups()[g].pods.fields().spread.zone_skew;
    if (skew == 0 || of_zone[g].size() < 2) continue;
    const auto [low, high] =
        std::ranges::minmax_element(of_zone[g], {}, [](const auto& zone) { return zone.second; });
    EXPECT_LE(high->second - low->second, skew);
  }
}

// Nobody stands where somebody keeps apart, and whom a pod must stand beside is there.
void ExpectNeighboursHold(const PlanWorld& world, const CapacityPlan& plan) {
  const auto& groups = world.demand.groups();
  std::map<std::string, std::set<std::size_t>> in_zone;
  for (const PackedNode& node : plan.packing.nodes)
    for (const PackedPods& pods : node.pods)
      in_zone[world.offers[node.offer].zone].insert(pods.group);
  for (const PackedNode& node : plan.packing.nodes) {
    std::set<std::size_t> on_node;
    for (const PackedPods& pods : node.pods) on_node.insert(pods.group);
    for (const std::size_t group : on_node) {
      const PodGroupFields& fields = groups[group].pods.fields();
      const auto there = [&](const PodAffinityTerm& term) -> const std::set<std::size_t>& {
        return term.place == PodAffinityTerm::Place::kNode ? on_node
                                                           : in_zone[world.offers[node.offer].zone];
      };
      for (const PodAffinityTerm& term : fields.anti_affinity)
        for (const std::size_t other : there(term))
          EXPECT_TRUE(other == group || !term.Selects(groups[other].pods.fields().marks));
      for (const PodAffinityTerm& term : fields.affinity)
        EXPECT_TRUE(std::ranges::any_of(there(term), [&](std::size_t other) {
          return term.Selects(groups[other].pods.fields().marks);
        }));
    }
  }
}

void ExpectLimitsHold(const PlanWorld& world, const CapacityPlan& plan) {
  double spot = 0;
  for (std::size_t i = 0; i < world.offers.size(); ++i) {
    const CapacityOffer& offer = world.offers[i];
    EXPECT_GE(plan.pools[i].nodes, 0);
    EXPECT_LE(plan.pools[i].nodes, std::max(offer.most_nodes, plan.pools[i].held));
    EXPECT_EQ(plan.pools[i].nodes % offer.pieces, 0);
    if (offer.capacity_class == CapacityClass::kSpot)
      spot += static_cast<double>(plan.pools[i].nodes) * offer.allocatable.cpu.value();
  }
  EXPECT_GE(plan.above_bound, -1e-6);
  if (!plan.notes.empty()) return;
  EXPECT_LE(plan.risk.tail_shortfall, world.terms.most_shortfall.value() + 1e-4);
  EXPECT_LE(spot, world.terms.quotas.empty() ? spot : 60 + 1e-6);
}

TEST(EveryPlan, KeepsItsLimitsAndPlacesEveryPodOrSaysWhyNot) {
  int placed_all = 0;
  constexpr int kWorlds = 80;
  for (std::uint64_t seed = 1; seed <= kWorlds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const PlanWorld world = DrawnWorld(seed).Draw();
    const auto plan = world.Plan();
    ASSERT_TRUE(plan) << plan.error().message;
    ExpectPackingHolds(world, *plan);
    ExpectLimitsHold(world, *plan);
    placed_all += plan->packing.unplaced.empty() ? 1 : 0;
  }
  // On demand there is enough for everybody but pods that fit on no node, or that lack zones.
  EXPECT_GT(placed_all, kWorlds * 8 / 10);
}

TEST(EveryPlan, KeepsPodsApartAndTogetherAsTheyAsk) {
  int placed_all = 0;
  double above_bound = 0;
  constexpr int kWorlds = 80;
  for (std::uint64_t seed = 1; seed <= kWorlds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const PlanWorld world = DrawnWorld(seed).DrawWithNeighbours();
    const auto plan = world.Plan();
    ASSERT_TRUE(plan) << plan.error().message;
    ExpectPackingHolds(world, *plan);
    ExpectNeighboursHold(world, *plan);
    ExpectLimitsHold(world, *plan);
    if (!plan->packing.unplaced.empty()) continue;
    ++placed_all;
    above_bound += plan->above_bound;
  }
  // Much of what is drawn can be kept by no nodes: pods beside whom they keep apart from. The rest
  // comes as close to the bound as without neighbours, 0.05 in worlds of a few nodes.
  EXPECT_GT(placed_all, kWorlds / 2);
  EXPECT_LT(above_bound / placed_all, 0.1);
}

TEST(EveryPlan, IsTheSameForTheSameInputs) {
  const PlanWorld world = DrawnWorld(11).Draw();
  const auto first = world.Plan().value();
  const auto second = world.Plan().value();
  for (std::size_t i = 0; i < first.pools.size(); ++i)
    EXPECT_EQ(first.pools[i].nodes, second.pools[i].nodes);
}

}  // namespace
}  // namespace loadcurve::capacity
