#include "adapters/cloud/simulated/cloud_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/cloud/simulated/cloud_service.h"
#include "adapters/cloud/simulated/simulated_provider.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::simulated_cloud {
namespace {

using capacity::CapacityClass;
using capacity::NodeState;
using capacity::Shortfall;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

PoolPlan Pool(const std::string& name, std::int64_t stock) {
  PoolPlan pool;
  pool.offer.pool = name;
  pool.offer.region = "us-1";
  pool.offer.capacity_class = CapacityClass::kSpot;
  pool.offer.price = UsdPerHour(0.36);
  pool.offer.boot = 90s;
  pool.stock = stock;
  return pool;
}

TEST(CloudModel, SellsAnOrderOnceHoweverOftenItIsSent) {
  CloudModel cloud({.pools = {Pool("a", 10)}});
  EXPECT_THAT(cloud.Sell({"t", "a", 4}, 0s)->node_ids, SizeIs(4));
  EXPECT_EQ(cloud.Sell({"t", "a", 4}, 1s)->node_ids, cloud.Find("t")->node_ids);
  EXPECT_THAT(cloud.ledger(), SizeIs(4));
}

TEST(CloudModel, SellsAgainWhereItKnowsNoTokens) {
  CloudModel cloud({.knows_tokens = false, .pools = {Pool("a", 10)}});
  (void)cloud.Sell({"t", "a", 4}, 0s);
  (void)cloud.Sell({"t", "a", 4}, 1s);
  EXPECT_THAT(cloud.ledger(), SizeIs(8));
  EXPECT_THAT(cloud.Find("t")->node_ids, SizeIs(8));
}

TEST(CloudModel, TakesNodesAwayWithTheirNoticeWhereItIsAskedTo) {
  CloudModel cloud({.pools = {Pool("a", 10)}});
  const auto ids = cloud.Sell({"t", "a", 2}, 0s)->node_ids;
  cloud.Interrupt({ids[0]}, 100s);
  const auto nodes = cloud.Nodes(130s);
  ASSERT_THAT(nodes, SizeIs(2));
  EXPECT_EQ(nodes[0].state, NodeState::kInterrupted);
  EXPECT_EQ(nodes[0].ends_in, Duration(90s)) << "of the two minutes";
  EXPECT_FALSE(nodes[1].ends_in);
  EXPECT_THAT(cloud.Nodes(221s), SizeIs(1));
}

TEST(CloudModel, SellsAPartAndSaysWhatIsMissing) {
  CloudModel cloud({.pools = {Pool("a", 3)}});
  const auto outcome = *cloud.Sell({"t", "a", 10}, 0s);
  EXPECT_THAT(outcome.node_ids, SizeIs(3));
  EXPECT_EQ(outcome.missing, 7);
  EXPECT_EQ(outcome.shortfall, Shortfall::kStock);
}

TEST(CloudModel, KeepsAQuotaOverAllPoolsOfARegion) {
  CloudModel cloud(
      {.pools = {Pool("a", 10), Pool("b", 10)}, .quotas = {{"us-1", CapacityClass::kSpot, 5}}});
  EXPECT_THAT(cloud.Sell({"t1", "a", 4}, 0s)->node_ids, SizeIs(4));
  const auto outcome = *cloud.Sell({"t2", "b", 4}, 0s);
  EXPECT_THAT(outcome.node_ids, SizeIs(1));
  EXPECT_EQ(outcome.shortfall, Shortfall::kQuota);
}

TEST(CloudModel, TakesTimeToBootAndMoneyUntilANodeIsGivenBack) {
  CloudModel cloud({.pools = {Pool("a", 10)}});
  (void)cloud.Sell({"t", "a", 2}, 0s);
  EXPECT_EQ(cloud.Nodes(89s)[0].state, NodeState::kBooting);
  EXPECT_EQ(cloud.Nodes(90s)[0].state, NodeState::kReady);
  cloud.TakeBack({"node-1"}, 100s);
  EXPECT_THAT(cloud.Nodes(100s), SizeIs(1));
  // 100 s of one node and 200 s of the other, at 0.0001 dollars a second.
  const LedgerReport report = cloud.Report(200s);
  EXPECT_NEAR(report.cost_usd, 0.03, 1e-12);
  EXPECT_EQ(report.paid, 1);
}

TEST(CloudModel, TakesSpotNodesAfterANoticeAsItsTraceSays) {
  PoolPlan pool = Pool("a", 4);
  pool.trace = {.step = 300s, .shares = {1, 0.5, 1}};
  CloudModel cloud({.pools = {pool}});
  (void)cloud.Sell({"t", "a", 4}, 0s);
  EXPECT_EQ(cloud.Nodes(179s)[0].state, NodeState::kReady);
  // Two minutes before the step at 300 s, two nodes are under notice, and no more are sold.
  EXPECT_EQ(cloud.Nodes(180s)[1].state, NodeState::kInterrupted);
  EXPECT_EQ(cloud.Nodes(180s)[2].state, NodeState::kReady);
  EXPECT_THAT(cloud.Sell({"t2", "a", 1}, 200s)->node_ids, IsEmpty());
  EXPECT_THAT(cloud.Nodes(299s), SizeIs(4));
  EXPECT_THAT(cloud.Nodes(300s), SizeIs(2));
  EXPECT_EQ(cloud.Report(300s).reclaimed, 2);
  EXPECT_THAT(cloud.Sell({"t3", "a", 4}, 600s)->node_ids, SizeIs(2));
}

TEST(CloudModel, GivesNoNoticeWhereItIsMissed) {
  PoolPlan pool = Pool("a", 1);
  pool.trace = {.step = 300s, .shares = {1, 0}};
  pool.missed_notice = 1;
  CloudModel cloud({.pools = {pool}});
  (void)cloud.Sell({"t", "a", 1}, 0s);
  EXPECT_EQ(cloud.Nodes(299s)[0].state, NodeState::kReady);
  EXPECT_THAT(cloud.Nodes(300s), IsEmpty());
}

TEST(CloudPlan, SaysOfEveryFaultWhereItStandsAndWhatWasExpected) {
  const auto plan = ParseCloudPlan(
      "pools:\n"
      "  - {name: a, price: -1, stock: 5}\n"
      "  - {name: a, price: 1, stock: many}\n"
      "faults:\n"
      "  - {kind: lightning}\n",
      "cloud.yaml");
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(plan.error().message, HasSubstr("cloud.yaml:2: pools[0].price"));
  EXPECT_THAT(plan.error().message, HasSubstr("above 0"));
  EXPECT_THAT(plan.error().message, HasSubstr("cloud.yaml:3: pools[1].name"));
  EXPECT_THAT(plan.error().message, HasSubstr("cloud.yaml:3: pools[1].stock"));
  EXPECT_THAT(plan.error().message, HasSubstr("one of throttle, unavailable, lost-reply"));
}

TEST(CloudPlan, ReadsTracesFromBesideIt) {
  const ScratchFolder folder;
  folder.Write("t.json", R"({"metadata": {"gap_seconds": 195}, "data": [0, 16, 4]})");
  const std::string path = folder.Write(
      "plan.yaml", "pools: [{name: a, class: spot, price: 0.1, stock: 16, trace: t.json}]");
  const CloudPlan plan = *ReadCloudPlan(path);
  EXPECT_EQ(plan.pools[0].trace.step, 195s);
  EXPECT_THAT(plan.pools[0].trace.shares, testing::ElementsAre(0, 1, 0.25));
}

// The service and its provider face to face, without a wire between them.
class SimulatedProviderTest : public testing::Test {
 protected:
  void Open(CloudPlan plan) {
    service_.emplace(std::move(plan), 60, clock_);
    transport_.Play([this](const http::HttpRequest& request) {
      const std::string target = request.url.substr(std::string("https://cloud").size());
      const auto answer = service_->AnswerAtOnce(
          {.method = request.method, .target = target, .body = request.body});
      return ScriptedHttpTransport::Answer{
          .status = answer->status, .body = answer->body, .headers = answer->headers};
    });
  }

  SimulatedClock clock_;
  ScriptedHttpTransport transport_;
  std::optional<CloudService> service_;
  SimulatedProvider provider_{transport_, "https://cloud"};
};

TEST_F(SimulatedProviderTest, CarriesEveryCallAndRunsSixtyTimesAsFast) {
  PoolPlan pool = Pool("a", 3);
  pool.offer.zone = "us-1a";
  pool.offer.family = "m5";
  pool.offer.allocatable = {CpuCores(2), Bytes(8'000'000'000), 29};
  Open({.pools = {pool}});
  const auto offers = *provider_.Offers();
  ASSERT_THAT(offers, SizeIs(1));
  EXPECT_EQ(offers[0].zone, "us-1a");
  EXPECT_EQ(offers[0].capacity_class, CapacityClass::kSpot);
  EXPECT_EQ(offers[0].boot, 90s);
  EXPECT_EQ(offers[0].allocatable.memory, Bytes(8'000'000'000));
  EXPECT_EQ(offers[0].price, UsdPerHour(0.36));
  EXPECT_EQ(offers[0].priced_at, clock_.Now());
  const auto outcome = *provider_.Launch({"t", "a", 5});
  EXPECT_THAT(outcome.node_ids, SizeIs(3));
  EXPECT_EQ(outcome.missing, 2);
  EXPECT_EQ(outcome.shortfall, Shortfall::kStock);
  EXPECT_EQ(provider_.Nodes()->at(0).state, NodeState::kBooting);
  clock_.Advance(1500ms);
  EXPECT_EQ(provider_.Nodes()->at(0).state, NodeState::kReady);
  EXPECT_EQ(provider_.Nodes()->at(0).token, "t");
  EXPECT_THAT((*provider_.Find({"t", "a", 5}))->node_ids, SizeIs(3));
  EXPECT_EQ(*provider_.Find({"u", "a", 5}), std::nullopt);
  ASSERT_TRUE(provider_.Retire({"node-1", "gone"}));
  EXPECT_THAT(*provider_.Nodes(), SizeIs(2));
  EXPECT_EQ(provider_.Launch({"v", "no such", 1}).error().code, ErrorCode::kNotFound);
}

TEST_F(SimulatedProviderTest, TellsFaultsApart) {
  Open({.pools = {Pool("a", 9)},
        .faults = {
            {.call = CallKind::kOrder, .kind = FaultKind::kThrottle, .first = 1, .retry_after = 7s},
            {.call = CallKind::kOrder, .kind = FaultKind::kLostReply, .first = 1},
            {.call = CallKind::kNodes, .kind = FaultKind::kUnavailable, .first = 1}}});
  const auto throttled = *provider_.Launch({"t", "a", 1});
  EXPECT_EQ(throttled.shortfall, Shortfall::kThrottled);
  EXPECT_EQ(throttled.retry_after, 7s);
  EXPECT_EQ(service_->Report().bought, 0);
  EXPECT_EQ(provider_.Launch({"t", "a", 1}).error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(service_->Report().bought, 1);
  EXPECT_THAT(provider_.Launch({"t", "a", 1})->node_ids, SizeIs(1));
  EXPECT_EQ(service_->Report().bought, 1);
  EXPECT_EQ(provider_.Nodes().error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(provider_.Nodes());
}

TEST_F(SimulatedProviderTest, TakesAnAnswerThatItCannotReadForNone) {
  transport_.On("POST", "/v1/orders", ScriptedHttpTransport::Ok("<html>"));
  EXPECT_EQ(provider_.Launch({"t", "a", 1}).error().code, ErrorCode::kUnavailable);
  transport_.On("GET", "/v1/nodes", ScriptedHttpTransport::Ok(R"({"nodes": [{"id": 3}]})"));
  const auto nodes = provider_.Nodes();
  ASSERT_FALSE(nodes);
  EXPECT_THAT(nodes.error().message, HasSubstr("nodes[0]: id is 3; expected a text"));
}

}  // namespace
}  // namespace loadcurve::simulated_cloud
