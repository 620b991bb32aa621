#include "scaler/capacity/orders/pool_share.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scaler/capacity/orders/order_runner.h"
#include "tests/support/fake_cloud.h"
#include "tests/support/memory_order_journal.h"

namespace loadcurve::capacity {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(PoolShares, APoolIsOfTheFirstThatClaimsIt) {
  const auto shares = SharesOf({{"batch", {"a", "b"}}, {"web", {"b", "c"}}});
  EXPECT_THAT(shares[0].others, ElementsAre("c"));
  EXPECT_THAT(shares[0].taken, IsEmpty());
  EXPECT_THAT(shares[1].others, ElementsAre("a", "b"));
  EXPECT_THAT(shares[1].taken, ElementsAre(Pair("b", "batch")));
}

// Two that buy of one cloud and write into one journal, each of a pool of its own.
class TwoBuyersTest : public testing::Test {
 protected:
  struct Buyer {
    Buyer(FakeCloud& cloud, OrderJournal& journal, PoolsOfOthers theirs)
        : others(std::move(theirs)),
          own_provider(cloud, others),
          own_journal(journal, others),
          runner(own_journal, own_provider, {.patience = {.listing_lag = 1s}}) {}

    PoolsOfOthers others;
    ShareOfProvider own_provider;
    ShareOfJournal own_journal;
    OrderRunner runner;
  };

  TwoBuyersTest() {
    cloud_.AddPool("a", "us-1a", 0.3, 100);
    cloud_.AddPool("b", "us-1b", 0.3, 100);
  }

  OrderReport Run(Buyer& buyer, const std::string& pool, std::int64_t nodes) {
    return buyer.runner.Run({.now = cloud_.now(),
                             .offers = *buyer.own_provider.Offers(),
                             .plan = [=](const OrderView&) {
                               return std::vector<PoolWish>{{.pool = pool, .nodes = nodes}};
                             }});
  }

  FakeCloud cloud_{{}};
  JournalDisk disk_;
  MemoryOrderJournal journal_{disk_};
  Buyer first_{cloud_, journal_, {"b"}};
  Buyer second_{cloud_, journal_, {"a"}};
};

TEST_F(TwoBuyersTest, BuyWhatEachWantsAndLeaveTheOthersNodesAlone) {
  OrderReport first;
  OrderReport second;
  for (int i = 0; i < 30; ++i) {
    cloud_.Advance(1min);
    first = Run(first_, "a", 3);
    second = Run(second_, "b", i < 10 ? 2 : 4);
  }
  EXPECT_EQ(cloud_.PaidIn("a"), 3);
  EXPECT_EQ(cloud_.PaidIn("b"), 4);
  EXPECT_EQ(cloud_.ledger().size(), 7U);
  EXPECT_THAT(first.surplus, IsEmpty()) << "what the other bought is nobody's surplus";
  EXPECT_THAT(second.surplus, IsEmpty());
  EXPECT_FALSE(first.view.counts.contains("b"));
}

}  // namespace
}  // namespace loadcurve::capacity
