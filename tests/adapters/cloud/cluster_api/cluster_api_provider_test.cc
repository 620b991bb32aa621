#include "adapters/cloud/cluster_api/cluster_api_provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::cluster_api {
namespace {

using capacity::NodeState;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using Script = ScriptedHttpTransport;

// A management cluster of one MachineDeployment, "general": its API server, which compares
// resourceVersions, and its controllers, which act when they are told to.
class ManagementCluster {
 public:
  explicit ManagementCluster(int replicas) {
    deployment_ = {{"metadata", {{"name", "general"}}}, {"spec", {{"replicas", replicas}}}};
    Touch(deployment_);
    Reconcile();
  }

  std::optional<Script::Answer> Serve(const http::HttpRequest& request) {
    const bool is_patch = request.method == "PATCH";
    if (is_patch && lost_replies_ > 0 && PathOf(request).ends_with("/general")) {
      --lost_replies_;
      Answer(request);
      return Script::TimedOut();
    }
    return Answer(request);
  }

  // Makes machines, and deletes those that are marked first.
  void Reconcile() {
    const auto wanted = static_cast<std::size_t>(replicas());
    while (machines_.size() > wanted) {
      const auto marked = std::ranges::find_if(machines_, [](const auto& machine) {
        return machine.second["metadata"]["annotations"].contains(
            "cluster.x-k8s.io/delete-machine");
      });
      machines_.erase(marked == machines_.end() ? machines_.begin() : marked);
    }
    while (machines_.size() < wanted) {
      const std::string name = "general-" + std::to_string(++made_);
      machines_[name] = {{"metadata",
                          {{"name", name},
                           {"labels", {{"cluster.x-k8s.io/deployment-name", "general"}}},
                           {"annotations", json::object()}}}};
      Touch(machines_[name]);
    }
  }

  void Run(const std::string& name) {
    machines_[name]["status"] = {{"phase", "Running"}, {"nodeRef", {{"name", name}}}};
  }

  int replicas() const { return deployment_["spec"]["replicas"].get<int>(); }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, machine] : machines_) names.push_back(name);
    return names;
  }
  void LoseReplies(int count) { lost_replies_ = count; }
  // Somebody else writes between our read and our write.
  void Scale(int replicas) {
    deployment_["spec"]["replicas"] = replicas;
    Touch(deployment_);
  }
  std::function<void()> before_patch{};
  std::vector<std::string> patched{};

 private:
  void Touch(json& object) { object["metadata"]["resourceVersion"] = std::to_string(++version_); }

  static std::string PathOf(const http::HttpRequest& request) {
    return request.url.substr(0, request.url.find('?'));
  }

  Script::Answer Answer(const http::HttpRequest& request) {
    const std::string path = PathOf(request);
    if (path.ends_with("/machines")) {
      json items = json::array();
      for (const auto& [name, machine] : machines_) items.push_back(machine);
      return Script::Ok(json{{"metadata", json::object()}, {"items", items}}.dump());
    }
    const std::string name = path.substr(path.rfind('/') + 1);
    const bool is_scale = name == "scale";
    if (!is_scale && name != "general" && !machines_.contains(name))
      return Script::Status(404, "{}");
    json& object = is_scale || name == "general" ? deployment_ : machines_[name];
    if (request.method == "GET") return Script::Ok(object.dump());
    if (before_patch) std::exchange(before_patch, {})();
    const json patch = json::parse(request.body);
    if (patch["metadata"]["resourceVersion"] != object["metadata"]["resourceVersion"])
      return Script::Status(409, R"({"reason": "Conflict", "message": "it moved on"})");
    object.merge_patch(patch);
    Touch(object);
    patched.push_back(name);
    return Script::Ok(object.dump());
  }

  json deployment_;
  std::map<std::string, json> machines_;
  int made_ = 0;
  int version_ = 0;
  int lost_replies_ = 0;
};

class ClusterApiProviderTest : public testing::Test {
 protected:
  ClusterApiProviderTest() {
    transport_.Play([this](const http::HttpRequest& request) { return cluster_.Serve(request); });
  }

  std::vector<std::string> Ids(NodeState state) {
    std::vector<std::string> ids;
    const auto nodes = provider_.Nodes().value();
    for (const auto& node : nodes)
      if (node.state == state) ids.push_back(node.id);
    return ids;
  }

  SimulatedClock clock_;
  Script transport_;
  ManagementCluster cluster_{2};
  kube::KubeClient client_{transport_, {.server = "https://api"}, clock_};
  ClusterApiProvider provider_{client_, {}, {capacity::CapacityOffer{.pool = "general"}}};
};

TEST_F(ClusterApiProviderTest, RaisesReplicasOnceAndWaitsForTheMachines) {
  const capacity::CapacityOrder order{"t-1", "general", 2};
  const auto early = provider_.Launch(order);
  EXPECT_EQ(early.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(early.error().message, HasSubstr("0 of 2 machines of order t-1 have appeared yet"));
  EXPECT_EQ(cluster_.replicas(), 4);
  cluster_.Reconcile();
  const auto outcome = provider_.Launch(order);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_THAT(outcome->node_ids, UnorderedElementsAre("general-3", "general-4"))
      << "not those that were there before";
  EXPECT_EQ(outcome->missing, 0);
  EXPECT_EQ(cluster_.replicas(), 4);
  EXPECT_EQ(provider_.Launch(order)->node_ids, outcome->node_ids) << "a token is bought once";
  EXPECT_EQ(cluster_.replicas(), 4);
}

TEST_F(ClusterApiProviderTest, BuysOnceWhereTheReplyIsLost) {
  cluster_.LoseReplies(1);
  const capacity::CapacityOrder order{"t-1", "general", 2};
  EXPECT_EQ(provider_.Launch(order).error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(cluster_.replicas(), 4);
  cluster_.Reconcile();
  EXPECT_TRUE(provider_.Launch(order));
  EXPECT_EQ(cluster_.replicas(), 4);
}

TEST_F(ClusterApiProviderTest, AddsToWhatSomebodyElseHasMeanwhile) {
  cluster_.before_patch = [&] { cluster_.Scale(7); };
  // The machines that were there are marked first, and that patch is not in the way.
  (void)provider_.Launch({"t-1", "general", 2});
  EXPECT_EQ(cluster_.replicas(), 9);
}

TEST_F(ClusterApiProviderTest, GivesBackTheMachinesThatAreNamed) {
  cluster_.Scale(5);
  cluster_.Reconcile();
  ASSERT_TRUE(provider_.Retire({"general-2", "general-4"}));
  EXPECT_EQ(cluster_.replicas(), 3);
  EXPECT_EQ(cluster_.patched.back(), "scale");
  EXPECT_THAT(Ids(NodeState::kLeaving), ElementsAre("general-2", "general-4"));
  ASSERT_TRUE(provider_.Retire({"general-2", "general-4"}));
  EXPECT_EQ(cluster_.replicas(), 3) << "asked twice, lowered once";
  cluster_.Reconcile();
  EXPECT_THAT(cluster_.names(), ElementsAre("general-1", "general-3", "general-5"));
  ASSERT_TRUE(provider_.Retire({"general-2"})) << "one that is gone is given back";
  EXPECT_EQ(cluster_.replicas(), 3);
}

TEST_F(ClusterApiProviderTest, KeepsWhatHasNotAppearedYet) {
  cluster_.Scale(4);
  ASSERT_TRUE(provider_.Retire({"general-1"}));
  EXPECT_EQ(cluster_.replicas(), 3) << "one that stays, and two that are to come";
}

TEST_F(ClusterApiProviderTest, LowersWhatSomebodyElseHasMeanwhile) {
  cluster_.Scale(5);
  cluster_.Reconcile();
  ASSERT_TRUE(provider_.Retire({"general-1"}));
  EXPECT_EQ(cluster_.replicas(), 4);
  cluster_.Scale(6);
  ASSERT_TRUE(provider_.Retire({"general-1"}));
  EXPECT_EQ(cluster_.replicas(), 5) << "raised by two, of which one takes the place of it";
}

TEST_F(ClusterApiProviderTest, ListsMachinesAsNodes) {
  cluster_.Run("general-2");
  EXPECT_THAT(Ids(NodeState::kReady), ElementsAre("general-2"));
  EXPECT_THAT(Ids(NodeState::kBooting), ElementsAre("general-1"));
  EXPECT_EQ(provider_.Nodes()->front().pool, "general");
  EXPECT_EQ(provider_.Launch({"t", "none", 1}).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace loadcurve::cluster_api
