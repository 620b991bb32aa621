#include "scaler/capacity/plan/spot_risk.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/scaler/capacity/plan/plan_world.h"

namespace loadcurve::capacity {
namespace {

// a and b in one region, c in another, and one on demand; a loss in two hours is stated.
std::vector<CapacityOffer> Pools() {
  std::vector<CapacityOffer> offers = {TenCores("a", "a", CapacityClass::kSpot, 1),
                                       TenCores("b", "b", CapacityClass::kSpot, 1),
                                       TenCores("c", "c", CapacityClass::kSpot, 1),
                                       TenCores("od", "a", CapacityClass::kOnDemand, 1)};
  offers[2].region = "elsewhere";
  for (CapacityOffer& offer : offers) offer.losses_per_hour = 0.5;
  return offers;
}

// 29 losses in 98 hours: with the stated one in two, 0.3 an hour, so 0.2592 in an hour.
LossRecord NinetyEightHours(double a_with_b, double with_c) {
  return LossRecord::After(
      {{"a", {98, 29}}, {"b", {98, 29}}, {"c", {98, 29}}},
      {{{"a", "b"}, {98, a_with_b}}, {{"a", "c"}, {98, with_c}}, {{"b", "c"}, {98, with_c}}});
}

// Of 20,000 cases; four standard errors of a share of 0.26 are 0.0124, of one of 0.09 0.008.
JointOutages Drawn(const LossRecord& seen) {
  OutageTerms terms;
  terms.scenarios = 20'000;
  return SpotRiskOf(Pools(), terms, seen).outages;
}

TEST(SpotRisk, CountsWhatIsStatedAsOneLossThatWasSeen) {
  EXPECT_DOUBLE_EQ(BelievedLosses(0.02, {0, 0}), 0.02);
  EXPECT_DOUBLE_EQ(BelievedLosses(0.02, {50, 3}), 0.04);
  EXPECT_DOUBLE_EQ(BelievedLosses(0.5, {98, 29}), 0.3);
  EXPECT_DOUBLE_EQ(BelievedLosses(0.02, {200, 0}), 0.004);
  EXPECT_DOUBLE_EQ(BelievedLosses(0, {100, 10}), 0.05) << "a hundred hours at most";
}

TEST(SpotRisk, IsAsStatedWhereNothingWasSeen) {
  const SpotRisk risk = SpotRiskOf(Pools(), {}, {});
  EXPECT_EQ(risk.outages.alive, DrawOutages(Pools(), {}).alive);
  EXPECT_EQ(risk.offers[0].losses_per_hour, 0.5);
}

TEST(SpotRisk, PlansWithWhatIsBelieved) {
  const SpotRisk risk = SpotRiskOf(Pools(), {}, LossRecord::After({{"b", {98, 29}}}, {}));
  EXPECT_DOUBLE_EQ(risk.offers[0].losses_per_hour, 0.5);
  EXPECT_DOUBLE_EQ(risk.offers[1].losses_per_hour, 0.3);
  EXPECT_EQ(risk.offers[3].losses_per_hour, 0.5) << "of what is not spot nothing is believed";
  EXPECT_EQ(risk.outages.pools, (std::vector<std::string>{"a", "b", "c"}));
}

TEST(SpotRisk, LosesEachPoolAsOftenAsBelievedAndThoseTogetherThatFellTogether) {
  const JointOutages drawn = Drawn(NinetyEightHours(29, 9));
  for (std::size_t pool = 0; pool < 3; ++pool)
    EXPECT_NEAR(ShareLost(drawn, {pool}), 0.2592, 0.0124) << pool;
  // 29 of 29, which is more than is stated of a region: hardly one without the other, but for what
  // each of them shares with c.
  EXPECT_NEAR(ShareLost(drawn, {0, 1}), ShareLost(drawn, {0}), 0.02);
}

TEST(SpotRisk, TakesWhatWasSeenApartInOtherRegionsAsIndependent) {
  const JointOutages drawn = Drawn(NinetyEightHours(29, 0));
  EXPECT_NEAR(ShareLost(drawn, {0, 2}), 0.2592 * 0.2592, 0.008);
}

// By normal variables of correlation 0.215 both are below the quantile of 0.2592 with 0.0934.
TEST(SpotRisk, TakesPoolsOfARegionNeverAsIndependent) {
  const JointOutages drawn = Drawn(NinetyEightHours(0, 0));
  EXPECT_NEAR(ShareLost(drawn, {0, 1}), 0.0934, 0.008);
}

// Seen as often as stated, which is 0.1235 for 0.43 and 0.0836 for 0.14, 12.1 and 8.2 of 98 hours.
TEST(SpotRisk, LeavesPairsAsStatedThatFellAsStated) {
  const JointOutages drawn = Drawn(NinetyEightHours(12.1, 8.2));
  EXPECT_NEAR(ShareLost(drawn, {0, 1}), 0.1235, 0.0093);
  EXPECT_NEAR(ShareLost(drawn, {0, 2}), 0.0836, 0.008);
}

TEST(SpotRisk, LosesThreeAtOnceThatFellAtOnce) {
  std::vector<CapacityOffer> offers = Pools();
  offers[2].region = "r";
  OutageTerms terms;
  terms.scenarios = 20'000;
  const auto drawn = SpotRiskOf(offers, terms, NinetyEightHours(29, 29)).outages;
  EXPECT_NEAR(ShareLost(drawn, {0, 1, 2}), 0.2592, 0.0124);
}

TEST(SpotRisk, DrawsTheSameFromTheSameSeed) {
  const LossRecord seen = NinetyEightHours(20, 5);
  EXPECT_EQ(SpotRiskOf(Pools(), {}, seen).outages.alive,
            SpotRiskOf(Pools(), {}, seen).outages.alive);
}

}  // namespace
}  // namespace loadcurve::capacity
