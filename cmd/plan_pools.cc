#include "cmd/plan_pools.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "adapters/pool_codec/demand_file.h"
#include "adapters/pool_codec/pools_file.h"
#include "adapters/pool_codec/price_catalog.h"
#include "adapters/series/series_file.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "cmd/dependent_options.h"
#include "cmd/duration_option.h"
#include "cmd/output.h"
#include "cmd/plan_demand.h"
#include "cmd/plan_report.h"
#include "cmd/spot_traces.h"
#include "scaler/capacity/plan/capacity_planner.h"
#include "scaler/capacity/plan/load_moves.h"
#include "scaler/capacity/plan/spot_risk.h"
#include "scaler/capacity/spot/loss_record.h"

namespace loadcurve {
namespace {

using capacity::CapacityClass;
using capacity::CapacityOffer;
using pool_codec::DemandFile;
using pool_codec::PoolsFile;

Result<void> AddCatalog(const std::string& path, PoolsFile& file, const std::string& pools) {
  if (path.empty() != !file.catalog)
    return Fail(ErrorCode::kInvalidArgument,
                path.empty() ? pools +
                                   ": catalog says what to take of a price catalogue; expected "
                                   "--catalog FILE.csv"
                             : pools +
                                   ": catalog is absent; expected region, zones and types to "
                                   "take of " +
                                   path);
  if (path.empty()) return {};
  LC_TRY(const auto offers, pool_codec::ReadCatalog(path, *file.catalog));
  file.offers.insert(file.offers.end(), offers.begin(), offers.end());
  return {};
}

// The same machine on demand that costs no more; null where there is none.
const CapacityOffer* NoDearerThan(const CapacityOffer& spot,
                                  const std::vector<CapacityOffer>& offers) {
  const auto found = std::ranges::find_if(offers, [&](const CapacityOffer& other) {
    return other.capacity_class == CapacityClass::kOnDemand && other.region == spot.region &&
           !spot.instance_type.empty() && other.instance_type == spot.instance_type &&
           other.pieces == spot.pieces && other.price <= spot.price;
  });
  return found == offers.end() ? nullptr : &*found;
}

// Spot that is no cheaper than on demand is nothing to plan with, unless it is held already. Gives
// what is left out, in words.
std::vector<std::string> LeaveDearSpotOut(PoolsFile& file) {
  std::vector<std::string> left_out;
  std::vector<CapacityOffer> kept;
  for (const CapacityOffer& offer : file.offers) {
    const CapacityOffer* const cheaper =
        offer.capacity_class == CapacityClass::kSpot ? NoDearerThan(offer, file.offers) : nullptr;
    const bool is_held = std::ranges::any_of(
        file.held, [&](const capacity::HeldNodes& held) { return held.pool == offer.pool; });
    if (cheaper == nullptr || is_held)
      kept.push_back(offer);
    else
      left_out.push_back(fmt::format("{} for {:.4g} USD/h: {} on demand costs {:.4g}", offer.pool,
                                     offer.price.value(), cheaper->pool, cheaper->price.value()));
  }
  file.offers = std::move(kept);
  return left_out;
}

std::vector<PoolLosses> LossesOf(const std::vector<CapacityOffer>& stated,
                                 const std::vector<CapacityOffer>& believed,
                                 const capacity::LossRecord& seen) {
  std::vector<PoolLosses> losses;
  for (std::size_t i = 0; i < stated.size(); ++i)
    if (const auto of = seen.pools().find(stated[i].pool); of != seen.pools().end())
      losses.push_back(
          {stated[i].pool, of->second, stated[i].losses_per_hour, believed[i].losses_per_hour});
  return losses;
}

// From an order now, or at the next decision, until it is a node.
Duration WindowOf(const PoolsFile& file) {
  Duration longest{0};
  for (const CapacityOffer& offer : file.offers) longest = std::max(longest, offer.boot);
  return longest + file.review;
}

Result<std::vector<PoolSubscription>> Subscriptions(const PoolsFile& file,
                                                    const std::string& usage) {
  std::vector<PoolSubscription> subscriptions;
  if (usage.empty()) return subscriptions;
  LC_TRY(const LoadSeries used, series::ReadSeries(usage, {}));
  std::vector<double> nodes;
  for (const double value : used.values())
    if (value == value) nodes.push_back(value);
  for (const CapacityOffer& reserved : file.offers) {
    if (reserved.capacity_class != CapacityClass::kReserved) continue;
    const auto instead = std::ranges::find_if(file.offers, [&](const CapacityOffer& offer) {
      return offer.capacity_class == CapacityClass::kOnDemand &&
             offer.instance_type == reserved.instance_type && offer.region == reserved.region;
    });
    if (instead == file.offers.end()) continue;
    PoolSubscription subscription{
        reserved.pool, instead->pool, static_cast<double>(reserved.most_nodes), {}};
    LC_TRY(subscription.advice,
           capacity::AdviseSubscription(nodes, {reserved.price, instead->price},
                                        subscription.subscribed));
    subscriptions.push_back(std::move(subscription));
  }
  if (subscriptions.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "--usage: no pool is reserved with the same instance type on demand beside it, so "
                "there is nothing to weigh");
  return subscriptions;
}

}  // namespace

void PlanPools::AddTo(CLI::App& command) {
  const std::size_t others = OptionCount(command);
  CLI::Option* pools = command.add_option(
      "--pools", pools_, "Pools, workloads and what a plan must keep to; docs/capacity.md");
  pools->option_text("POOLS.yaml");
  command
      .add_option("--catalog", catalog_,
                  "Prices of instance types, for what the pools file takes of them")
      ->option_text("FILE.csv");
  command
      .add_option("--profile", profile_,
                  "Instead of --demand: the profile whose replicas --series foretells")
      ->option_text("FILE.yaml");
  command.add_option("--workload", workload_, "Which profile of the file")->option_text("NAME");
  series_.AddTo(command, {.series = "The load of the profile: CSV, one row a window"});
  command.add_option("--now", now_, "Plan as of this time (default: by the clock)")
      ->option_text("TIME");
  command
      .add_option("--search", search_,
                  "Search so long for a cheaper plan than rounding found (default: 0s)")
      ->option_text("DURATION");
  command
      .add_option("--usage", usage_, "Nodes in use, time,value: how many to hold by subscription")
      ->option_text("FILE.csv");
  command
      .add_option("--trace", traces_,
                  "What was seen of a spot pool, in steps of 15 minutes at most: its losses "
                  "sharpen lossesPerHour, and pools that fell together are taken to do so")
      ->option_text("POOL=FILE...");
  command.add_flag("--advise", advise_,
                   "Which workloads would save how much elsewhere: a plan anew for each");
  command.add_flag("--explain", explain_,
                   "Every pool, also those that are not taken, and the pods of every node");
  NeedHead(command, others, pools);
}

Result<void> PlanPools::Run(const PlanOptions& options) const {
  TimePoint now = SystemClock().Now();
  if (!now_.empty()) {
    const auto time = ParseTime(now_);
    if (!time) return Within("--now", time.error());
    now = *time;
  }
  LC_TRY(const Duration search, DurationOf("--search", search_));
  LC_TRY(PoolsFile file, pool_codec::ReadPools(pools_, now));
  LC_TRY_VOID(AddCatalog(catalog_, file, pools_));
  auto left_out = LeaveDearSpotOut(file);
  const Duration window = WindowOf(file);
  if (options.demand.empty() == profile_.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "one of --demand FILE.csv (replicas to come) and --profile FILE.yaml with --series "
                "LOAD.csv (which foretell them) is needed");
  LC_TRY(const DemandFile read,
         profile_.empty() ? pool_codec::ReadDemand(options.demand, file.pods)
                          : DemandOfProfile(profile_, workload_, series_, file.pods, now + window));
  LC_TRY(const auto demand, capacity::DemandWithin(read.levels, read.paths, now, window));
  LC_TRY(const capacity::LossRecord seen, SeenLossesIn(traces_, file.offers));
  const capacity::SpotRisk risk = capacity::SpotRiskOf(file.offers, file.outages, seen);
  const capacity::PlanInputs inputs{risk.offers, demand, risk.outages, file.held, {}};
  LC_TRY(auto plan, capacity::PlanCapacity(inputs, file.terms, {search}));
  LC_TRY(auto on_demand, capacity::PlanOnDemand(inputs, file.terms));
  std::vector<capacity::LoadMove> moves;
  if (advise_) {
    LC_TRY(moves, capacity::RankMoves(inputs, file.terms, plan));
  }
  LC_TRY(auto subscriptions, Subscriptions(file, usage_));
  const PlanOutcome outcome{.now = now,
                            .window = window,
                            .offers = file.offers,
                            .demand = demand,
                            .terms = file.terms,
                            .plan = std::move(plan),
                            .on_demand = std::move(on_demand),
                            .subscriptions = std::move(subscriptions),
                            .moves = std::move(moves),
                            .losses = LossesOf(file.offers, risk.offers, seen),
                            .left_out = std::move(left_out),
                            .is_explained = explain_};
  fmt::print("{}", RenderPlan(outcome, options.output));
  return {};
}

}  // namespace loadcurve
