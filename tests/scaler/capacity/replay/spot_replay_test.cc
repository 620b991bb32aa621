#include "scaler/capacity/replay/spot_replay.h"

#include <gmock/gmock.h>

#include <cmath>

#include "scaler/capacity/replay/spot_oracle.h"
#include "scaler/capacity/replay/spot_policies.h"
#include "scaler/capacity/replay/spot_rivals.h"
#include "tests/scaler/capacity/replay/spot_worlds.h"

namespace loadcurve::capacity {
namespace {

using testing::HasSubstr;

SpotRun Greedy(const SpotMarket& market) {
  return ReplaySpot(market, *MakeGreedy(TermsOf(market)));
}

// The first zone falls at the third tick.
const std::vector<std::vector<std::int64_t>> kFirstFalls = {{1, 1, 1, 0, 0}, {1, 1, 1, 1, 1}};

TEST(SpotReplay, LossWithNoticeCostsBootLessNotice) {
  const SpotRun run = Greedy(MarketOf(kFirstFalls, 1, FiveMinutes()));
  // Announced two minutes before; the next is ready one minute after: 4 of 5 minutes.
  EXPECT_DOUBLE_EQ(run.ticks[3].ready, 0.8);
  for (const std::size_t tick : {0U, 1U, 2U, 4U}) EXPECT_DOUBLE_EQ(run.ticks[tick].ready, 1);
  EXPECT_EQ(run.interruptions, 1);
  EXPECT_EQ(run.orders, 2);
  // A minute of 25 was not served.
  EXPECT_DOUBLE_EQ(MeasuresOf(run, std::chrono::minutes(5)).served_ratio, 0.96);
}

TEST(SpotReplay, LossWithoutNoticeCostsTheWholeBoot) {
  SpotTerms terms = FiveMinutes();
  terms.missed_notice = Ratio(1);
  const SpotRun run = Greedy(MarketOf(kFirstFalls, 1, terms));
  EXPECT_DOUBLE_EQ(run.ticks[3].ready, 0.4);
}

TEST(SpotReplay, NoticeLongerThanTheBootCostsNothing) {
  SpotTerms terms = FiveMinutes();
  terms.notice = std::chrono::minutes(12);  // over two ticks before
  const SpotRun run = Greedy(MarketOf(kFirstFalls, 1, terms));
  EXPECT_DOUBLE_EQ(MeasuresOf(run, terms.gap).served_ratio, 1);
  // The one that is announced is paid for until it goes, beside the one that takes over.
  EXPECT_DOUBLE_EQ(run.ticks[2].spot, 2);
}

TEST(SpotReplay, NodesArePaidForFromTheOrderOn) {
  const SpotRun run = Greedy(MarketOf(kFirstFalls, 1, FiveMinutes()));
  // On demand until the first spot node has booted, which is paid for meanwhile.
  EXPECT_DOUBLE_EQ(run.ticks[0].on_demand, 0.6);
  EXPECT_DOUBLE_EQ(run.ticks[0].spot, 1);
  EXPECT_DOUBLE_EQ(run.ticks[1].on_demand, 0);
  EXPECT_DOUBLE_EQ(run.ticks[2].spot, 1.4);  // two minutes of both
  EXPECT_DOUBLE_EQ(run.ticks[3].spot, 1);
  // 0.6 on demand and 5.4 spot ticks at 0.3, of 5.
  EXPECT_NEAR(MeasuresOf(run, std::chrono::minutes(5)).cost_ratio_to_on_demand, 2.22 / 5, 1e-12);
  EXPECT_NEAR(MeasuresOf(run, std::chrono::minutes(5)).cost, 2.22 / 12, 1e-12);
}

TEST(SpotReplay, EachTickIsPaidForAtItsPrice) {
  SpotTerms terms = FiveMinutes();
  terms.price_drift = Ratio(0.3);
  const SpotMarket market = MarketOf({{1, 1, 1}}, 1, terms);
  ToldPolicy policy([&](const SpotMoment& moment) {
    EXPECT_EQ(moment.pools[0].price, market.PriceOf(0, moment.tick));
    return SpotTarget{{1}, 0};
  });
  const SpotRun run = ReplaySpot(market, policy);
  for (std::size_t tick = 0; tick < 3; ++tick) {
    EXPECT_DOUBLE_EQ(run.ticks[tick].spot, 1);
    EXPECT_DOUBLE_EQ(run.ticks[tick].spot_cost, market.PriceOf(0, tick));
  }
  EXPECT_NE(market.PriceOf(0, 0), market.PriceOf(0, 1));
}

TEST(SpotReplay, WhatNobodyWantsGoesWhenTheOthersAreReady) {
  // From zone 0 to zone 1 at tick 2.
  ToldPolicy policy([](const SpotMoment& moment) {
    return moment.tick < 2 ? SpotTarget{{1, 0}, 0} : SpotTarget{{0, 1}, 0};
  });
  const SpotRun run = ReplaySpot(MarketOf({{1, 1, 1, 1}, {1, 1, 1, 1}}, 1, FiveMinutes()), policy);
  EXPECT_DOUBLE_EQ(run.ticks[2].spot, 1.6);  // three minutes of both
  EXPECT_DOUBLE_EQ(run.ticks[3].spot, 1);
  EXPECT_DOUBLE_EQ(MeasuresOf(run, std::chrono::minutes(5)).served_ratio, 1);
}

TEST(SpotReplay, SurplusLaterInATickHidesNoShortage) {
  // Both nodes of zone 0 fall unannounced; three take over after three minutes.
  SpotTerms terms = FiveMinutes();
  terms.missed_notice = Ratio(1);
  ToldPolicy policy([](const SpotMoment& moment) {
    return moment.tick < 2 ? SpotTarget{{2, 0}, 0} : SpotTarget{{0, 6}, 0};
  });
  const SpotRun run = ReplaySpot(MarketOf({{2, 2, 0}, {6, 6, 6}}, 2, terms), policy);
  // Six nodes for two minutes are 2.4 node-ticks, but two were demanded at a time.
  EXPECT_DOUBLE_EQ(run.ticks[2].ready, 0.8);
}

TEST(SpotReplay, PoolThatGaveNoticeTakesNoOrders) {
  std::vector<std::int64_t> seen;
  ToldPolicy policy([&](const SpotMoment& moment) {
    if (moment.is_notice) seen.push_back(moment.pools[0].stock);
    return SpotTarget{{4}, 0};
  });
  // One of four goes.
  const SpotRun run = ReplaySpot(MarketOf({{4, 4, 3, 3}}, 4, FiveMinutes()), policy);
  EXPECT_EQ(seen, (std::vector<std::int64_t>{3}));
  EXPECT_EQ(run.interruptions, 1);
}

TEST(SpotReplay, MissedNoticesAreThoseOfTheSeedForEveryPolicy) {
  SpotTerms terms = FiveMinutes();
  terms.missed_notice = Ratio(0.1);
  const SpotMarket market = MarketOf({{1}}, 1, terms);
  int missed = 0;
  for (std::size_t tick = 0; tick < 10000; ++tick) missed += market.IsAnnounced(0, tick) ? 0 : 1;
  EXPECT_NEAR(missed, 1000, 120);  // four standard deviations
  terms.seed = 2;
  const SpotMarket other = MarketOf({{1}}, 1, terms);
  bool differs = false;
  for (std::size_t tick = 0; tick < 100; ++tick)
    differs |= market.IsAnnounced(0, tick) != other.IsAnnounced(0, tick);
  EXPECT_TRUE(differs);
}

TEST(SpotReplay, ACutTraceGivesTheSamePath) {
  SpotTerms terms = FiveMinutes();
  terms.missed_notice = Ratio(0.2);
  auto stock = StockByLot(3, 300, 6, 5);
  const SpotMarket whole = MarketOf(stock, 6, terms);
  // What comes after tick 200 is another world; its first notice lies in tick 199.
  for (auto& counts : stock)
    for (std::size_t tick = 200; tick < 300; ++tick) counts[tick] = counts[tick] > 0 ? 0 : 6;
  const SpotMarket other = MarketOf(stock, 6, terms);
  for (const std::string_view name : SpotPolicyNames()) {
    const SpotRun one = ReplaySpot(whole, *MakeSpotPolicies(name, whole)->front());
    const SpotRun two = ReplaySpot(other, *MakeSpotPolicies(name, other)->front());
    for (std::size_t tick = 0; tick < 199; ++tick) {
      ASSERT_EQ(one.ticks[tick].ready, two.ticks[tick].ready) << name << " at " << tick;
      ASSERT_EQ(one.ticks[tick].spot, two.ticks[tick].spot) << name << " at " << tick;
    }
  }
}

TEST(SpotReplay, OracleServesAllAndNoPolicyServesAllForLess) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const SpotMarket market = MarketOf(StockByLot(3, 400, 6, seed), 6, FiveMinutes());
    const auto oracle = MeasuresOf(ReplaySpot(market, *MakeSpotOracle(market)), market.terms().gap);
    EXPECT_DOUBLE_EQ(oracle.served_ratio, 1) << seed;
    const auto policies = *MakeSpotPolicies("all", market);
    for (const auto& policy : policies) {
      const auto measures = MeasuresOf(ReplaySpot(market, *policy), market.terms().gap);
      EXPECT_LE(measures.served_ratio, 1);
      EXPECT_GE(measures.cost_ratio_to_on_demand, oracle.cost_ratio_to_on_demand - 0.01)
          << policy->name() << " with seed " << seed;
    }
  }
}

TEST(SpotReplay, TwoRunsAreTheSame) {
  SpotTerms terms = FiveMinutes();
  terms.missed_notice = Ratio(0.3);
  const SpotMarket market = MarketOf(StockByLot(3, 200, 6, 9), 6, terms);
  const auto once = ReplaySpot(market, *MakeSpotPolicies("loadcurve", market)->front());
  const auto again = ReplaySpot(market, *MakeSpotPolicies("loadcurve", market)->front());
  for (std::size_t tick = 0; tick < 200; ++tick)
    ASSERT_EQ(once.ticks[tick].spot_cost, again.ticks[tick].spot_cost);
}

TEST(SpotMarketTest, LetsPricesStrayByThemselvesAndComeBack) {
  // 180 days of five minutes.
  constexpr std::size_t kTicks = 180UL * 288;
  SpotTerms terms = FiveMinutes();
  terms.price_drift = Ratio(0.2);
  const std::vector<std::vector<std::int64_t>> stock(2, std::vector<std::int64_t>(kTicks, 1));
  const SpotMarket market = MarketOf(stock, 1, terms);
  double sum = 0;
  double squares = 0;
  double products = 0;
  double after_a_day = 0;
  const auto strayed = [&](std::size_t pool, std::size_t tick) {
    return std::log(market.PriceOf(pool, tick) / 0.3) + 0.02;
  };
  for (std::size_t tick = 0; tick < kTicks; ++tick) {
    sum += market.PriceOf(0, tick);
    squares += strayed(0, tick) * strayed(0, tick);
    products += strayed(0, tick) * strayed(1, tick);
    if (tick >= 288) after_a_day += strayed(0, tick) * strayed(0, tick - 288);
  }
  EXPECT_NEAR(sum / kTicks, 0.3, 0.02);
  EXPECT_NEAR(std::sqrt(squares / kTicks), 0.2, 0.03);
  EXPECT_NEAR(products / squares, 0, 0.2);
  EXPECT_NEAR(after_a_day / squares, std::exp(-1), 0.15);
  EXPECT_EQ(market.PriceOf(1, 77), MarketOf(stock, 1, terms).PriceOf(1, 77));
  terms.seed = 2;
  EXPECT_NE(market.PriceOf(1, 77), MarketOf(stock, 1, terms).PriceOf(1, 77));
}

TEST(SpotMarketTest, SaysWhatIsWrong) {
  const auto error = [](std::vector<SpotTrace> traces, std::vector<std::int64_t> demand,
                        SpotTerms terms = {}) {
    const auto market = SpotMarket::Make(std::move(traces), std::move(demand), terms);
    return market ? std::string() : market.error().message;
  };
  EXPECT_THAT(error({}, {1}), HasSubstr("no trace"));
  EXPECT_THAT(error({{"a", "r", {1, 1}, 0.3}}, {1}), HasSubstr("a has 2 ticks; expected as many"));
  EXPECT_THAT(error({{"a", "r", {1}, 0.3}, {"a", "r", {1}, 0.3}}, {1}),
              HasSubstr("two traces are of the pool a"));
  EXPECT_THAT(error({{"a", "r", {1}, 0}}, {1}), HasSubstr("expected a number above 0"));
  SpotTerms terms;
  terms.missed_notice = Ratio(1.5);
  EXPECT_THAT(error({{"a", "r", {1}, 0.3}}, {1}, terms), HasSubstr("expected a number in [0, 1]"));
  terms = {};
  terms.price_drift = Ratio(-0.1);
  EXPECT_THAT(error({{"a", "r", {1}, 0.3}}, {1}, terms), HasSubstr("the drift of prices is -0.1"));
}

}  // namespace
}  // namespace loadcurve::capacity
