#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/units.h"
#include "scaler/capacity/capacity_offer.h"
#include "scaler/capacity/risk_price.h"

namespace loadcurve::capacity {

// What is known of the nodes of one group, for a choice among groups.
struct NodePrice {
  UsdPerHour price;  // of a node; > 0
  CapacityClass capacity_class = CapacityClass::kOnDemand;
  double losses_per_hour = 0;  // of a node; >= 0
  double speed = 1;            // what a pod carries here over what it carries elsewhere; > 0
  bool is_closed = false;      // no node of it may be had
};

// One group of nodes that would take waiting pods.
struct ExpansionOption {
  std::string group;
  std::int64_t nodes = 0;             // that it would get; > 0
  std::vector<NodeResources> pods{};  // each that would fit; not empty
  std::optional<NodePrice> price{};   // absent: unknown
};

// One option, judged.
struct ExpansionJudgement {
  std::string group;
  // Money an hour for what the pods carry, with the risk: 1 is what they would cost at the least
  // on the nodes that are offered. Absent: closed, or no price is known.
  std::optional<double> cost{};
  std::string why;  // for a log
};

struct ExpansionChoice {
  // The options to keep: the best; all where nothing is known of any; none where every one of them
  // is closed, which forbids the scale-up.
  std::vector<std::size_t> kept{};
  std::vector<ExpansionJudgement> judgements{};  // one an option
};

// Chooses by money per unit of load:
//
//   cost = nodes * price * RiskFactor(losses_per_hour, speed) / value of the pods
//
// where the value of a pod is its share of the node on which it is cheapest, of all that are
// offered, at the price with the risk: so pods that ask for much count for much, whatever they ask
// for, and half-empty nodes are dear. Options within a millionth of each other: the one with more
// pods, then the first by name. Options without a known price are kept only where no other has one.
ExpansionChoice ChooseExpansion(std::span<const ExpansionOption> options,
                                std::span<const NodeResources> nodes);

}  // namespace loadcurve::capacity
