#include "adapters/kube/kube_order_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "adapters/kube/fenced_transport.h"
#include "tests/support/crd_schema.h"
#include "tests/support/fake_cloud.h"
#include "tests/support/order_rig.h"
#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::kube {
namespace {

using capacity::FakeCloud;
using capacity::OrderRunner;
using capacity::OrderStage;
using capacity::RecordedOrder;
using nlohmann::json;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using Script = ScriptedHttpTransport;

// CapacityOrders of an API server: UIDs, resourceVersions, no name twice, a status of its own.
class OrderServer {
 public:
  std::optional<Script::Answer> operator()(const http::HttpRequest& request) {
    if (is_down) return Script::Status(503, "{}");
    const std::string kPath = "/apis/loadcurve.dev/v1alpha1/capacityorders";
    const std::size_t at = request.url.find(kPath);
    if (at == std::string::npos) return std::nullopt;
    std::string rest = request.url.substr(at + kPath.size());
    rest = rest.substr(0, rest.find('?'));
    if (request.method == "GET") return List();
    if (request.method == "POST") return Create(json::parse(request.body));
    const std::string name = rest.substr(1, rest.find('/', 1) - 1);
    const auto found = objects.find(name);
    if (found == objects.end()) return Script::Status(404, "{}");
    if (request.method == "DELETE") {
      if (json::parse(request.body)["preconditions"]["uid"] != found->second["metadata"]["uid"])
        return Script::Status(409, "{}");
      objects.erase(found);
      return Script::Ok("{}");
    }
    if (!rest.ends_with("/status")) return Script::Status(405, "{}");
    return PatchStatus(found->second, json::parse(request.body));
  }

  Script::Answer List() {
    json list = {{"metadata", {{"resourceVersion", "1"}}}, {"items", json::array()}};
    for (const auto& [name, object] : objects) list["items"].push_back(object);
    return Script::Ok(list.dump());
  }

  Script::Answer Create(json object) {
    const std::string name = object["metadata"]["name"];
    if (objects.contains(name)) return Script::Status(409, R"({"reason":"AlreadyExists"})");
    object["metadata"]["uid"] = "uid" + std::to_string(++versions);
    object["metadata"]["generation"] = 1;
    object["metadata"]["resourceVersion"] = std::to_string(versions);
    objects[name] = object;
    return Answered(object);
  }

  Script::Answer PatchStatus(json& object, const json& patch) {
    if (patch["metadata"]["resourceVersion"] != object["metadata"]["resourceVersion"])
      return Script::Status(409, R"({"reason":"Conflict"})");
    object["status"].merge_patch(patch["status"]);
    object["metadata"]["resourceVersion"] = std::to_string(++versions);
    return Answered(object);
  }

  Script::Answer Answered(const json& object) {
    if (std::exchange(loses_next_answer, false)) return Script::TimedOut();
    return Script::Ok(object.dump());
  }

  std::map<std::string, json> objects;
  bool is_down = false;
  bool loses_next_answer = false;
  int versions = 0;
};

// A replica with its own view of who leads.
struct Replica {
  Replica(OrderServer& server, std::int64_t its_term)
      : term(its_term),
        fenced(transport, [this] { return term.has_value(); }),
        client(fenced, {.server = "https://api"}, clock),
        journal(client, [this] { return term; }) {
    transport.Play([&server](const http::HttpRequest& request) { return server(request); });
  }

  std::optional<std::int64_t> term;
  SimulatedClock clock;
  Script transport;
  FencedTransport fenced;
  KubeClient client;
  KubeOrderJournal journal;
};

class KubeOrderJournalTest : public testing::Test {
 protected:
  OrderServer server_;
  Replica replica_{server_, 7};
};

TEST_F(KubeOrderJournalTest, WritesAnObjectWhoseUidIsTheToken) {
  const RecordedOrder order = *replica_.journal.Intend({"spot-a", 10, 3, {}});
  EXPECT_EQ(order.order.token, "loadcurve-uid1-1");
  EXPECT_EQ(order.stage, OrderStage::kIntended);
  EXPECT_EQ(server_.objects.at("spot-a-3")["spec"],
            json({{"pool", "spot-a"}, {"nodes", 10}, {"number", 3}, {"term", 7}}));
}

TEST_F(KubeOrderJournalTest, ReadsBackWhatItWrote) {
  RecordedOrder order = *replica_.journal.Intend({"spot-a", 10, 1, {}});
  order.stage = OrderStage::kSettled;
  order.node_ids = {"i-1", "i-2"};
  order.why_missing = "InsufficientInstanceCapacity";
  ASSERT_TRUE(replica_.journal.Record(order));
  ASSERT_TRUE(replica_.journal.Intend({"on-demand", 1, 1, {"i-9"}}));
  ASSERT_TRUE(replica_.journal.Intend({"spot-a", 8, 2, {}}));
  const auto orders = *replica_.journal.Read();
  ASSERT_THAT(orders, SizeIs(3));
  EXPECT_EQ(orders[0].stage, OrderStage::kSettled);
  EXPECT_THAT(orders[0].node_ids, ElementsAre("i-9"));
  EXPECT_EQ(orders[1].order.token, "loadcurve-uid1-1");
  EXPECT_THAT(orders[1].node_ids, ElementsAre("i-1", "i-2"));
  EXPECT_EQ(orders[1].why_missing, "InsufficientInstanceCapacity");
  EXPECT_EQ(orders[2].stage, OrderStage::kIntended);
  EXPECT_EQ(orders[2].order.nodes, 8);
}

TEST_F(KubeOrderJournalTest, LosesFoundNodesAsOthers) {
  RecordedOrder order = *replica_.journal.Intend({"a", 2, 1, {"i-1", "i-2"}});
  order.node_ids = {"i-2"};
  ASSERT_TRUE(replica_.journal.Record(order));
  EXPECT_THAT(replica_.journal.Read()->front().node_ids, ElementsAre("i-2"));
}

TEST_F(KubeOrderJournalTest, LetsOneOfTwoLeadersWriteANumber) {
  Replica other(server_, 8);
  const RecordedOrder order = *replica_.journal.Intend({"a", 10, 1, {}});
  EXPECT_EQ(other.journal.Intend({"a", 10, 1, {}}).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(other.journal.Record(other.journal.Read()->front()));
  EXPECT_EQ(replica_.journal.Record(order).error().code, ErrorCode::kConflict);
}

TEST_F(KubeOrderJournalTest, WritesNothingOnceItsLeaseRanOut) {
  const RecordedOrder order = *replica_.journal.Intend({"a", 10, 1, {}});
  replica_.term.reset();
  const std::size_t before = replica_.transport.requests().size();
  EXPECT_EQ(replica_.journal.MayAct().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(replica_.journal.Intend({"b", 1, 1, {}}).error().code, ErrorCode::kCancelled);
  EXPECT_EQ(replica_.journal.Record(order).error().code, ErrorCode::kCancelled);
  EXPECT_EQ(replica_.journal.Forget(order).error().code, ErrorCode::kCancelled);
  EXPECT_EQ(replica_.transport.requests().size(), before);
}

TEST_F(KubeOrderJournalTest, ForgetsThatVeryObject) {
  const RecordedOrder order = *replica_.journal.Intend({"a", 10, 1, {}});
  ASSERT_TRUE(replica_.journal.Forget(order));
  EXPECT_TRUE(replica_.journal.Forget(order));
  ASSERT_TRUE(replica_.journal.Intend({"a", 10, 1, {}}));
  EXPECT_EQ(replica_.journal.Forget(order).error().code, ErrorCode::kConflict);
  EXPECT_THAT(server_.objects, SizeIs(1));
}

TEST_F(KubeOrderJournalTest, FindsAnIntentWhoseAnswerWasLost) {
  server_.loses_next_answer = true;
  EXPECT_EQ(replica_.journal.Intend({"a", 10, 1, {}}).error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(replica_.journal.Read()->front().order.token, "loadcurve-uid1-1");
}

TEST_F(KubeOrderJournalTest, DoesNotGuessAtAnObjectThatItCannotRead) {
  server_.objects["x"] = {{"metadata", {{"name", "x"}}}, {"spec", {{"pool", "a"}}}};
  const auto orders = replica_.journal.Read();
  ASSERT_FALSE(orders);
  EXPECT_THAT(orders.error().message, HasSubstr("CapacityOrder x lacks"));
}

TEST(NameOfOrder, IsAValidNameAndOfOnePoolAlone) {
  EXPECT_EQ(NameOfOrder("spot-a", 12), "spot-a-12");
  const std::string slashed = NameOfOrder("us-east-1a/m5.large", 1);
  EXPECT_THAT(slashed, testing::MatchesRegex("us-east-1a-m5-large-[0-9a-f]{8}-1"));
  EXPECT_NE(slashed, NameOfOrder("us-east-1a/m5/large", 1));
  EXPECT_LE(NameOfOrder(std::string(500, 'a'), 1'000'000).size(), 253U);
}

// Two leaders in turns and sometimes at once, over a server that loses answers, buying of a cloud
// that loses them too.
TEST_F(KubeOrderJournalTest, BuysNothingTwiceThroughChangesOfLeaders) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    OrderServer server;
    FakeCloud cloud({});
    cloud.AddPool("a", "us-1a", 0.3, 4);
    cloud.AddPool("od", "us-1b", 1.0, 1000);
    cloud.Script([&](capacity::CloudCall call) {
      return call == capacity::CloudCall::kLaunch && random() % 3 == 0
                 ? capacity::CloudFault::kLostReply
                 : capacity::CloudFault::kNone;
    });
    Replica one(server, 1);
    Replica other(server, 2);
    OrderRunner first(one.journal, cloud, {});
    OrderRunner second(other.journal, cloud, {});
    const auto tick = [&](OrderRunner& runner, std::int64_t demand) {
      const auto offers = *cloud.Offers();
      (void)runner.Run(
          {.now = cloud.now(), .offers = offers, .plan = capacity::CheapestFill(offers, demand)});
    };
    for (int i = 0; i < 40; ++i) {
      cloud.Advance(10s);
      server.loses_next_answer = random() % 4 == 0;
      const std::int64_t demand = std::min(12, i / 2);
      if (random() % 3 != 0) tick(first, demand);
      if (random() % 3 != 0) tick(second, demand);
    }
    server.loses_next_answer = false;
    cloud.Script(nullptr);
    for (int i = 0; i < 20; ++i) {
      cloud.Advance(10s);
      tick(second, 12);
    }
    EXPECT_THAT(cloud.ledger(), SizeIs(12));
    std::size_t recorded = 0;
    const auto orders = *other.journal.Read();
    for (const RecordedOrder& order : orders) recorded += order.node_ids.size();
    EXPECT_EQ(recorded, 12U);
  }
}

// The fields of the CRD are those that are written.
TEST(CapacityOrderCrd, HoldsWhatTheJournalWrites) {
  const YAML::Node crd = CrdIn("capacityorders.yaml");
  EXPECT_EQ(crd["metadata"]["name"].as<std::string>(),
            kCapacityOrders.plural + "." + kCapacityOrders.group);
  EXPECT_THAT(FieldsWithoutDescription(SchemaOf(crd)), ::testing::IsEmpty());
  const YAML::Node parts = SchemaOf(crd)["properties"];
  const auto fields = [&](const char* part) {
    std::set<std::string> names;
    for (const auto& field : parts[part]["properties"]) names.insert(field.first.Scalar());
    return names;
  };
  OrderServer server;
  Replica replica(server, 1);
  RecordedOrder order = *replica.journal.Intend({"a", 1, 1, {"i-1"}});
  order.why_missing = "none";
  ASSERT_TRUE(replica.journal.Record(order));
  std::set<std::string> spec;
  for (const auto& [name, value] : server.objects.at("a-1")["spec"].items()) spec.insert(name);
  std::set<std::string> status;
  for (const auto& [name, value] : server.objects.at("a-1")["status"].items()) status.insert(name);
  EXPECT_EQ(fields("spec"), spec);
  EXPECT_EQ(fields("status"), status);
}

}  // namespace
}  // namespace loadcurve::kube
