#include "scaler/capacity/expansion_choice.h"

#include <algorithm>
#include <cstdio>
#include <limits>

#include "scaler/capacity/headroom_share.h"

namespace loadcurve::capacity {
namespace {

constexpr double kSame = 1e-6;

bool IsPriced(const ExpansionOption& option) {
  return option.price && !option.price->is_closed;
}

// Of a node, with the risk, for the load that a node of speed 1 carries.
double RiskPrice(const NodePrice& price) {
  return price.price.value() * RiskFactor(price.losses_per_hour, price.speed);
}

// What these nodes would be bought for.
std::vector<CapacityOffer> OffersOf(std::span<const ExpansionOption> options,
                                    std::span<const NodeResources> nodes) {
  std::vector<CapacityOffer> offers;
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (!IsPriced(options[i])) continue;
    CapacityOffer offer;
    offer.allocatable = nodes[i];
    offer.price = UsdPerHour(RiskPrice(*options[i].price));
    offers.push_back(std::move(offer));
  }
  return offers;
}

bool IsSame(const NodeResources& a, const NodeResources& b) {
  return a.cpu == b.cpu && a.memory == b.memory && a.pods == b.pods;
}

// Waiting pods are mostly of a few sizes: each is valued once.
class PodValues {
 public:
  explicit PodValues(std::vector<CapacityOffer> offers) : offers_(std::move(offers)) {}

  double Of(const NodeResources& pod) {
    for (const auto& [size, value] : known_)
      if (IsSame(size, pod)) return value;
    const auto least = ReplicaHourOn(offers_, pod);
    known_.emplace_back(pod, least ? least->value() : 0);
    return known_.back().second;
  }

 private:
  std::vector<CapacityOffer> offers_;
  std::vector<std::pair<NodeResources, double>> known_;
};

std::string Words(const ExpansionOption& option, double cost) {
  char text[160];
  std::snprintf(text, sizeof text, "%lld nodes at %.4g for %zu pods: %.4g times the least",
                static_cast<long long>(option.nodes), option.price->price.value(),
                option.pods.size(), cost);
  return text;
}

ExpansionJudgement Judge(const ExpansionOption& option, PodValues& values) {
  ExpansionJudgement judgement{.group = option.group};
  if (!option.price) {
    judgement.why = "no price is known";
    return judgement;
  }
  if (option.price->is_closed) {
    judgement.why = "its pool is closed: most is 0";
    return judgement;
  }
  double value = 0;
  for (const NodeResources& pod : option.pods) value += values.Of(pod);
  const double money = static_cast<double>(option.nodes) * RiskPrice(*option.price);
  judgement.cost = value > 0 ? money / value : std::numeric_limits<double>::infinity();
  judgement.why = Words(option, *judgement.cost);
  return judgement;
}

bool IsBetter(const ExpansionOption& a, double cost_a, const ExpansionOption& b, double cost_b) {
  if (cost_a < cost_b * (1 - kSame)) return true;
  if (cost_b < cost_a * (1 - kSame)) return false;
  if (a.pods.size() != b.pods.size()) return a.pods.size() > b.pods.size();
  return a.group < b.group;
}

}  // namespace

ExpansionChoice ChooseExpansion(std::span<const ExpansionOption> options,
                                std::span<const NodeResources> nodes) {
  PodValues values(OffersOf(options, nodes));
  ExpansionChoice choice;
  std::optional<std::size_t> best;
  std::vector<std::size_t> unknown;
  for (std::size_t i = 0; i < options.size(); ++i) {
    choice.judgements.push_back(Judge(options[i], values));
    if (!options[i].price) unknown.push_back(i);
    const auto& cost = choice.judgements[i].cost;
    if (cost &&
        (!best || IsBetter(options[i], *cost, options[*best], *choice.judgements[*best].cost)))
      best = i;
  }
  choice.kept = best ? std::vector{*best} : unknown;
  return choice;
}

}  // namespace loadcurve::capacity
