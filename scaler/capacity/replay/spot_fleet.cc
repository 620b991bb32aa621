#include "scaler/capacity/replay/spot_fleet.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace loadcurve::capacity {
namespace {

// Takes up to `nodes` from one end of the batches that `is_meant` names; how many are still to be
// taken.
template <class Batches, class IsMeant>
std::int64_t TakeFrom(Batches& batches, std::int64_t nodes, bool is_newest_first,
                      const IsMeant& is_meant) {
  const auto take = [&](auto& batch) {
    if (!is_meant(batch)) return;
    const std::int64_t taken = std::min(nodes, batch.nodes);
    batch.nodes -= taken;
    nodes -= taken;
  };
  if (is_newest_first)
    std::for_each(batches.rbegin(), batches.rend(), take);
  else
    std::for_each(batches.begin(), batches.end(), take);
  std::erase_if(batches, [](const auto& batch) { return batch.nodes == 0; });
  return nodes;
}

template <class Batches, class IsMeant>
std::int64_t CountOf(const Batches& batches, const IsMeant& is_meant) {
  std::int64_t nodes = 0;
  for (const auto& batch : batches)
    if (is_meant(batch)) nodes += batch.nodes;
  return nodes;
}

}  // namespace

SpotFleet::SpotFleet(std::size_t spot_pools, Duration boot, std::int64_t on_demand)
    : boot_(boot),
      prices_(spot_pools + 1, 1),
      pools_(spot_pools + 1),
      wanted_(pools_.size(), 0),
      by_price_(pools_.size()) {
  std::iota(by_price_.begin(), by_price_.end(), 0U);
  if (on_demand > 0) pools_.back().push_back({on_demand, Duration(0)});
  wanted_.back() = on_demand;
}

void SpotFleet::UsePrices(std::span<const double> prices) {
  if (std::ranges::equal(prices, std::span(prices_).first(prices.size()))) return;
  std::ranges::copy(prices, prices_.begin());
  std::iota(by_price_.begin(), by_price_.end(), 0U);
  std::ranges::stable_sort(by_price_,
                           [&](std::size_t a, std::size_t b) { return prices_[a] > prices_[b]; });
}

std::int64_t SpotFleet::Aim(const SpotTarget& target, const std::vector<std::int64_t>& stock,
                            Duration now) {
  std::int64_t orders = 0;
  for (std::size_t pool = 0; pool < pools_.size(); ++pool) {
    const bool is_spot = pool + 1 < pools_.size();
    const std::int64_t held =
        CountOf(pools_[pool], [](const Batch& batch) { return !batch.lost_at; });
    const std::int64_t asked = is_spot ? target.spot[pool] : target.on_demand;
    wanted_[pool] = is_spot ? std::min(asked, std::max(stock[pool], held)) : asked;
    const std::int64_t missing = wanted_[pool] - held;
    if (missing <= 0) continue;
    pools_[pool].push_back({missing, now + boot_});
    orders += missing;
  }
  return orders;
}

void SpotFleet::GiveBack(Duration now) {
  std::int64_t ready = 0;  // of those that stay
  std::int64_t wanted = 0;
  for (std::size_t pool = 0; pool < pools_.size(); ++pool) {
    const std::int64_t held =
        CountOf(pools_[pool], [](const Batch& batch) { return !batch.lost_at; });
    TakeFrom(pools_[pool], std::max<std::int64_t>(0, held - wanted_[pool]), true,
             [&](const Batch& batch) { return !batch.lost_at && batch.ready_at > now; });
    ready += CountOf(pools_[pool],
                     [&](const Batch& batch) { return !batch.lost_at && batch.ready_at <= now; });
    wanted += wanted_[pool];
  }
  for (const std::size_t pool : by_price_) {
    const std::int64_t held =
        CountOf(pools_[pool], [](const Batch& batch) { return !batch.lost_at; });
    const std::int64_t given =
        std::min(std::max<std::int64_t>(0, held - wanted_[pool]), ready - wanted);
    if (given <= 0) continue;
    ready -= given - TakeFrom(pools_[pool], given, true, [&](const Batch& batch) {
               return !batch.lost_at && batch.ready_at <= now;
             });
  }
}

void SpotFleet::Announce(std::size_t pool, std::int64_t left, std::size_t tick) {
  Batches& batches = pools_[pool];
  std::int64_t lost =
      CountOf(batches,
              [&](const Batch& batch) { return !batch.lost_at || *batch.lost_at > tick; }) -
      left;
  for (std::size_t i = 0; i < batches.size() && lost > 0; ++i) {
    if (batches[i].lost_at) continue;
    if (batches[i].nodes > lost) {
      Batch rest = batches[i];
      rest.nodes -= lost;
      batches[i].nodes = lost;
      batches.insert(batches.begin() + static_cast<std::ptrdiff_t>(i) + 1, rest);
    }
    batches[i].lost_at = tick;
    lost -= batches[i].nodes;
  }
}

std::int64_t SpotFleet::Lose(std::size_t pool, std::int64_t left, std::size_t tick) {
  Batches& batches = pools_[pool];
  const auto all = [](const Batch&) { return true; };
  const std::int64_t before = CountOf(batches, all);
  std::erase_if(batches,
                [&](const Batch& batch) { return batch.lost_at && *batch.lost_at <= tick; });
  const std::int64_t beyond = CountOf(batches, all) - left;
  if (beyond > 0) TakeFrom(batches, beyond, false, all);
  return before - CountOf(batches, all);
}

std::optional<Duration> SpotFleet::NextReady(Duration now) const {
  std::optional<Duration> next;
  for (const Batches& batches : pools_)
    for (const Batch& batch : batches)
      if (batch.ready_at > now && (!next || batch.ready_at < *next)) next = batch.ready_at;
  return next;
}

PoolMoment SpotFleet::Pool(std::size_t pool, Duration now) const {
  PoolMoment moment;
  for (const Batch& batch : pools_[pool]) {
    if (batch.lost_at) {
      moment.leaving += batch.nodes;
      continue;
    }
    moment.held += batch.nodes;
    if (batch.ready_at <= now) moment.ready += batch.nodes;
  }
  return moment;
}

std::int64_t SpotFleet::Ready(Duration now) const {
  std::int64_t ready = 0;
  for (const Batches& batches : pools_)
    ready += CountOf(batches, [&](const Batch& batch) { return batch.ready_at <= now; });
  return ready;
}

std::int64_t SpotFleet::OnDemand() const {
  return CountOf(pools_.back(), [](const Batch&) { return true; });
}

std::int64_t SpotFleet::Spot() const {
  std::int64_t nodes = -OnDemand();
  for (const Batches& batches : pools_)
    nodes += CountOf(batches, [](const Batch&) { return true; });
  return nodes;
}

double SpotFleet::SpotPrice() const {
  double price = 0;
  for (std::size_t pool = 0; pool + 1 < pools_.size(); ++pool)
    price += prices_[pool] *
             static_cast<double>(CountOf(pools_[pool], [](const Batch&) { return true; }));
  return price;
}

}  // namespace loadcurve::capacity
