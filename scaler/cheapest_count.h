#pragma once

#include <span>

#include "base/units.h"

namespace loadcurve {

// A load's distribution: it stays at or below loads[i] with probability levels[i]. Levels rise
// within (0, 1), loads rise with them, both as many.
struct UpperLoad {
  std::span<const double> levels;
  std::span<const MetricsQps> loads;
};

// The probability that the load is above `capacity`. Between two levels, and beyond the last
// one, it falls exponentially with the load; at the lowest level's load and below it is what that
// level leaves.
double ChanceBeyond(const UpperLoad& load, MetricsQps capacity);

// What a person says of money: what a minute (any step) with too little capacity costs, as a
// multiple of what one replica costs in that time, and what one replica carries.
struct CountPrice {
  double shortage_cost = 0;  // in replicas over one step; >= 0
  MetricsQps per_replica;    // > 0
};

// The count n that costs least:
//
//   n + shortage_cost * P(load > n * per_replica)
//
// This is the newsvendor's question (Arrow, Harris and Marschak, 1951) where any shortage costs
// the same: one replica more must pay for itself, so a load that is known well is covered further
// out than one that is not, instead of both at one quantile. Never less than what the load at the
// lowest level needs, however cheap a shortage is.
Replicas CheapestCount(const UpperLoad& load, const CountPrice& price);

}  // namespace loadcurve
