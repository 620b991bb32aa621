// The limits of a plan: shares, quotas, spread over nodes, the cap on spending.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>
#include <utility>

#include "scaler/capacity/plan/plan_program.h"

namespace loadcurve::capacity {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// What a dollar above the cap costs where the service comes first: far less than cores lacking do.
constexpr double kOverSpending = 10;
constexpr double kSeen = 0.01;  // of what exceeds a limit

std::string Short(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

}  // namespace

int PlanProgram::AddExcess(double cost, std::string words, double scale, std::string unit,
                           bool is_room) {
  const int column = program_.AddColumn({cost, 0, kInfinity, false});
  limits_.push_back({column, std::move(words), scale, std::move(unit), is_room});
  return column;
}

// Pods that must not share a node need as many nodes.
void PlanProgram::AddHosts() {
  for (std::size_t g = 0; g < inputs_.demand.groups().size(); ++g) {
    const PodGroup& pods = inputs_.demand.groups()[g].pods;
    const std::int64_t most = pods.fields().spread.most_on_node;
    if (most == 0 || counts_.HasHosts(g)) continue;
    LinearRow row{.upper = kInfinity, .columns = {}, .factors = {}};
    row.lower =
        std::ceil(inputs_.demand.ReplicasAt(g, terms_.level) / static_cast<double>(most) - 1e-9);
    for (std::size_t i = 0; i < inputs_.offers.size(); ++i)
      if (!WhyNotOn(pods, inputs_.offers[i]))
        AddNodes(row, i, static_cast<double>(inputs_.offers[i].pieces));
    if (row.columns.empty()) continue;
    row.Add(
        AddExcess(shortage_cost_, "too few nodes to spread " + pods.name(), 1, " lacking", true),
        1);
    program_.rows.push_back(std::move(row));
  }
}

void PlanProgram::AddShares() {
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    if (terms_.most_in_zone) AddShareOf(c, terms_.most_in_zone->value(), true);
    if (terms_.most_in_family) AddShareOf(c, terms_.most_in_family->value(), false);
  }
}

// Of the room of a class, as far as the class has a choice.
void PlanProgram::AddShareOf(std::size_t of_class, double share, bool is_zone) {
  const auto& places = classes_[of_class].places;
  const auto place_name = [&](const PodClass::Place& place) -> const std::string& {
    const CapacityOffer& offer = inputs_.offers[place.offer];
    return is_zone ? offer.zone : offer.family;
  };
  std::set<std::string> names;
  for (const PodClass::Place& place : places) names.insert(place_name(place));
  if (static_cast<double>(names.size()) * share < 1 - 1e-9) return;
  for (const std::string& name : names) {
    LinearRow row{.lower = -kInfinity, .upper = 0, .columns = {}, .factors = {}};
    for (std::size_t p = 0; p < places.size(); ++p)
      row.Add(room_columns_[of_class] + static_cast<int>(p),
              SizeOf(places[p].holds) * ((place_name(places[p]) == name ? 1 : 0) - share));
    row.Add(
        AddExcess(shortage_cost_ * 10,
                  std::string(is_zone ? "zone " : "family ") + name + " has more than its share", 1,
                  " cores more"),
        -1);
    program_.rows.push_back(std::move(row));
  }
}

void PlanProgram::AddSpotShare() {
  if (!terms_.most_spot) return;
  LinearRow row{.lower = -kInfinity, .upper = 0, .columns = {}, .factors = {}};
  for (std::size_t i = 0; i < inputs_.offers.size(); ++i) {
    const CapacityOffer& offer = inputs_.offers[i];
    const double cores = offer.allocatable.cpu.value() * static_cast<double>(offer.pieces);
    const double of_spot = offer.capacity_class == CapacityClass::kSpot ? 1 : 0;
    AddNodes(row, i, cores * (of_spot - terms_.most_spot->value()));
  }
  row.Add(AddExcess(shortage_cost_ * 10, "spot has more than its share", 1, " cores more"), -1);
  program_.rows.push_back(std::move(row));
}

void PlanProgram::AddQuotas() {
  for (const CpuQuota& quota : terms_.quotas) {
    LinearRow row{.lower = -kInfinity, .upper = quota.cpu.value(), .columns = {}, .factors = {}};
    for (std::size_t i = 0; i < inputs_.offers.size(); ++i) {
      const CapacityOffer& offer = inputs_.offers[i];
      if (offer.region != quota.region || offer.capacity_class != quota.capacity_class) continue;
      const CpuCores cores = offer.vcpu > CpuCores(0) ? offer.vcpu : offer.allocatable.cpu;
      AddNodes(row, i, cores.value() * static_cast<double>(offer.pieces));
    }
    // What is held already counts, and may be kept though a quota was lowered since.
    row.Add(AddExcess(shortage_cost_ * 100,
                      "the quota of " + std::string(Name(quota.capacity_class)) + " cores in " +
                          quota.region + " is exceeded",
                      1, " cores more"),
            -1);
    program_.rows.push_back(std::move(row));
  }
}

void PlanProgram::AddSpendCap() {
  if (!terms_.spend_cap) return;
  LinearRow row{.lower = -kInfinity, .columns = {}, .factors = {}};
  double paid_anyway = 0;
  double least_price = kInfinity;  // of a core
  for (std::size_t i = 0; i < inputs_.offers.size(); ++i) {
    const CapacityOffer& offer = inputs_.offers[i];
    const double price = offer.price.value() * static_cast<double>(offer.pieces);
    if (offer.capacity_class == CapacityClass::kReserved) {
      paid_anyway += offer.price.value() * static_cast<double>(offer.most_nodes);
      continue;
    }
    AddNodes(row, i, price);
    least_price = std::min(
        least_price, offer.price.value() / std::max(SizeOf(AmountsOf(offer.allocatable)), 1e-3));
  }
  if (row.columns.empty()) return;
  row.upper = terms_.spend_cap->value() - paid_anyway;
  // A dollar buys 1 / price cores: the cap costs less than they are worth, or a hundred times more.
  const double cost = terms_.when_cap_is_hit == SpendPolicy::kSloFirst
                          ? kOverSpending
                          : 100 * shortage_cost_ / least_price;
  row.Add(AddExcess(cost, "the cap on spending is exceeded", 1, " USD/h more"), -1);
  program_.rows.push_back(std::move(row));
}

// Room that is lacking costs less than to exceed a limit.
bool PlanProgram::KeepsLimits(std::span<const std::int64_t> nodes) const {
  if (std::ranges::all_of(limits_, &Limit::is_room)) return true;
  LinearProgram fixed = program_;
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    auto left = static_cast<double>(nodes[i] / inputs_.offers[i].pieces);
    for (const int column : {pools_[i].unsettled, pools_[i].settled, pools_[i].added}) {
      LinearColumn& of = fixed.columns[static_cast<std::size_t>(column)];
      of.upper = of.lower = std::min(left, of.upper);
      of.is_whole = false;
      left -= of.upper;
    }
  }
  const auto solution = Solve(fixed);
  return solution && std::ranges::all_of(limits_, [&](const Limit& limit) {
           return limit.is_room ||
                  solution->values[static_cast<std::size_t>(limit.excess)] * limit.scale <= kSeen;
         });
}

std::vector<std::string> PlanProgram::Excesses(std::span<const double> values) const {
  std::vector<std::string> words;
  for (const Limit& limit : limits_)
    if (const double by = values[static_cast<std::size_t>(limit.excess)] * limit.scale; by > kSeen)
      words.push_back(limit.words + ": " + Short(by) + limit.unit);
  return words;
}

}  // namespace loadcurve::capacity
