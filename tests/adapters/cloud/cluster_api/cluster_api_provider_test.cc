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

// What "general" is.
enum class PoolKind { kMachineDeployment, kMachinePoolOfMachines, kMachinePoolAlone };

// A management cluster of one MachineDeployment or MachinePool, "general": its API server, which
// compares resourceVersions, and its controllers, which act when they are told to.
class ManagementCluster {
 public:
  explicit ManagementCluster(int replicas, PoolKind kind) : kind_(kind) {
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
    if (kind_ == PoolKind::kMachinePoolAlone) return ListInstances(wanted);
    while (machines_.size() > wanted) {
      const auto marked = std::ranges::find_if(machines_, [](const auto& machine) {
        return machine.second["metadata"]["annotations"].contains(
            "cluster.x-k8s.io/delete-machine");
      });
      machines_.erase(marked == machines_.end() ? machines_.begin() : marked);
    }
    while (machines_.size() < wanted) {
      const std::string name = "general-" + std::to_string(++made_);
      machines_[name] = {
          {"metadata",
           {{"name", name}, {"labels", {{Label(), "general"}}}, {"annotations", json::object()}}}};
      Touch(machines_[name]);
    }
  }

  void Run(const std::string& name) {
    machines_[name]["status"] = {{"phase", "Running"}, {"nodeRef", {{"name", name}}}};
  }

  // Nodes that have joined, which nobody can tell from their names.
  void JoinNodes(int count) {
    json nodes = json::array();
    for (int i = 0; i < count; ++i) nodes.push_back({{"name", "ip-10-0-0-" + std::to_string(i)}});
    deployment_["status"]["nodeRefs"] = nodes;
  }

  std::string annotation(const std::string& name) const {
    return deployment_["metadata"]["annotations"][name].get<std::string>();
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
  std::string Label() const {
    return kind_ == PoolKind::kMachineDeployment ? "cluster.x-k8s.io/deployment-name"
                                                 : "cluster.x-k8s.io/pool-name";
  }

  // As the provider names them; those that go are the oldest, whoever is meant.
  void ListInstances(std::size_t wanted) {
    json& listed = deployment_["spec"]["providerIDList"];
    while (listed.size() < wanted) listed.push_back("aws:///eu-1a/i-" + std::to_string(++made_));
    while (listed.size() > wanted) listed.erase(listed.begin());
    Touch(deployment_);
  }

  void Touch(json& object) { object["metadata"]["resourceVersion"] = std::to_string(++version_); }

  static std::string PathOf(const http::HttpRequest& request) {
    return request.url.substr(0, request.url.find('?'));
  }

  Script::Answer Answer(const http::HttpRequest& request) {
    const std::string path = PathOf(request);
    const bool is_of_other_kind = path.find(kind_ == PoolKind::kMachineDeployment
                                                ? "/machinepools/"
                                                : "/machinedeployments/") != std::string::npos;
    if (is_of_other_kind) return Script::Status(404, "{}");
    if (path.ends_with("/machines")) {
      EXPECT_THAT(request.url, HasSubstr(Label().substr(Label().find('/') + 1)));
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

  const PoolKind kind_;
  json deployment_;
  std::map<std::string, json> machines_;
  int made_ = 0;
  int version_ = 0;
  int lost_replies_ = 0;
};

class ClusterApiProviderTest : public testing::Test {
 protected:
  explicit ClusterApiProviderTest(PoolKind kind = PoolKind::kMachineDeployment)
      : cluster_(2, kind) {
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
  ManagementCluster cluster_;
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
  const auto nowhere = provider_.Launch({"t", "none", 1});
  EXPECT_EQ(nowhere.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(nowhere.error().message,
              HasSubstr("pool 'none': there is no MachineDeployment and no MachinePool"));
}

// ---- MachinePools

class MachinePoolOfMachinesTest : public ClusterApiProviderTest {
 protected:
  MachinePoolOfMachinesTest() : ClusterApiProviderTest(PoolKind::kMachinePoolOfMachines) {}
};

TEST_F(MachinePoolOfMachinesTest, IsRaisedOnceAndItsMachinesAreTakenForTheOrder) {
  const capacity::CapacityOrder order{"t-1", "general", 2};
  EXPECT_EQ(provider_.Launch(order).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(cluster_.replicas(), 4);
  cluster_.Reconcile();
  EXPECT_THAT(provider_.Launch(order)->node_ids, UnorderedElementsAre("general-3", "general-4"));
  EXPECT_EQ(cluster_.replicas(), 4);
  EXPECT_EQ(provider_.Nodes()->back().token, "t-1");
  EXPECT_EQ(provider_.Nodes()->back().pool, "general");
}

TEST_F(MachinePoolOfMachinesTest, GivesBackTheMachinesThatAreNamed) {
  cluster_.Scale(4);
  cluster_.Reconcile();
  ASSERT_TRUE(provider_.Retire({"general-2"}));
  EXPECT_EQ(cluster_.replicas(), 3);
  EXPECT_EQ(cluster_.patched.back(), "scale");
  cluster_.Reconcile();
  EXPECT_THAT(cluster_.names(), ElementsAre("general-1", "general-3", "general-4"));
  EXPECT_TRUE(provider_.Retire({"general-2"})) << "one that is gone is given back";
}

class MachinePoolAloneTest : public ClusterApiProviderTest {
 protected:
  MachinePoolAloneTest() : ClusterApiProviderTest(PoolKind::kMachinePoolAlone) {}
};

TEST_F(MachinePoolAloneTest, IsRaisedOnceAndItsInstancesAreTakenForTheOrder) {
  const capacity::CapacityOrder order{"t-1", "general", 2};
  const auto early = provider_.Launch(order);
  EXPECT_EQ(early.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(early.error().message, HasSubstr("0 of 2 machines of order t-1 have appeared yet"));
  EXPECT_EQ(cluster_.replicas(), 4);
  EXPECT_EQ(cluster_.annotation("loadcurve.dev/instances"), "i-1=none i-2=none")
      << "what was there is of no order";
  cluster_.Reconcile();
  const auto outcome = provider_.Launch(order);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_THAT(outcome->node_ids, ElementsAre("i-3", "i-4"));
  EXPECT_EQ(cluster_.annotation("loadcurve.dev/instances"), "i-1=none i-2=none i-3=t-1 i-4=t-1");
  EXPECT_EQ(provider_.Launch(order)->node_ids, outcome->node_ids) << "a token is bought once";
  EXPECT_EQ(cluster_.replicas(), 4);
  const auto nodes = provider_.Nodes().value();
  ASSERT_THAT(nodes, SizeIs(4));
  EXPECT_EQ(nodes[0].token, "");
  EXPECT_EQ(nodes[3].token, "t-1");
  EXPECT_EQ(nodes[3].pool, "general");
  EXPECT_FALSE(nodes[3].may_be_given_back);
}

TEST_F(MachinePoolAloneTest, BuysOnceWhereTheReplyIsLost) {
  cluster_.LoseReplies(1);
  const capacity::CapacityOrder order{"t-1", "general", 2};
  EXPECT_EQ(provider_.Launch(order).error().code, ErrorCode::kDeadlineExceeded);
  cluster_.Reconcile();
  // What it takes is lost on the way too, and taken all the same.
  cluster_.LoseReplies(1);
  EXPECT_EQ(provider_.Launch(order).error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_THAT(provider_.Launch(order)->node_ids, ElementsAre("i-3", "i-4"));
  EXPECT_EQ(cluster_.replicas(), 4);
}

TEST_F(MachinePoolAloneTest, TakesNoInstanceWhereSomebodyElseWrites) {
  const capacity::CapacityOrder order{"t-1", "general", 1};
  (void)provider_.Launch(order);
  cluster_.Reconcile();
  cluster_.before_patch = [&] { cluster_.Scale(3); };
  EXPECT_EQ(provider_.Launch(order).error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(provider_.Launch(order)->node_ids, ElementsAre("i-3"));
}

TEST_F(MachinePoolAloneTest, HasReadyNodesOnceAsManyHaveJoined) {
  cluster_.JoinNodes(1);
  EXPECT_THAT(Ids(NodeState::kBooting), ElementsAre("i-1", "i-2"))
      << "one of them, not known which";
  cluster_.JoinNodes(2);
  EXPECT_THAT(Ids(NodeState::kReady), ElementsAre("i-1", "i-2"));
}

TEST_F(MachinePoolAloneTest, SaysThatItCannotGiveBackAChosenNode) {
  const auto retired = provider_.Retire({"i-2"});
  ASSERT_FALSE(retired);
  EXPECT_EQ(retired.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(retired.error().message,
              HasSubstr("MachinePool 'general' has no Machines: a MachinePool without machines "
                        "cannot give back a chosen node, here 'i-2'"));
  EXPECT_EQ(cluster_.replicas(), 2);
  EXPECT_THAT(cluster_.patched, IsEmpty());
  EXPECT_TRUE(provider_.Retire({"i-9"})) << "one that is gone is given back";
}

}  // namespace
}  // namespace loadcurve::cluster_api
