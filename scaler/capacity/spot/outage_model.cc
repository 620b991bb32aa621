#include "scaler/capacity/spot/outage_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace loadcurve::capacity {
namespace {

// Features of every pool; after them each pool has one that is its own.
enum Feature : std::size_t {
  kAlways,
  kAge,
  kRegionAway,
  kOthersAway,
  kRecentlyAway,
  kNew,
  kAbove,
  kShared
};

// The prior: a pool that was there for an hour is lost once in four hours, within a factor of 4.5.
// The age counts as it does for lives whose tail is a power: what was there for long stays for
// long. A wide prior lets a few dozen losses decide.
struct Prior {
  double mean;
  double deviation;
};
constexpr Prior kPriors[kShared] = {{-9.57, 1.5}, {-0.6, 0.25}, {0.7, 1}, {0, 0.7},
                                    {0, 0.7},     {0, 1.5},     {-1, 1}};
constexpr double kPoolDeviation = 0.7;
// So many falls of a pair weigh as much as what all pairs of its kind did.
constexpr double kPairPrior = 10;
constexpr double kDay = 86400;

std::vector<double> PriorMeans(std::size_t pools) {
  std::vector<double> means(kShared + pools, 0);
  for (std::size_t i = 0; i < kShared; ++i) means[i] = kPriors[i].mean;
  return means;
}

std::vector<double> PriorDeviations(std::size_t pools) {
  std::vector<double> deviations(kShared + pools, kPoolDeviation);
  for (std::size_t i = 0; i < kShared; ++i) deviations[i] = kPriors[i].deviation;
  return deviations;
}

}  // namespace

OutageModel::OutageModel(std::vector<OutagePool> pools, Duration window)
    : window_(window),
      hazard_(PriorMeans(pools.size()), PriorDeviations(pools.size())),
      stock_(pools.size(), 0),
      taken_(pools.size(), std::vector<double>(pools.size(), 0)),
      falls_(taken_),
      features_(kShared + pools.size(), 0) {
  for (OutagePool& told : pools) {
    Pool pool;
    pool.slice = std::max<std::int64_t>(1, (told.most_nodes + kMostSlices - 1) / kMostSlices);
    pool.up_since.resize(
        static_cast<std::size_t>(std::max<std::int64_t>(1, told.most_nodes / pool.slice)));
    pool.told = std::move(told);
    pools_.push_back(std::move(pool));
  }
}

double OutageModel::Pool::ShareAbove(std::size_t index) const {
  std::size_t above = 0;
  for (std::size_t i = index + 1; i < up_since.size() && up_since[i]; ++i)
    if (up_since[i] != up_since[index]) ++above;
  return static_cast<double>(above) / static_cast<double>(up_since.size());
}

bool OutageModel::IsSameRegion(std::size_t pool, std::size_t other) const {
  return pools_[pool].told.region == pools_[other].told.region;
}

void OutageModel::FillFeatures(std::size_t pool, const SliceState& state) const {
  std::ranges::fill(features_, 0);
  features_[kAlways] = 1;
  features_[kAge] = std::log((state.age + step_) / 3600);
  double count[2] = {0, 0};
  double away[2] = {0, 0};
  for (std::size_t other = 0; other < pools_.size(); ++other) {
    if (other == pool) continue;
    const std::size_t kind = IsSameRegion(pool, other) ? 0 : 1;
    count[kind] += 1;
    away[kind] += 1 - pools_[other].up_share;
  }
  if (count[0] > 0) features_[kRegionAway] = away[0] / count[0] - 0.5;
  if (count[1] > 0) features_[kOthersAway] = away[1] / count[1] - 0.5;
  const Pool& own = pools_[pool];
  if (own.recent_all > 0) features_[kRecentlyAway] = 0.5 - own.recent_up / own.recent_all;
  features_[kNew] = state.is_new ? 1 : 0;
  // The first few nodes above tell most.
  features_[kAbove] = std::log1p(4 * state.above);
  features_[kShared + pool] = 1;
}

// Slices of one age fall as one: their losses are no evidence of their own. All slices of a pool
// weigh as much as one.
bool OutageModel::LearnLosses(std::size_t index, double seconds, std::int64_t stock) {
  const Pool& pool = pools_[index];
  const double weight = 1 / static_cast<double>(pool.up_since.size());
  bool is_lost = false;
  for (std::size_t first = 0; first < pool.up_since.size() && pool.up_since[first];) {
    double units = 0;
    double lost = 0;
    std::size_t end = first;
    for (; end < pool.up_since.size() && pool.up_since[end] == pool.up_since[first]; ++end) {
      units += weight;
      if (stock < pool.NodesUpTo(end)) lost += weight;
    }
    const double age = Seconds(*last_ - *pool.up_since[first]);
    // Stock that was seen twice alone: where traces come from few probes it cannot be lost yet.
    FillFeatures(index, {age, age < 1.5 * step_, pool.ShareAbove(first)});
    hazard_.Learn(features_, units, seconds, lost);
    is_lost |= lost > 0;
    first = end;
  }
  return is_lost;
}

void OutageModel::FollowWatches(Duration now, std::span<const std::int64_t> stock) {
  for (Watch& watch : watches_)
    for (std::size_t other = 0; other < pools_.size(); ++other)
      watch.least[other] = std::min(watch.least[other], stock[other]);
  // One is over when the next observation would come too late for it.
  const Duration step = now - *last_;
  std::erase_if(watches_, [&](const Watch& watch) {
    if (now + step < watch.until) return false;
    for (std::size_t other = 0; other < pools_.size(); ++other) {
      const auto before = static_cast<double>(watch.before[other]);
      if (other == watch.pool || before <= 0) continue;
      falls_[watch.pool][other] += 1;
      taken_[watch.pool][other] += (before - static_cast<double>(watch.least[other])) / before;
    }
    return true;
  });
}

void OutageModel::Note(std::size_t index, Duration now, std::int64_t stock) {
  Pool& pool = pools_[index];
  const std::int64_t most = pool.NodesUpTo(pool.up_since.size() - 1);
  stock_[index] = std::min(stock, most);
  for (std::size_t slice = 0; slice < pool.up_since.size(); ++slice) {
    if (stock < pool.NodesUpTo(slice))
      pool.up_since[slice].reset();
    else if (!pool.up_since[slice])
      pool.up_since[slice] = now;
  }
  pool.up_share = static_cast<double>(stock_[index]) / static_cast<double>(most);
  const double kept = last_ ? std::exp(-Seconds(now - *last_) / kDay) : 0;
  pool.recent_up = kept * pool.recent_up + pool.up_share;
  pool.recent_all = kept * pool.recent_all + 1;
}

void OutageModel::Observe(Duration now, std::span<const std::int64_t> stock) {
  if (last_ && now > *last_) {
    step_ = Seconds(now - *last_);
    for (std::size_t pool = 0; pool < pools_.size(); ++pool)
      if (LearnLosses(pool, step_, stock[pool]))
        watches_.push_back({pool, now + window_, stock_, stock_});
    FollowWatches(now, stock);
  }
  for (std::size_t pool = 0; pool < pools_.size(); ++pool) Note(pool, now, stock[pool]);
  last_ = now;
}

double OutageModel::SliceRate(std::size_t pool, std::size_t slice, Duration horizon) const {
  const auto& since = pools_[pool].up_since[slice];
  if (!since) return 0;
  const double age = Seconds(*last_ - *since) + Seconds(horizon) / 2;
  FillFeatures(pool, {age, false, pools_[pool].ShareAbove(slice)});
  return hazard_.Rate(features_);
}

std::vector<double> OutageModel::LossRates(std::size_t index, std::int64_t nodes,
                                           Duration horizon) const {
  const Pool& pool = pools_[index];
  std::vector<double> rates;
  while (static_cast<std::int64_t>(rates.size()) < nodes) {
    const auto slice =
        static_cast<std::size_t>(static_cast<std::int64_t>(rates.size()) / pool.slice);
    const double rate = SliceRate(index, std::min(slice, pool.up_since.size() - 1), horizon);
    for (std::int64_t i = 0; i < pool.slice && static_cast<std::int64_t>(rates.size()) < nodes; ++i)
      rates.push_back(rate);
  }
  return rates;
}

double OutageModel::TogetherChance(std::size_t pool, std::size_t other) const {
  // Before anything was seen: one in five within a region, one in forty across.
  const bool is_near = IsSameRegion(pool, other);
  double falls = is_near ? 5 : 20;
  double taken = is_near ? 1 : 0.5;
  for (std::size_t a = 0; a < pools_.size(); ++a) {
    for (std::size_t b = 0; b < pools_.size(); ++b) {
      if (a == b || IsSameRegion(a, b) != is_near) continue;
      falls += falls_[a][b];
      taken += taken_[a][b];
    }
  }
  return (taken_[pool][other] + kPairPrior * taken / falls) / (falls_[pool][other] + kPairPrior);
}

std::vector<OutageEvent> OutageModel::Events(Duration horizon) const {
  std::vector<OutageEvent> events;
  std::vector<double> along(pools_.size());
  for (std::size_t pool = 0; pool < pools_.size(); ++pool) {
    double sum = 0;
    for (std::size_t other = 0; other < pools_.size(); ++other) {
      along[other] = other != pool && stock_[other] > 0 ? TogetherChance(pool, other) : 0;
      sum += along[other];
    }
    const double shrink = sum > 0.9 ? 0.9 / sum : 1;
    double lower = 0;  // the rate of the slices below, which fall less often
    for (std::size_t slice = 0; slice < pools_[pool].up_since.size(); ++slice) {
      const double rate = SliceRate(pool, slice, horizon) - lower;
      if (rate <= 1e-9 * lower) continue;
      lower += rate;
      OutageEvent alone{rate * (1 - sum * shrink), stock_};
      alone.left[pool] = pools_[pool].NodesUpTo(slice) - pools_[pool].slice;
      for (std::size_t other = 0; other < pools_.size(); ++other) {
        if (along[other] <= 0) continue;
        // Half of it: the other one's falls bring the other half.
        OutageEvent both{rate * along[other] * shrink / 2, alone.left};
        both.left[other] = 0;
        events.push_back(std::move(both));
      }
      events.push_back(std::move(alone));
    }
  }
  return events;
}

std::vector<OutageEvent> OutageModel::EventsAfter(const std::vector<bool>& leaving,
                                                  const std::vector<bool>& is_watched,
                                                  Ratio missed_notice) const {
  std::vector<OutageEvent> events;
  const double seconds = std::max(1.0, Seconds(window_));
  for (std::size_t pool = 0; pool < pools_.size(); ++pool) {
    if (leaving[pool] || stock_[pool] == 0) continue;
    double stays = std::exp(-seconds * SliceRate(pool, 0, window_));
    for (std::size_t fallen = 0; fallen < pools_.size(); ++fallen)
      if (leaving[fallen]) stays *= 1 - TogetherChance(fallen, pool);
    const double silent = is_watched[pool] ? missed_notice.value() : 1;
    OutageEvent event{(1 - stays) * silent / seconds, stock_};
    event.left[pool] = 0;
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace loadcurve::capacity
