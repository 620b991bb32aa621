#include "adapters/kube/node_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/kube/kube_node_actor.h"
#include "adapters/kube/pod_shape.h"
#include "base/time_text.h"
#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::kube {
namespace {

using namespace std::chrono_literals;
using capacity::DrainRank;
using capacity::NoticeKind;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Script = ScriptedHttpTransport;

json Node(const std::string& ready = "True") {
  return {{"metadata", {{"name", "ip-10-0-0-7"}, {"resourceVersion", "12"}}},
          {"spec", {{"providerID", "aws:///eu-central-1a/i-0abc"}}},
          {"status", {{"conditions", {{{"type", "Ready"}, {"status", ready}}}}}}};
}

json Taint(const std::string& key) {
  return {{"key", key}, {"effect", "NoSchedule"}};
}

json Pod(const std::string& name, const std::string& node = "ip-10-0-0-7") {
  return {{"metadata", {{"namespace", "shop"}, {"name", name}, {"uid", "uid-" + name}}},
          {"spec", {{"nodeName", node}, {"terminationGracePeriodSeconds", 7}}},
          {"status", {{"phase", "Running"}}}};
}

TEST(ClusterNodeFrom, KnowsANodeByTheLastPartOfItsProviderId) {
  EXPECT_EQ(ClusterNodeFrom(Node()).id, "i-0abc");
  json node = Node();
  for (const char* id : {"cn-hangzhou.i-0abc", "alicloud://cn-hangzhou.i-0abc"}) {
    node["spec"]["providerID"] = id;
    EXPECT_EQ(ClusterNodeFrom(node).id, "i-0abc");
  }
  node["spec"].erase("providerID");
  EXPECT_EQ(ClusterNodeFrom(node).id, "ip-10-0-0-7");
}

TEST(ClusterNodeFrom, HearsTaintsOfTerminationHandlersAndTheAnnotation) {
  json node = Node();
  EXPECT_FALSE(ClusterNodeFrom(node).told);
  node["spec"]["taints"] =
      json::array({Taint("aws-node-termination-handler/rebalance-recommendation")});
  EXPECT_EQ(ClusterNodeFrom(node).told->kind, NoticeKind::kAwsRebalance);
  node["spec"]["taints"] = json::array({Taint("cloud.google.com/impending-node-termination")});
  EXPECT_EQ(ClusterNodeFrom(node).told->kind, NoticeKind::kGcpPreemption);
  node["metadata"]["annotations"][std::string(kEndsAt)] = "2026-10-10T12:00:00Z";
  EXPECT_EQ(ToRfc3339(*ClusterNodeFrom(node).told->ends_at), "2026-10-10T12:00:00Z");
}

TEST(ClusterNodeFrom, DrainsNoNodeForAnAnnotationThatIsNoTime) {
  json node = Node();
  node["metadata"]["annotations"][std::string(kEndsAt)] = "tonight";
  EXPECT_FALSE(ClusterNodeFrom(node).told);
  EXPECT_EQ(ClusterNodeFrom(node).misread, "tonight");
}

TEST(ClusterNodeFrom, BelievesADeadlineOfOursOnlyWhileTheNodeIsTaken) {
  json node = Node();
  node["metadata"]["annotations"][std::string(kLeavesAt)] = "2026-10-10T12:00:00Z";
  EXPECT_FALSE(ClusterNodeFrom(node).told);
  node["spec"]["taints"] = json::array({Taint(std::string(kLeavingTaint))});
  EXPECT_TRUE(ClusterNodeFrom(node).is_taken);
  EXPECT_TRUE(ClusterNodeFrom(node).told->ends_at);
}

TEST(DrainPodOf, LetsDaemonSetsAndMirrorsBe) {
  EXPECT_EQ(DrainPodOf(Pod("web-1"))->name, "shop/web-1");
  EXPECT_EQ(DrainPodOf(Pod("web-1"))->grace, Duration(7s));
  json pod = Pod("agent");
  pod["metadata"]["ownerReferences"] = {{{"kind", "DaemonSet"}}};
  EXPECT_FALSE(DrainPodOf(pod));
  pod = Pod("mirror");
  pod["metadata"]["annotations"]["kubernetes.io/config.mirror"] = "x";
  EXPECT_FALSE(DrainPodOf(pod));
  pod = Pod("done");
  pod["status"]["phase"] = "Succeeded";
  EXPECT_FALSE(DrainPodOf(pod));
  pod = Pod("dns");
  pod["spec"]["priority"] = 2'000'000'000;
  EXPECT_EQ(DrainPodOf(pod)->rank, DrainRank::kCritical);
}

TEST(PlacementOf, ReadsWhereAPodMayStand) {
  const PodPlacement placement = PlacementOf(json::parse(R"({"spec": {
      "nodeSelector": {"disk": "ssd"},
      "tolerations": [
        {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"},
        {"key": "spot", "value": "yes", "effect": "NoSchedule"},
        {"key": "gpu", "operator": "Exists"}],
      "topologySpreadConstraints": [
        {"topologyKey": "topology.kubernetes.io/zone", "maxSkew": 2,
         "whenUnsatisfiable": "DoNotSchedule"}]}})"));
  EXPECT_EQ(placement.node_selector.at("disk"), "ssd");
  EXPECT_THAT(placement.tolerations, ElementsAre("spot=yes:NoSchedule", "gpu"));
  EXPECT_EQ(placement.zone_skew, 2);
}

TEST(PlacementOf, ReadsRequiredNodeAffinityAndLeavesOutWhatIsPreferred) {
  const PodPlacement placement = PlacementOf(json::parse(R"({"spec": {"affinity": {"nodeAffinity": {
      "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [
          {"key": "disk", "operator": "In", "values": ["ssd", "nvme"]},
          {"key": "cores", "operator": "Gt", "values": ["8"]},
          {"key": "old", "operator": "DoesNotExist"}]},
        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n-1"]}]}]},
      "preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 1, "preference": {"matchExpressions": [
          {"key": "gpu", "operator": "Exists"}]}}]}}}})"));
  using Operator = LabelRequirement::Operator;
  ASSERT_EQ(placement.node_affinity.size(), 2U);
  EXPECT_THAT(placement.node_affinity[0],
              ElementsAre(LabelRequirement{"disk", Operator::kIn, {"nvme", "ssd"}},
                          LabelRequirement{"cores", Operator::kGreaterThan, {"8"}},
                          LabelRequirement{"old", Operator::kDoesNotExist, {}}));
  EXPECT_THAT(placement.node_affinity[1],
              ElementsAre(LabelRequirement{"metadata.name", Operator::kIn, {"n-1"}}));
}

// A pod of app=web in namespace shop whose like must keep apart from `selector`, by `key`.
json KeepsApart(const std::string& selector, const std::string& key) {
  json pod = Pod("web-1");
  pod["metadata"]["labels"]["app"] = "web";
  json term = {{"topologyKey", key}};
  term["labelSelector"] = json::parse(selector);
  pod["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
      json::array({term});
  return pod;
}

TEST(PlacementOf, ReadsWhomAPodMustKeepApartFrom) {
  using Place = PodAffinityTerm::Place;
  const PodMarks web{"shop", {{"app", "web"}}};
  const auto term_of = [](const json& pod) { return PlacementOf(pod).anti_affinity.at(0); };
  const char* const like = R"({"matchLabels": {"app": "web"}})";
  EXPECT_EQ(term_of(KeepsApart(like, "kubernetes.io/hostname")).place, Place::kNode);
  EXPECT_EQ(term_of(KeepsApart(like, "topology.kubernetes.io/zone")).place, Place::kZone);
  EXPECT_TRUE(term_of(KeepsApart(like, "kubernetes.io/hostname")).Selects(web));
  const char* const by_expression =
      R"({"matchExpressions": [{"key": "app", "operator": "In", "values": ["api", "web"]}]})";
  EXPECT_TRUE(term_of(KeepsApart(by_expression, "kubernetes.io/hostname")).Selects(web));
  EXPECT_FALSE(term_of(KeepsApart(R"({"matchLabels": {"app": "api"}})", "kubernetes.io/hostname"))
                   .Selects(web));
  EXPECT_THAT(PlacementOf(KeepsApart(like, "rack")).anti_affinity, IsEmpty()) << "not heeded";
  EXPECT_THAT(PlacementOf(KeepsApart("null", "kubernetes.io/hostname")).anti_affinity, IsEmpty())
      << "means no pod";
}

TEST(PlacementOf, MeansPodsOfItsOwnNamespaceUnlessATermNamesOthers) {
  json pod = KeepsApart(R"({"matchLabels": {"app": "web"}})", "kubernetes.io/hostname");
  json& term = pod["spec"]["affinity"]["podAntiAffinity"]
                  ["requiredDuringSchedulingIgnoredDuringExecution"][0];
  EXPECT_THAT(PlacementOf(pod).anti_affinity.at(0).namespaces, ElementsAre("shop"));
  term["namespaces"] = json::array({"other"});
  EXPECT_THAT(PlacementOf(pod).anti_affinity.at(0).namespaces, ElementsAre("other"));
  term["namespaceSelector"] = json::object();
  EXPECT_THAT(PlacementOf(pod).anti_affinity.at(0).namespaces, IsEmpty()) << "any";
}

TEST(PlacementOf, ReadsWhomAPodMustStandBesideAndLeavesOutWhatIsPreferred) {
  const PodPlacement placement = PlacementOf(json::parse(R"({
      "metadata": {"namespace": "shop"},
      "spec": {"affinity": {"podAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [
          {"topologyKey": "topology.kubernetes.io/zone",
           "labelSelector": {"matchLabels": {"app": "cache"}}}],
        "preferredDuringSchedulingIgnoredDuringExecution": [
          {"weight": 1, "podAffinityTerm": {"topologyKey": "kubernetes.io/hostname",
           "labelSelector": {"matchLabels": {"app": "db"}}}}]}}}})"));
  ASSERT_EQ(placement.affinity.size(), 1U);
  EXPECT_TRUE(placement.affinity[0].Selects({"shop", {{"app", "cache"}}}));
  EXPECT_FALSE(placement.affinity[0].Selects({"other", {{"app", "cache"}}}));
  EXPECT_THAT(placement.anti_affinity, IsEmpty());
}

TEST(PlacementOf, NamesTheClaimsThatAPodMounts) {
  json pod = Pod("db-0");
  pod["spec"]["volumes"] = json::parse(R"([
      {"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}},
      {"name": "tmp", "emptyDir": {}}])");
  EXPECT_THAT(PlacementOf(pod).claims, ElementsAre("data-db-0"));
}

class NodeIndexTest : public testing::Test {
 protected:
  void TellNode(const json& node) {
    index_.OnNode({WatchEvent::Kind::kChanged, node["metadata"]["name"].get<std::string>(), &node});
  }
  void TellPod(const json& pod) {
    index_.OnPod(
        {WatchEvent::Kind::kChanged, "shop/" + pod["metadata"]["name"].get<std::string>(), &pod});
  }

  NodeIndex index_;
};

TEST_F(NodeIndexTest, KnowsThePodsOfEachNode) {
  TellNode(Node());
  TellPod(Pod("web-1"));
  TellPod(Pod("web-2", ""));
  ASSERT_THAT(index_.All(), SizeIs(1));
  ASSERT_THAT(index_.All()[0].pods, SizeIs(1));
  EXPECT_EQ(index_.UidOf("ip-10-0-0-7", "shop/web-1"), "uid-web-1");
  // One of a StatefulSet comes back elsewhere.
  TellPod(Pod("web-1", "other"));
  EXPECT_THAT(index_.All()[0].pods, IsEmpty());
  EXPECT_FALSE(index_.UidOf("ip-10-0-0-7", "shop/web-1"));
  index_.OnPod({WatchEvent::Kind::kDeleted, "shop/web-1"});
  EXPECT_FALSE(index_.UidOf("other", "shop/web-1"));
}

TEST_F(NodeIndexTest, TakesANodeThatWasReadyForLostAndOneThatIsBootingNot) {
  TellNode(Node("False"));
  EXPECT_FALSE(index_.All()[0].is_lost);
  TellNode(Node("True"));
  TellNode(Node("False"));
  EXPECT_TRUE(index_.All()[0].is_lost);
  TellNode(Node("True"));
  EXPECT_FALSE(index_.All()[0].is_lost);
  TellNode(Node("Unknown"));
  EXPECT_TRUE(index_.All()[0].is_lost);
}

TEST(TakingPatch, TakesANodeOutOfServiceWithOneWriteAndKeepsForeignTaints) {
  json node = Node();
  node["spec"]["taints"] = json::array({Taint("team")});
  const json patch = TakingPatch(node, *ParseTime("2026-10-10T12:00:00.9Z"));
  EXPECT_EQ(patch["metadata"]["resourceVersion"], "12");
  EXPECT_EQ(patch["metadata"]["annotations"]["loadcurve.dev/leaves-at"], "2026-10-10T12:00:00Z");
  EXPECT_EQ(patch["spec"]["unschedulable"], true);
  ASSERT_THAT(patch["spec"]["taints"], SizeIs(2));
  EXPECT_EQ(patch["spec"]["taints"][1]["key"], "loadcurve.dev/leaving");
  EXPECT_TRUE(patch["metadata"]["labels"].contains(
      "node.kubernetes.io/exclude-from-external-load-balancers"));
}

TEST(ReturningPatch, UndoesWhatWasOurDoingAndNothingElse) {
  json node = Node();
  node["spec"]["taints"] = json::array({Taint("team")});
  node.merge_patch(TakingPatch(node, std::nullopt));
  // Once more, as a successor does.
  node.merge_patch(TakingPatch(node, std::nullopt));
  node.merge_patch(ReturningPatch(node));
  EXPECT_EQ(node["spec"]["taints"], json::array({Taint("team")}));
  EXPECT_FALSE(node["spec"].contains("unschedulable"));
  EXPECT_THAT(node["metadata"]["labels"], IsEmpty());
  EXPECT_THAT(node["metadata"]["annotations"], IsEmpty());
  // Cordoned by a person before.
  node["spec"]["unschedulable"] = true;
  node.merge_patch(TakingPatch(node, std::nullopt));
  node.merge_patch(ReturningPatch(node));
  EXPECT_EQ(node["spec"]["unschedulable"], true);
}

class KubeNodeActorTest : public NodeIndexTest {
 protected:
  SimulatedClock clock_;
  Script transport_;
  KubeClient client_{transport_, {.server = "https://api"}, clock_};
  KubeNodeActor actor_{client_, index_};
};

TEST_F(KubeNodeActorTest, WritesOnWhatItReadAndReadsAgainWhereThatChanged) {
  int writes = 0;
  transport_.Play([&](const http::HttpRequest& request) -> std::optional<Script::Answer> {
    if (request.method == "GET") return Script::Ok(Node().dump());
    return ++writes == 1 ? Script::Status(409, "{}") : Script::Ok("{}");
  });
  EXPECT_TRUE(actor_.Take("ip-10-0-0-7", std::nullopt));
  EXPECT_EQ(writes, 2);
}

TEST_F(KubeNodeActorTest, EvictsThatVeryPodAndTellsWhatABudgetSays) {
  TellPod(Pod("web-1"));
  std::vector<http::HttpRequest> asked;
  transport_.Play([&](const http::HttpRequest& request) -> std::optional<Script::Answer> {
    asked.push_back(request);
    return Script::Status(429, R"({"message": "Cannot evict pod"})");
  });
  const auto answer = actor_.Evict("ip-10-0-0-7", "shop/web-1");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 429);
  EXPECT_THAT(answer->message, HasSubstr("Cannot evict pod"));
  EXPECT_THAT(asked.at(0).url, HasSubstr("/namespaces/shop/pods/web-1/eviction"));
  EXPECT_EQ(json::parse(asked.at(0).body)["deleteOptions"]["preconditions"]["uid"], "uid-web-1");
  transport_.Play([&](const http::HttpRequest&) -> std::optional<Script::Answer> {
    return Script::Status(500, R"({"message": "This pod has more than one budget"})");
  });
  EXPECT_EQ(actor_.Evict("ip-10-0-0-7", "shop/web-1")->status, 500);
  transport_.Play([&](const http::HttpRequest&) -> std::optional<Script::Answer> {
    return Script::Status(503, R"({"message": "try again"})");
  });
  EXPECT_FALSE(actor_.Evict("ip-10-0-0-7", "shop/web-1")) << "no budget says that";
  EXPECT_EQ(actor_.Evict("ip-10-0-0-7", "shop/web-2")->status, 404);
  EXPECT_THAT(asked, SizeIs(1));
}

}  // namespace
}  // namespace loadcurve::kube
