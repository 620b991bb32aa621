#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "scaler/capacity/replay/spot_market.h"
#include "scaler/capacity/replay/spot_policy.h"

namespace loadcurve::capacity {

// Ticks of five minutes, three minutes of boot, two of notice, which always comes.
inline SpotTerms FiveMinutes() {
  SpotTerms terms;
  terms.gap = std::chrono::minutes(5);
  terms.boot = std::chrono::minutes(3);
  terms.notice = std::chrono::minutes(2);
  terms.missed_notice = Ratio(0);
  return terms;
}

inline SpotMarket MarketOf(std::vector<std::vector<std::int64_t>> stock, std::int64_t nodes,
                           const SpotTerms& terms) {
  std::vector<SpotTrace> traces;
  for (auto& counts : stock) {
    const std::string name = "zone-" + std::to_string(traces.size());
    traces.push_back({name, "region", std::move(counts), 0.3});
  }
  std::vector<std::int64_t> demand(traces.front().stock.size(), nodes);
  auto market = SpotMarket::Make(std::move(traces), std::move(demand), terms);
  EXPECT_TRUE(market) << market.error().message;
  return *std::move(market);
}

// Pools that come and go by lot, for up to some forty ticks.
inline std::vector<std::vector<std::int64_t>> StockByLot(std::size_t pools, std::size_t ticks,
                                                         std::int64_t nodes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::vector<std::int64_t>> stock(pools);
  for (auto& counts : stock) {
    while (counts.size() < ticks) {
      const std::int64_t level = static_cast<std::int64_t>(random() % 3) * nodes / 2;
      for (std::uint64_t left = 1 + random() % 40; left > 0 && counts.size() < ticks; --left)
        counts.push_back(level);
    }
  }
  return stock;
}

// Wants what a function says.
class ToldPolicy : public SpotPolicy {
 public:
  explicit ToldPolicy(std::function<SpotTarget(const SpotMoment&)> rule) : rule_(std::move(rule)) {}
  std::string_view name() const override { return "told"; }
  SpotTarget Wanted(const SpotMoment& moment) override { return rule_(moment); }

 private:
  std::function<SpotTarget(const SpotMoment&)> rule_;
};

}  // namespace loadcurve::capacity
