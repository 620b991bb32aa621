// One decision of the planner: 10,000 pods of 40 workloads, 200 pools in three zones, 200
// scenarios. A greedy rival packs the same pods, each onto the cheapest node that takes it, as
// provisioners without a plan do.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "scaler/capacity/plan/capacity_planner.h"
#include "scaler/capacity/plan/drawn_outages.h"

namespace loadcurve::capacity {
namespace {

constexpr std::int64_t kGib = 1024LL * 1024 * 1024;
constexpr int kWorkloads = 40;
constexpr int kPods = 10'000;

// 34 types of machines (cores x memory by core x price) in three zones, on demand and of spot: 204,
// of which the last four are left out.
std::vector<CapacityOffer> Pools(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> price_noise(0.9, 1.15);
  std::uniform_real_distribution<double> saving(0.4, 0.75);
  std::uniform_real_distribution<double> losses(0.01, 0.25);
  std::vector<CapacityOffer> offers;
  for (int type = 0; type < 34; ++type) {
    const double cores = std::array{4.0, 8.0, 16.0, 32.0}[static_cast<std::size_t>(type % 4)];
    const double gib = std::array{2.0, 4.0, 8.0}[static_cast<std::size_t>(type % 3)];
    const double on_demand = cores * (0.034 + 0.0035 * gib) * price_noise(random);
    for (const char* zone : {"a", "b", "c"})
      for (const auto capacity_class : {CapacityClass::kOnDemand, CapacityClass::kSpot}) {
        const bool is_spot = capacity_class == CapacityClass::kSpot;
        CapacityOffer offer;
        offer.pool = std::to_string(type) + zone + std::string(Name(capacity_class));
        offer.region = "r";
        offer.zone = zone;
        offer.instance_type = std::to_string(type);
        offer.family = std::to_string(type / 4);
        offer.capacity_class = capacity_class;
        offer.allocatable = {CpuCores(cores * 0.97),
                             Bytes(static_cast<std::int64_t>(cores * gib * 0.93) * kGib), 110};
        offer.price = UsdPerHour(is_spot ? on_demand * (1 - saving(random)) : on_demand);
        offer.boot = std::chrono::seconds(90);
        offer.most_nodes = is_spot ? 40 : 200;
        offer.losses_per_hour = is_spot ? losses(random) : 0;
        offers.push_back(std::move(offer));
      }
  }
  offers.resize(200);
  return offers;
}

// Pods of app=wN, on the same node or in the same zone.
PodAffinityTerm With(int workload, PodAffinityTerm::Place place) {
  return {place, {{"app", LabelRequirement::Operator::kIn, {"w" + std::to_string(workload)}}}};
}

// Of the 40, three pairs that keep apart on nodes and one in zones, three that stand on nodes with
// another one, and one that stands in its zones.
void AddNeighbours(int i, PodGroupFields& fields) {
  using Place = PodAffinityTerm::Place;
  fields.marks.labels = {{"app", fields.name}};
  if (i == 3 || i == 13 || i == 23) fields.anti_affinity = {With(i + 1, Place::kNode)};
  if (i == 33) fields.anti_affinity = {With(34, Place::kZone)};
  if (i == 6 || i == 16 || i == 26) fields.affinity = {With(i + 2, Place::kNode)};
  if (i == 36) fields.affinity = {With(38, Place::kZone)};
}

// Ten kinds of requests; every eighth workload never on spot, every fifth with volumes in a zone,
// every seventh spread over zones.
NodeDemand Demand(bool has_neighbours = false) {
  constexpr std::array<double, 5> kCores = {0.25, 0.5, 1, 2, 3};
  std::vector<GroupDemand> groups;
  for (int i = 0; i < kWorkloads; ++i) {
    PodGroupFields fields;
    fields.name = "w" + std::to_string(i);
    fields.request.cpu = CpuCores(kCores[static_cast<std::size_t>(i % 5)]);
    const double gib = fields.request.cpu.value() * (i % 2 == 0 ? 2 : 6);
    fields.request.memory = Bytes(static_cast<std::int64_t>(gib * static_cast<double>(kGib)));
    fields.may_be_interrupted = i % 8 != 0;
    if (i % 5 == 0) fields.zones = {std::string(1, static_cast<char>('a' + i / 5 % 3))};
    if (i % 7 == 0 && i % 5 != 0) fields.spread.zone_skew = 1;
    if (has_neighbours) AddNeighbours(i, fields);
    const double replicas = kPods / kWorkloads;
    groups.push_back({PodGroup::Make(fields).value(),
                      {replicas * 0.85, replicas * 0.95, replicas, replicas * 1.05}});
  }
  return NodeDemand::Make({0.5, 0.9, 0.95, 0.99}, std::move(groups)).value();
}

PlanTerms Terms() {
  PlanTerms terms;
  terms.loss_cost = 0.02;
  terms.most_in_zone = Ratio(0.5);
  terms.most_spot = Ratio(0.8);
  terms.quotas = {{"r", CapacityClass::kSpot, CpuCores(16'000)}};
  return terms;
}

struct World {
  explicit World(std::uint64_t seed, bool has_neighbours = false)
      : offers(Pools(seed)), demand(Demand(has_neighbours)) {}

  std::vector<CapacityOffer> offers;
  NodeDemand demand;
  JointOutages outages = DrawOutages(offers, {});
  PlanTerms terms = Terms();

  PlanInputs inputs() const { return {offers, demand, outages, {}, {}}; }
};

void Decide(benchmark::State& state, Duration search, bool has_neighbours = false) {
  const World world(static_cast<std::uint64_t>(state.range(0)), has_neighbours);
  CapacityPlan plan;
  for (auto _ : state) plan = PlanCapacity(world.inputs(), world.terms, {search}).value();
  state.counters["usd_per_hour"] = plan.cost.value();
  state.counters["above_bound_percent"] = plan.above_bound * 100;
  state.counters["nodes"] = static_cast<double>(plan.packing.nodes.size());
  state.counters["pods"] = static_cast<double>(plan.packing.PlacedCount());
  state.counters["unplaced"] = static_cast<double>(plan.packing.UnplacedCount());
  state.counters["tail_shortfall_percent"] = plan.risk.tail_shortfall * 100;
  state.counters["limits_broken"] = static_cast<double>(plan.notes.size());
}

void DecideByRounding(benchmark::State& state) {
  Decide(state, Duration(0));
}
BENCHMARK(DecideByRounding)->DenseRange(1, 10)->Unit(benchmark::kMillisecond);

void DecideWithNeighbours(benchmark::State& state) {
  Decide(state, Duration(0), true);
}
BENCHMARK(DecideWithNeighbours)->DenseRange(1, 10)->Unit(benchmark::kMillisecond);

void DecideBySearch(benchmark::State& state) {
  Decide(state, std::chrono::seconds(10));
}
BENCHMARK(DecideBySearch)->Arg(3)->Unit(benchmark::kMillisecond)->Iterations(1);

// ---- the rival

struct OpenNode {
  std::size_t offer = 0;
  ResourceAmounts left{};
};

// Pods by cores and memory, largest first; each onto the first open node that takes it, else onto a
// new node of the pool that is cheapest by the share of it that the pod takes. Spread, shares of
// zones and what may be lost are nothing to it: it is asked for less.
void PackGreedily(benchmark::State& state, bool has_spot) {
  const World world(static_cast<std::uint64_t>(state.range(0)));
  std::vector<OpenNode> nodes;
  double cost = 0;
  for (auto _ : state) {
    nodes.clear();
    cost = 0;
    std::vector<std::int64_t> bought(world.offers.size(), 0);
    std::vector<std::size_t> order(kWorkloads);
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
      return world.demand.groups()[a].pods.request().cpu >
             world.demand.groups()[b].pods.request().cpu;
    });
    for (const std::size_t group : order) {
      const PodGroup& pods = world.demand.groups()[group].pods;
      const ResourceAmounts request = AmountsOf(pods.request());
      std::vector<bool> may;
      for (const CapacityOffer& offer : world.offers) may.push_back(!WhyNotOn(pods, offer));
      const auto count = static_cast<int>(world.demand.ReplicasAt(group, world.terms.level));
      for (int i = 0; i < count; ++i) {
        auto node = std::ranges::find_if(nodes, [&](const OpenNode& open) {
          return may[open.offer] && DominantShare(request, open.left) <= 1;
        });
        if (node == nodes.end()) {
          std::size_t best = world.offers.size();
          double least = 0;
          for (std::size_t o = 0; o < world.offers.size(); ++o) {
            if (!has_spot && world.offers[o].capacity_class == CapacityClass::kSpot) continue;
            if (!may[o] || bought[o] == world.offers[o].most_nodes) continue;
            const double price = world.offers[o].price.value() *
                                 DominantShare(request, AmountsOf(world.offers[o].allocatable));
            if (best < world.offers.size() && price >= least) continue;
            best = o;
            least = price;
          }
          if (best == world.offers.size()) continue;
          ++bought[best];
          cost += world.offers[best].price.value();
          nodes.push_back({best, AmountsOf(world.offers[best].allocatable)});
          node = nodes.end() - 1;
        }
        for (std::size_t r = 0; r < request.size(); ++r) node->left[r] -= request[r];
      }
    }
  }
  // What its nodes would leave of the cores asked for in the worst cases, by the same measure.
  std::vector<double> lacking;
  double asked = 0;
  for (std::size_t g = 0; g < kWorkloads; ++g)
    asked += world.demand.ReplicasAt(g, world.terms.level) *
             world.demand.groups()[g].pods.request().cpu.value();
  for (std::size_t s = 0; s < world.outages.alive.size(); ++s) {
    double lost = 0;
    for (const OpenNode& node : nodes)
      for (std::size_t p = 0; p < world.outages.pools.size(); ++p)
        if (world.outages.pools[p] == world.offers[node.offer].pool)
          lost += (1 - world.outages.alive[s][p]) *
                  (world.offers[node.offer].allocatable.cpu.value() - node.left[0]);
    lacking.push_back(lost / asked);
  }
  std::ranges::sort(lacking, std::greater<>());
  double tail = 0;
  for (std::size_t s = 0; s < 10; ++s) tail += lacking[s] / 10;
  state.counters["usd_per_hour"] = cost;
  state.counters["nodes"] = static_cast<double>(nodes.size());
  state.counters["tail_shortfall_percent"] = tail * 100;
}
BENCHMARK_CAPTURE(PackGreedily, cheapest, true)->DenseRange(1, 10)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(PackGreedily, on_demand, false)->DenseRange(1, 10)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace loadcurve::capacity
