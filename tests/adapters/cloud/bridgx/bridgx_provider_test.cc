#include "adapters/cloud/bridgx/bridgx_provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "scaler/capacity/orders/order_runner.h"
#include "tests/support/fake_bridgx.h"
#include "tests/support/memory_order_journal.h"
#include "tests/support/order_rig.h"

namespace loadcurve::bridgx {
namespace {

using capacity::CapacityOffer;
using capacity::NodeState;
using capacity::OrderReport;
using capacity::Shortfall;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using Script = ScriptedHttpTransport;

constexpr const char* kExpand = "/api/v1/cluster/expand";
constexpr const char* kTaskList = "/api/v1/task/describe_all";

CapacityOffer OfferOf(const std::string& pool, double price) {
  CapacityOffer offer;
  offer.pool = pool;
  offer.zone = pool + "-zone";
  offer.instance_type = "ecs.c7.2xlarge";
  offer.price = UsdPerHour(price);
  offer.most_nodes = 1000;
  return offer;
}

std::vector<BridgxPool> Pools() {
  return {{OfferOf("near", 1), "web"}, {OfferOf("far", 2), "web-2"}};
}

class BridgxProviderTest : public testing::Test {
 protected:
  BridgxProviderTest() {
    transport_.Play([&](const http::HttpRequest& request) { return bridgx_(request); });
    bridgx_.stock = {{"web", 1000}, {"web-2", 1000}};
    provider_ = Opened();
  }
  ~BridgxProviderTest() override {
    // Whatever was tried: no request for machines to go names none.
    for (const http::HttpRequest& request : transport_.requests())
      EXPECT_THAT(request.url, Not(HasSubstr("shrink_all")));
    for (const nlohmann::json& body : bridgx_.shrinks) {
      const auto addresses = body.at("ips").get<std::vector<std::string>>();
      EXPECT_THAT(addresses, Not(IsEmpty()));
      EXPECT_EQ(std::ranges::count(addresses, ""), 0);
      EXPECT_EQ(body.at("count"), addresses.size());
    }
  }

  std::unique_ptr<BridgxProvider> Opened() {
    return std::make_unique<BridgxProvider>(
        transport_,
        [] {
          return Result<Account>(Account{"https://bridgx/", "root", "right"});
        },
        Pools());
  }
  // Of a kind, until `Heal()`.
  void Break(const std::string& part, BridgxFault fault) {
    bridgx_.fault = [=](const std::string& path) {
      return path.find(part) == std::string::npos ? BridgxFault::kNone : fault;
    };
  }
  void Heal() {
    bridgx_.fault = [](const std::string&) { return BridgxFault::kNone; };
  }
  int CallsOf(const std::string& part) const {
    int calls = 0;
    for (const http::HttpRequest& request : transport_.requests())
      calls += request.url.find(part) != std::string::npos ? 1 : 0;
    return calls;
  }

  FakeBridgx bridgx_;
  Script transport_;
  std::unique_ptr<BridgxProvider> provider_;
};

TEST_F(BridgxProviderTest, BuysByATaskOfTheOrdersNameAndWaitsForIt) {
  const auto begun = *provider_->Launch({"order-1", "near", 3});
  EXPECT_TRUE(begun.is_open);
  EXPECT_THAT(begun.node_ids, IsEmpty());
  ASSERT_THAT(bridgx_.tasks, SizeIs(1));
  EXPECT_EQ(bridgx_.tasks[0].name, "order-1");
  EXPECT_EQ(bridgx_.tasks[0].cluster, "web");
  EXPECT_EQ(bridgx_.tasks[0].count, 3);
  EXPECT_TRUE((*provider_->Find({"order-1", "near", 3}))->is_open);
  bridgx_.Work();
  const auto done = **provider_->Find({"order-1", "near", 3});
  EXPECT_FALSE(done.is_open);
  EXPECT_THAT(done.node_ids, testing::UnorderedElementsAre("i-1", "i-2", "i-3"));
  EXPECT_EQ(done.missing, 0);
}

TEST_F(BridgxProviderTest, LogsInOnceAndAgainWhenItsTokenIsRefused) {
  EXPECT_TRUE(provider_->Nodes());
  EXPECT_TRUE(provider_->Nodes());
  EXPECT_EQ(bridgx_.logins, 1);
  bool is_first = true;
  bridgx_.fault = [&](const std::string&) {
    return std::exchange(is_first, false) ? BridgxFault::kTokenRefused : BridgxFault::kNone;
  };
  EXPECT_TRUE(provider_->Nodes());
  EXPECT_EQ(bridgx_.logins, 2);
  Break("", BridgxFault::kTokenRefused);
  const auto refused = provider_->Nodes();
  EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(refused.error().message,
            "GET /api/v1/instance/describe_all: BridgX refuses the token it has just given");
}

TEST_F(BridgxProviderTest, ATokenThatIsRefusedAtAPurchaseBuysOnce) {
  bool is_first = true;
  bridgx_.fault = [&](const std::string& path) {
    return path == kExpand && std::exchange(is_first, false) ? BridgxFault::kTokenRefused
                                                             : BridgxFault::kNone;
  };
  EXPECT_TRUE(provider_->Launch({"order-1", "near", 3})->is_open);
  EXPECT_EQ(CallsOf(kExpand), 2);
  EXPECT_THAT(bridgx_.tasks, SizeIs(1));
}

TEST_F(BridgxProviderTest, SaysWhoCouldNotLogIn) {
  bridgx_.password = "another";
  const auto refused = provider_->Nodes();
  EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(refused.error().message,
            "logging in to https://bridgx as 'root': BridgX answers 400 "
            "'incorrect username/password'");
}

// An envelope of HTTP 200 may hold an error.
TEST_F(BridgxProviderTest, TakesACodeThatIsNoSuccessForAnError) {
  Break("/instance/", BridgxFault::kErrorEnvelope);
  EXPECT_EQ(provider_->Nodes().error().message,
            "GET /api/v1/instance/describe_all: BridgX answers 500 'database is away'");
  Break(kExpand, BridgxFault::kErrorEnvelope);
  // It may have been done.
  EXPECT_EQ(provider_->Launch({"order-1", "near", 3}).error().code, ErrorCode::kUnavailable);
}

TEST_F(BridgxProviderTest, ShowsNoPartOfAnAnswerThatItDoesNotUnderstand) {
  transport_.Play([&](const http::HttpRequest& request) -> std::optional<Script::Answer> {
    if (request.url.find("/user/login") != std::string::npos) return bridgx_(request);
    return Script::Ok(R"({"data": {"login_password": "Secret-1")");
  });
  const auto broken = provider_->Nodes();
  EXPECT_EQ(broken.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(broken.error().message, Not(HasSubstr("Secret-1")));
}

// T7. Of 300 machines 299 came: BridgX says "1.00".
TEST_F(BridgxProviderTest, CountsInstancesAndNotTheRate) {
  bridgx_.half_way = 299;
  ASSERT_TRUE(provider_->Launch({"order-1", "near", 300}));
  bridgx_.Work();
  EXPECT_THAT(transport_.requests(), SizeIs(3));  // login, tasks, expand
  const auto outcome = **provider_->Find({"order-1", "near", 300});
  EXPECT_THAT(outcome.node_ids, SizeIs(299));
  EXPECT_EQ(outcome.missing, 1);
  EXPECT_EQ(outcome.shortfall, Shortfall::kStock);
  EXPECT_EQ(outcome.why_missing,
            "task 9000000001 of BridgX is PARTIAL_SUCCESS: OperationDenied.NoStock: sold out");
  // Six pages of fifty, read twice.
  EXPECT_EQ(CallsOf("/task/instances"), 12);
}

TEST_F(BridgxProviderTest, CountsWhatAFailedTaskLeft) {
  ASSERT_TRUE(provider_->Launch({"order-1", "near", 4}));
  bridgx_.Work();
  bridgx_.tasks[0].status = "FAILED";
  bridgx_.tasks[0].success = 0;
  bridgx_.machines[1].status = "Deleted";
  const auto outcome = **provider_->Find({"order-1", "near", 4});
  EXPECT_THAT(outcome.node_ids, testing::UnorderedElementsAre("i-1", "i-3", "i-4"));
  EXPECT_EQ(outcome.missing, 1);
}

// A query for order-1 finds order-12 too, and one for web finds web-2.
TEST_F(BridgxProviderTest, TakesNoTaskOfASimilarNameForItsOwn) {
  ASSERT_TRUE(provider_->Launch({"order-12", "near", 2}));
  ASSERT_TRUE(provider_->Launch({"order-3", "far", 1}));
  bridgx_.Work();
  EXPECT_FALSE(*provider_->Find({"order-1", "near", 2}));
  EXPECT_FALSE(*provider_->Find({"order-3", "near", 1}));
  const auto nodes = *provider_->Nodes();
  ASSERT_THAT(nodes, SizeIs(3));
  for (const auto& node : nodes) {
    EXPECT_EQ(node.token, node.pool == "near" ? "order-12" : "order-3");
    EXPECT_EQ(node.state, NodeState::kReady);
  }
}

TEST_F(BridgxProviderTest, AnOrderThatComesTwiceIsBoughtOnce) {
  ASSERT_TRUE(provider_->Launch({"order-1", "near", 3}));
  // Another leader, and later the same one again.
  EXPECT_TRUE(Opened()->Launch({"order-1", "near", 3})->is_open);
  bridgx_.Work();
  EXPECT_THAT(provider_->Launch({"order-1", "near", 3})->node_ids, SizeIs(3));
  EXPECT_EQ(CallsOf(kExpand), 1);
  EXPECT_EQ(bridgx_.Paid(), 3);
}

// T17.
TEST_F(BridgxProviderTest, BuysNothingWhileTasksCannotBeListed) {
  for (const BridgxFault fault : {BridgxFault::kDown, BridgxFault::kErrorEnvelope,
                                  BridgxFault::kNeverSent, BridgxFault::kLostReply}) {
    Break(kTaskList, fault);
    EXPECT_EQ(provider_->Launch({"order-1", "near", 3}).error().code, ErrorCode::kUnavailable);
    EXPECT_FALSE(provider_->Find({"order-1", "near", 3}));
  }
  bridgx_.password = "another";
  EXPECT_EQ(Opened()->Launch({"order-1", "near", 3}).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(CallsOf(kExpand), 0);
}

TEST_F(BridgxProviderTest, WaitsForAnotherTaskOfTheCluster) {
  ASSERT_TRUE(provider_->Launch({"order-1", "near", 3}));
  const auto refused = *provider_->Launch({"order-2", "near", 2});
  EXPECT_EQ(refused.shortfall, Shortfall::kThrottled);
  EXPECT_EQ(refused.why_missing, "expanding web of BridgX by 2: Cluster:web has unfinished task");
  EXPECT_TRUE(provider_->Launch({"order-3", "far", 1})->is_open);
  bridgx_.Work();
  EXPECT_TRUE(provider_->Launch({"order-2", "near", 2})->is_open);
}

// BridgX's lists leave out the tasks of a cluster that was disabled meanwhile.
TEST_F(BridgxProviderTest, KnowsATaskThatItsListDoesNotShow) {
  ASSERT_TRUE(provider_->Launch({"order-1", "near", 3}));
  bridgx_.Work();
  transport_.Play([&](const http::HttpRequest& request) -> std::optional<Script::Answer> {
    if (request.url.find(kTaskList) == std::string::npos) return bridgx_(request);
    return Script::Ok(
        R"({"code":200,"msg":"success","data":{"task_list":null,"pager":{"total":0}}})");
  });
  EXPECT_THAT((*provider_->Find({"order-1", "near", 3}))->node_ids, SizeIs(3));
}

TEST_F(BridgxProviderTest, RefusesAnOrderThatItCouldNotFindAgain) {
  EXPECT_EQ(provider_->Launch({std::string(65, 'x'), "near", 1}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(provider_->Launch({"", "near", 1}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(provider_->Launch({"order-1", "none", 1}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(provider_->Launch({"order-1", "near", 10'001})->missing, 10'001);
  EXPECT_EQ(CallsOf(kExpand), 0);
}

TEST_F(BridgxProviderTest, ListsStatesAndReadsTasksOnce) {
  ASSERT_TRUE(provider_->Launch({"order-1", "near", 4}));
  bridgx_.Work();
  bridgx_.machines[0].status = "Pending";
  bridgx_.machines[1].status = "Deleting";
  bridgx_.machines[2].status = "Deleted";
  bridgx_.machines.push_back({.id = "i-mine", .cluster = "web", .address = "10.9.9.9"});
  const auto nodes = *provider_->Nodes();
  ASSERT_THAT(nodes, SizeIs(4));
  std::map<std::string, NodeState> states;
  for (const auto& node : nodes) states[node.id] = node.state;
  EXPECT_EQ(states.at("i-1"), NodeState::kBooting);
  EXPECT_EQ(states.at("i-2"), NodeState::kLeaving);
  EXPECT_EQ(states.at("i-4"), NodeState::kReady);
  const int looks = CallsOf("/task/");
  ASSERT_TRUE(provider_->Nodes());
  EXPECT_EQ(CallsOf("/task/"), looks);
}

TEST_F(BridgxProviderTest, HoldsAListThatChangedWhileItWasReadForNone) {
  ASSERT_TRUE(provider_->Launch({"order-1", "near", 60}));
  bridgx_.Work();
  bridgx_.fault = [&](const std::string& path) {
    // Each look at a page finds one of the first page gone.
    if (path.find("/instance/") == std::string::npos) return BridgxFault::kNone;
    for (auto& machine : bridgx_.machines)
      if (std::exchange(machine.status, "Deleted") != "Deleted") break;
    return BridgxFault::kNone;
  };
  EXPECT_EQ(provider_->Nodes().error().message,
            "GET /api/v1/instance/describe_all: the list changed while its pages were read");
}

// ---- giving back

TEST_F(BridgxProviderTest, GivesBackByAddressAndOnce) {
  ASSERT_TRUE(provider_->Launch({"order-1", "near", 3}));
  bridgx_.Work();
  EXPECT_TRUE(provider_->Retire({"i-2", "i-gone"}));
  ASSERT_THAT(bridgx_.shrinks, SizeIs(1));
  EXPECT_EQ(bridgx_.shrinks[0].at("ips"), nlohmann::json::array({"10.0.0.1"}));
  EXPECT_EQ(bridgx_.shrinks[0].at("cluster_name"), "web");
  // The task is not done yet: the same is to be sent again.
  EXPECT_EQ(provider_->Retire({"i-2"}).error().code, ErrorCode::kUnavailable);
  bridgx_.Work();
  EXPECT_EQ(bridgx_.Paid(), 2);
  EXPECT_TRUE(provider_->Retire({"i-2"}));
  EXPECT_THAT(bridgx_.shrinks, SizeIs(2));
  EXPECT_EQ(bridgx_.Paid(), 2);
}

// Without addresses BridgX would delete any machine.
TEST_F(BridgxProviderTest, NeverAsksForMachinesToGoWithoutNamingThem) {
  ASSERT_TRUE(provider_->Launch({"order-1", "near", 5}));
  bridgx_.Work();
  EXPECT_TRUE(provider_->Retire({}));
  EXPECT_TRUE(provider_->Retire({"i-gone"}));
  bridgx_.machines[0].address = "";          // it boots
  bridgx_.machines[1].address = "10.0.0.2";  // as the third has it
  bridgx_.machines[3].address = "10.0.0.3,10.0.0.4";
  for (const char* id : {"i-1", "i-2", "i-3", "i-4"}) {
    const auto retired = provider_->Retire({id});
    EXPECT_EQ(retired.error().message, std::string("giving machines of web back to BridgX: ") + id +
                                           " has no address of its own yet");
  }
  EXPECT_THAT(bridgx_.shrinks, IsEmpty());
  // Who has one goes all the same.
  EXPECT_FALSE(provider_->Retire({"i-1", "i-5"}));
  bridgx_.Work();
  EXPECT_EQ(bridgx_.Paid(), 4);
  EXPECT_EQ(bridgx_.machines[4].status, "Deleted");
}

// ---- by the runner of orders

class BridgxOrdersTest : public BridgxProviderTest {
 protected:
  BridgxOrdersTest() { Restart(); }

  // Another process takes over; what the one before knew is lost.
  void Restart() {
    provider_ = Opened();
    journal_ = std::make_unique<capacity::MemoryOrderJournal>(disk_);
    runner_ =
        std::make_unique<capacity::OrderRunner>(*journal_, *provider_, capacity::OrderPolicy{});
  }
  // Ten seconds; tasks that were begun are done by then.
  OrderReport Tick(std::int64_t demand) {
    now_ += std::chrono::seconds(10);
    bridgx_.Work();
    return runner_->Run(
        {.now = now_, .offers = offers_, .plan = capacity::CheapestFill(offers_, demand)});
  }
  // An empty journal holds purchases back for a minute.
  void Settle() {
    for (int i = 0; i < 8; ++i) (void)Tick(0);
  }
  std::multiset<std::string> Recorded() const {
    std::multiset<std::string> ids;
    for (const auto& [key, order] : disk_.orders)
      ids.insert(order.node_ids.begin(), order.node_ids.end());
    return ids;
  }
  std::multiset<std::string> Charged() const {
    std::multiset<std::string> ids;
    for (const auto& machine : bridgx_.machines)
      if (machine.status != "Deleted") ids.insert(machine.id);
    return ids;
  }

  std::vector<CapacityOffer> offers_ = {OfferOf("near", 1), OfferOf("far", 2)};
  capacity::JournalDisk disk_;
  Duration now_ = std::chrono::hours(1);
  std::unique_ptr<capacity::MemoryOrderJournal> journal_;
  std::unique_ptr<capacity::OrderRunner> runner_;
};

TEST_F(BridgxOrdersTest, AnOrderIsOpenWhileItsTaskIsWorkedOn) {
  Settle();
  const OrderReport begun = Tick(6);
  EXPECT_THAT(begun.open, SizeIs(1));
  EXPECT_THAT(begun.faults, IsEmpty());
  EXPECT_EQ(begun.view.counts.at("near").pending, 6);
  const OrderReport done = Tick(6);
  EXPECT_THAT(done.open, IsEmpty());
  EXPECT_EQ(done.view.counts.at("near").held, 6);
  EXPECT_EQ(Recorded(), Charged());
}

// More is wanted while an order is worked on: its machines are nobody else's.
TEST_F(BridgxOrdersTest, TakesNoMachineOfAnOpenOrderForAnother) {
  Settle();
  (void)Tick(6);
  bridgx_.Work();
  bridgx_.tasks[0].status = "RUNNING";
  bridgx_.fault = [&](const std::string&) {
    bridgx_.tasks[0].status = "RUNNING";
    return BridgxFault::kNone;
  };
  now_ += std::chrono::seconds(10);
  const auto report =
      runner_->Run({.now = now_, .offers = offers_, .plan = capacity::CheapestFill(offers_, 9)});
  EXPECT_EQ(report.adopted, 0);
  EXPECT_EQ(report.view.counts.at("near").pending, 9);
}

// T17: the reply to a purchase is lost.
TEST_F(BridgxOrdersTest, AdoptsWhatALostReplyBought) {
  Settle();
  Break(kExpand, BridgxFault::kLostReply);
  const OrderReport lost = Tick(6);
  EXPECT_THAT(lost.faults, SizeIs(1));
  EXPECT_EQ(lost.view.counts.at("near").pending, 6);
  Heal();
  // Tasks cannot be listed: nothing is bought, however long that lasts.
  Break(kTaskList, BridgxFault::kDown);
  for (int i = 0; i < 30; ++i) (void)Tick(6);
  EXPECT_EQ(CallsOf(kExpand), 1);
  Heal();
  for (int i = 0; i < 3; ++i) (void)Tick(6);
  EXPECT_EQ(CallsOf(kExpand), 1);
  EXPECT_EQ(bridgx_.Paid(), 6);
  EXPECT_EQ(Recorded(), Charged());
}

// T17: it never arrived. It is sent again once a task would have shown itself.
TEST_F(BridgxOrdersTest, SendsAgainWhatNeverArrived) {
  Settle();
  Break(kExpand, BridgxFault::kNeverSent);
  (void)Tick(6);
  Heal();
  for (int i = 0; i < 5; ++i) (void)Tick(6);
  EXPECT_EQ(bridgx_.Paid(), 0);
  for (int i = 0; i < 3; ++i) (void)Tick(6);
  EXPECT_EQ(bridgx_.Paid(), 6);
  EXPECT_EQ(Recorded(), Charged());
}

// T7: a batch comes whole or not at all; of 3 machines 8 cannot be had, nor 4, but 2 can.
TEST_F(BridgxOrdersTest, HalvesABatchThatDoesNotCome) {
  Settle();
  bridgx_.stock["web"] = 3;
  for (int i = 0; i < 40; ++i) (void)Tick(8);
  std::vector<std::int64_t> near;
  for (const auto& task : bridgx_.tasks)
    if (task.cluster == "web") near.push_back(task.count);
  EXPECT_THAT(near, ElementsAre(8, 4, 2, 2, 1, 1));
  EXPECT_EQ(bridgx_.Paid(), 8);
  EXPECT_EQ(Recorded(), Charged());
}

// T7: a part of a large order came; that is kept, and the rest is planned anew.
TEST_F(BridgxOrdersTest, KeepsTheHalfThatCame) {
  Settle();
  bridgx_.half_way = 4;
  for (int i = 0; i < 20; ++i) (void)Tick(10);
  EXPECT_EQ(bridgx_.tasks[0].count, 10);
  EXPECT_EQ(bridgx_.tasks[1].count, 6);
  EXPECT_EQ(bridgx_.tasks[1].cluster, "web-2");
  EXPECT_EQ(bridgx_.Paid(), 10);
  EXPECT_EQ(Recorded(), Charged());
}

// Replies are lost, calls never arrive, tokens end, and the process dies between any two calls.
TEST_F(BridgxOrdersTest, NothingIsBoughtTwiceWhateverGoesWrong) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    bridgx_ = FakeBridgx();
    bridgx_.stock = {{"web", 1000}, {"web-2", 1000}};
    disk_ = {};
    Restart();
    Settle();
    std::mt19937_64 random(seed);
    bridgx_.fault = [&](const std::string&) {
      const std::uint64_t drawn = random() % 16;
      if (drawn > 4) return BridgxFault::kNone;
      return static_cast<BridgxFault>(drawn + 1);
    };
    for (int i = 0; i < 40; ++i) {
      (void)Tick(5 + i / 10);
      if (random() % 8 == 0) Restart();
    }
    Heal();
    for (int i = 0; i < 20; ++i) (void)Tick(8);
    EXPECT_EQ(bridgx_.Paid(), 8) << "seed " << seed;
    EXPECT_EQ(Recorded(), Charged()) << "seed " << seed;
    for (const auto& task : bridgx_.tasks)
      EXPECT_EQ(bridgx_.TasksNamed(task.name), 1) << "seed " << seed;
  }
}

}  // namespace
}  // namespace loadcurve::bridgx
