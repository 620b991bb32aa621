#include "scaler/capacity/plan/spot_risk.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <random>
#include <utility>

#include "scaler/normal_distribution.h"

namespace loadcurve::capacity {
namespace {

constexpr double kMostStatedHours = 100;
// Rounds in which pairs are brought to what was seen of them.
constexpr int kRounds = 8;
constexpr int kSweeps = 20;

using Matrix = std::vector<std::vector<double>>;

// Both of two pools within an hour, where normal variables with this correlation decide: the
// integral over what they share, by the trapezoidal rule.
class NormalPairs {
 public:
  NormalPairs(const std::vector<double>& chances, double correlation) {
    for (const double chance : chances) {
      std::vector<double>& below = below_.emplace_back();
      const double edge = NormalQuantile(chance);
      for (int i = 0; i <= kParts; ++i)
        below.push_back(NormalBelow((edge - std::sqrt(correlation) * At(i)) /
                                    std::sqrt(std::max(1e-9, 1 - correlation))));
    }
  }

  double Both(std::size_t first, std::size_t second) const {
    double sum = 0;
    for (int i = 0; i <= kParts; ++i) {
      const auto at = static_cast<std::size_t>(i);
      sum += std::exp(-At(i) * At(i) / 2) * below_[first][at] * below_[second][at];
    }
    return sum * kWidth / std::sqrt(2 * std::acos(-1.0));
  }

 private:
  static constexpr int kParts = 48;
  static constexpr double kWidth = 0.25;
  static double At(int part) { return kWidth * (part - kParts / 2); }

  std::vector<std::vector<double>> below_;
};

// Spot pools and what is believed of them.
class Beliefs {
 public:
  Beliefs(std::vector<const CapacityOffer*> spot, const OutageTerms& terms, const LossRecord& seen)
      : spot_(std::move(spot)), seen_(seen) {
    std::vector<double> chances;
    for (const CapacityOffer* offer : spot_) {
      rates_.push_back(offer->losses_per_hour);
      chances.push_back(-std::expm1(-offer->losses_per_hour));
    }
    const NormalPairs stated[2] = {{chances, terms.across_regions}, {chances, terms.in_region}};
    const NormalPairs least[2] = {{chances, 0}, {chances, terms.in_region / 2}};
    double expected[2] = {1, 1};
    double both[2] = {1, 1};
    EachPair([&](std::size_t a, std::size_t b) {
      const SeenLosses pair = SeenOf(a, b);
      expected[IsNear(a, b)] += pair.hours * stated[IsNear(a, b)].Both(a, b);
      both[IsNear(a, b)] += pair.lost;
    });
    together_.assign(spot_.size(), std::vector<double>(spot_.size(), 0));
    EachPair([&](std::size_t a, std::size_t b) {
      const std::size_t kind = IsNear(a, b);
      const SeenLosses pair = SeenOf(a, b);
      const double by_normal = stated[kind].Both(a, b);
      const double ratio = (pair.lost + both[kind] / expected[kind]) / (pair.hours * by_normal + 1);
      const double chance =
          std::clamp(ratio * by_normal, least[kind].Both(a, b), std::min(chances[a], chances[b]));
      together_[a][b] = together_[b][a] = SharedRate(chances[a], chances[b], chance);
    });
  }

  const std::vector<double>& rates() const { return rates_; }
  // Events an hour that take both.
  const Matrix& together() const { return together_; }

 private:
  template <class Visit>
  void EachPair(const Visit& visit) const {
    for (std::size_t a = 0; a < spot_.size(); ++a)
      for (std::size_t b = a + 1; b < spot_.size(); ++b) visit(a, b);
  }

  std::size_t IsNear(std::size_t a, std::size_t b) const {
    return spot_[a]->region == spot_[b]->region ? 1 : 0;
  }

  SeenLosses SeenOf(std::size_t a, std::size_t b) const {
    const auto& [first, second] = std::minmax(spot_[a]->pool, spot_[b]->pool);
    const auto found = seen_.pairs().find({first, second});
    return found == seen_.pairs().end() ? SeenLosses{} : found->second;
  }

  // Neither falls within the hour: where their events are independent but for the shared ones, the
  // product of both staying, times e to the shared rate.
  static double SharedRate(double first, double second, double both) {
    const double neither = 1 - first - second + both;
    const double apart = (1 - first) * (1 - second);
    return neither > 0 && apart > 0 ? std::max(0.0, std::log(neither / apart)) : 0;
  }

  std::vector<const CapacityOffer*> spot_;
  const LossRecord& seen_;
  std::vector<double> rates_;
  Matrix together_;
};

// A pool falls first, `first` times an hour, and takes each other along with probability `along`.
struct Events {
  std::vector<double> first;
  Matrix along;  // [the one that falls first][the other]
};

// How often a pool is taken along.
double TakenAlong(const Events& events, std::size_t pool) {
  double rate = 0;
  for (std::size_t other = 0; other < events.first.size(); ++other)
    if (other != pool) rate += events.first[other] * events.along[other][pool];
  return rate;
}

// The rates of falling first that leave each pool with its own rate in all.
void FitFirst(const std::vector<double>& rates, Events& events) {
  for (int sweep = 0; sweep < kSweeps; ++sweep)
    for (std::size_t pool = 0; pool < rates.size(); ++pool)
      events.first[pool] = std::max(0.0, rates[pool] - TakenAlong(events, pool));
}

double BothFall(const Events& events, std::size_t a, std::size_t b) {
  double rate = events.first[a] * events.along[a][b] + events.first[b] * events.along[b][a];
  for (std::size_t other = 0; other < events.first.size(); ++other)
    if (other != a && other != b)
      rate += events.first[other] * events.along[other][a] * events.along[other][b];
  return rate;
}

Events EventsFor(const Beliefs& beliefs) {
  const std::vector<double>& rates = beliefs.rates();
  const std::size_t size = rates.size();
  Events events{rates, Matrix(size, std::vector<double>(size, 0))};
  for (std::size_t a = 0; a < size; ++a)
    for (std::size_t b = 0; b < size; ++b) {
      const double shared = a == b ? 0 : beliefs.together()[a][b];
      if (shared > 0) events.along[a][b] = shared / (rates[a] + rates[b] - shared);
    }
  FitFirst(rates, events);
  // Two pools are exact now; of more, who falls with a third one is not counted yet.
  for (int round = 0; size > 2 && round < kRounds; ++round) {
    for (std::size_t a = 0; a < size; ++a)
      for (std::size_t b = a + 1; b < size; ++b) {
        const double now = BothFall(events, a, b);
        if (now <= 0) continue;
        const double by = beliefs.together()[a][b] / now;
        events.along[a][b] = std::min(1.0, events.along[a][b] * by);
        events.along[b][a] = std::min(1.0, events.along[b][a] * by);
      }
    FitFirst(rates, events);
  }
  // Who is taken along more often than it falls at all is taken along less.
  for (std::size_t pool = 0; pool < size; ++pool) {
    const double taken = TakenAlong(events, pool);
    const double left = rates[pool] - events.first[pool];
    if (taken <= left) continue;
    for (std::size_t other = 0; other < size; ++other) events.along[other][pool] *= left / taken;
  }
  return events;
}

JointOutages Draw(const Events& events, const OutageTerms& terms) {
  JointOutages drawn;
  std::mt19937_64 random(terms.seed);
  const auto even = [&] { return (static_cast<double>(random() >> 11U) + 0.5) * 0x1p-53; };
  const double hours = Seconds(terms.ahead) / 3600;
  for (std::size_t s = 0; s < terms.scenarios; ++s) {
    std::vector<double>& alive = drawn.alive.emplace_back(events.first.size(), 1.0);
    for (std::size_t pool = 0; pool < events.first.size(); ++pool) {
      const double rate = events.first[pool];
      if (rate <= 0) continue;
      for (double at = -std::log(even()) / rate; at < hours; at -= std::log(even()) / rate) {
        alive[pool] = 0;
        for (std::size_t other = 0; other < alive.size(); ++other)
          if (other != pool && even() < events.along[pool][other]) alive[other] = 0;
      }
    }
  }
  return drawn;
}

}  // namespace

double BelievedLosses(double stated, const SeenLosses& seen) {
  const double hours = stated * kMostStatedHours > 1 ? 1 / stated : kMostStatedHours;
  return (stated * hours + seen.lost) / (hours + seen.hours);
}

SpotRisk SpotRiskOf(std::span<const CapacityOffer> offers, const OutageTerms& terms,
                    const LossRecord& seen) {
  SpotRisk risk{{offers.begin(), offers.end()}, {}};
  bool is_seen = false;
  std::vector<const CapacityOffer*> spot;
  for (CapacityOffer& offer : risk.offers) {
    if (offer.capacity_class != CapacityClass::kSpot) continue;
    spot.push_back(&offer);
    const auto found = seen.pools().find(offer.pool);
    if (found == seen.pools().end()) continue;
    is_seen = true;
    offer.losses_per_hour = BelievedLosses(offer.losses_per_hour, found->second);
  }
  if (!is_seen) {
    risk.outages = DrawOutages(offers, terms);
    return risk;
  }
  risk.outages = Draw(EventsFor(Beliefs(spot, terms, seen)), terms);
  for (const CapacityOffer* offer : spot) risk.outages.pools.push_back(offer->pool);
  return risk;
}

}  // namespace loadcurve::capacity
