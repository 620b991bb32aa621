#include "scaler/capacity/price_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/scaler/capacity/plan/plan_world.h"

namespace loadcurve::capacity {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;

const TimePoint kStart{std::chrono::days(20'000)};

// A machine on demand for 1 and of spot for 0.3, both quoted at the start.
class PriceBookTest : public testing::Test {
 protected:
  PriceBookTest() {
    Quote("od", 1, Duration(0));
    Quote("spot", 0.3, Duration(0));
  }

  void Quote(const std::string& pool, double amount, Duration after) {
    EXPECT_TRUE(book_.Note({pool, amount, "USD", kStart + after})) << pool << amount;
  }

  // Negative where the pool is left out.
  double PriceOf(const std::string& pool, Duration after) {
    for (const CapacityOffer& offer : book_.Priced(offers_, kStart + after))
      if (offer.pool == pool) return offer.price.value();
    return -1;
  }

  std::vector<CapacityOffer> offers_ = {TenCores("od", "a", CapacityClass::kOnDemand, 9),
                                        TenCores("spot", "a", CapacityClass::kSpot, 9)};
  PriceBook book_;
};

TEST_F(PriceBookTest, RefusesWhatIsNoPriceAndKeepsTheOneBefore) {
  for (const double amount : {0.0, -0.3, std::nan(""), std::numeric_limits<double>::infinity()}) {
    const auto noted = book_.Note({"spot", amount, "USD", kStart + minutes(1)});
    ASSERT_FALSE(noted) << amount;
    EXPECT_THAT(noted.error().message, HasSubstr("expected more than 0 USD an hour"));
  }
  EXPECT_THAT(book_.Note({"spot", 0.2, "EUR", kStart + minutes(1)}).error().message,
              HasSubstr("in EUR; expected USD"));
  EXPECT_FALSE(book_.Note({"spot", 0.2, "USD", kStart - minutes(1)}));
  EXPECT_DOUBLE_EQ(PriceOf("spot", minutes(1)), 0.3);
}

TEST_F(PriceBookTest, BelievesASpikeOnlyWhenItStays) {
  Quote("spot", 0.95, minutes(5));
  EXPECT_DOUBLE_EQ(PriceOf("spot", minutes(5)), 0.3);
  Quote("spot", 0.31, minutes(10));
  Quote("spot", 0.95, minutes(15));
  Quote("spot", 0.95, minutes(20));
  EXPECT_DOUBLE_EQ(PriceOf("spot", minutes(20)), 0.31);
  Quote("spot", 0.95, minutes(25));
  EXPECT_DOUBLE_EQ(PriceOf("spot", minutes(25)), 0.95);
}

TEST_F(PriceBookTest, LeavesSpotOutThatIsDearerThanOnDemandUntilItIsCheaperByTheMargin) {
  Quote("spot", 0.8, minutes(5));
  Quote("spot", 1.05, minutes(10));
  EXPECT_EQ(PriceOf("spot", minutes(10)), -1);
  Quote("spot", 0.97, minutes(15));  // cheaper, not by 5 %
  EXPECT_EQ(PriceOf("spot", minutes(15)), -1);
  Quote("spot", 0.9, minutes(20));
  EXPECT_DOUBLE_EQ(PriceOf("spot", minutes(20)), 0.9);
  Quote("spot", 0.97, minutes(25));  // never dearer since
  EXPECT_DOUBLE_EQ(PriceOf("spot", minutes(25)), 0.97);
}

TEST_F(PriceBookTest, PlansWithStalePricesRaisedAndNeverAboveOnDemand) {
  EXPECT_TRUE(book_.IsFresh("spot", kStart + hours(6)));
  EXPECT_FALSE(book_.IsFresh("spot", kStart + hours(7)));
  EXPECT_FALSE(book_.IsFresh("unknown", kStart));
  EXPECT_DOUBLE_EQ(PriceOf("spot", hours(7)), 0.36);
  Quote("spot", 0.85, minutes(5));
  EXPECT_DOUBLE_EQ(PriceOf("spot", hours(7)), 1);  // not 1.02
  EXPECT_DOUBLE_EQ(PriceOf("od", hours(7)), 1.2);
  EXPECT_EQ(book_.Priced(offers_, kStart + hours(7))[0].priced_at, kStart);
}

}  // namespace
}  // namespace loadcurve::capacity
