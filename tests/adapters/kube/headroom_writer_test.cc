#include "adapters/kube/headroom_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::kube {
namespace {

using namespace std::chrono_literals;
using capacity::AheadMethod;
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using Script = ScriptedHttpTransport;

constexpr const char* kApps = R"({"resources":[{"name":"deployments","kind":"Deployment"},
  {"name":"deployments/scale","kind":"Scale"}]})";
constexpr const char* kBuffers =
    R"({"resources":[{"name":"capacitybuffers","kind":"CapacityBuffer"}]})";

ScalingProfile Web() {
  return *ScalingProfile::Make({.metadata = {.name = "web", .namespace_name = "shop"},
                                .load = {.weights = RequestWeights::Cudgx()}});
}

// A Deployment whose pods select and tolerate nodes, and ask for 250m + 100m and 64 MiB.
json Deployment() {
  return json::parse(R"({"spec": {"template": {"metadata": {"labels": {"app": "web"}}, "spec": {
      "nodeSelector": {"disk": "ssd"},
      "tolerations": [{"key": "web", "operator": "Exists"}],
      "affinity": {"nodeAffinity": {"a": 1}, "podAntiAffinity": {"b": 1}},
      "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {"matchLabels": {"app": "web"}},
        "matchLabelKeys": ["pod-template-hash"]}],
      "containers": [
        {"name": "a", "resources": {"requests": {"cpu": "250m", "memory": "64Mi"}}},
        {"name": "b", "resources": {"limits": {"cpu": "100m"}}}]}}}})");
}

class HeadroomWriterTest : public testing::Test {
 protected:
  // A little API server.
  std::optional<Script::Answer> Serve(const http::HttpRequest& request) {
    const auto has = [&](std::string_view part) {
      return request.url.find(part) != std::string::npos;
    };
    if (request.url.ends_with("/apis/autoscaling.x-k8s.io/v1beta1"))
      return knows_buffers_ ? Script::Ok(kBuffers) : Script::Status(404, "{}");
    if (request.url.ends_with("/apis/apps/v1")) return Script::Ok(kApps);
    if (has("/priorityclasses/"))
      return has_priority_class_ ? Script::Ok("{}") : Script::Status(404, "{}");
    if (request.url.ends_with("/deployments/web")) return Script::Ok(Deployment().dump());
    if (request.method == "GET" && has("labelSelector="))
      return Script::Ok(json{{"metadata", json::object()},
                             {"items", has("capacitybuffers") ? buffers_ : json::array()}}
                            .dump());
    if (request.method == "GET" && has("/web-headroom"))
      return there_.is_null() ? Script::Status(404, "{}") : Script::Ok(there_.dump());
    writes_.push_back(request);
    return Script::Ok(answer_.dump());
  }

  void SetUp() override {
    transport_.Play([this](const http::HttpRequest& request) { return Serve(request); });
  }

  Result<HeadroomWriter::Kept> Keep(int replicas, const capacity::NodesAheadSpec& ahead = {}) {
    return writer_.Keep({&web_, "fleet", "c1", Replicas(replicas)}, ahead);
  }

  json Written(std::size_t i) const { return json::parse(writes_.at(i).body); }

  bool knows_buffers_ = true;
  bool has_priority_class_ = true;
  json there_;
  json buffers_ = json::array();
  json answer_ = {{"status", {{"conditions", {{{"type", "Provisioning"}}}}}}};
  std::vector<http::HttpRequest> writes_;
  ScalingProfile web_ = Web();
  SimulatedClock clock_;
  Script transport_;
  KubeClient client_{transport_, {.server = "https://api"}, clock_};
  ApiDiscovery discovery_{client_, clock_};
  HeadroomWriter writer_{client_, discovery_, clock_};
};

TEST_F(HeadroomWriterTest, AppliesACapacityBufferThatTheProfileOwns) {
  const auto kept = Keep(6);
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(kept->by, AheadMethod::kCapacityBuffer);
  EXPECT_EQ(kept->problem, "");
  ASSERT_EQ(writes_.size(), 1U);
  EXPECT_THAT(writes_[0].url, HasSubstr("/apis/autoscaling.x-k8s.io/v1beta1/namespaces/shop/"
                                        "capacitybuffers/web-headroom?fieldManager=loadcurve"));
  const json buffer = Written(0);
  EXPECT_EQ(buffer["spec"], json::parse(R"({"replicas": 6,
      "provisioningStrategy": "buffer.x-k8s.io/active-capacity",
      "scalableRef": {"apiGroup": "apps", "kind": "Deployment", "name": "web"}})"));
  EXPECT_EQ(buffer["metadata"]["ownerReferences"][0]["kind"], "CapacityProfile");
  EXPECT_EQ(buffer["metadata"]["ownerReferences"][0]["uid"], "c1");
  EXPECT_EQ(buffer["metadata"]["labels"]["loadcurve.dev/headroom-of"], "web");
}

TEST_F(HeadroomWriterTest, WritesAgainWhenTheCountChangesAndLooksFromTimeToTime) {
  ASSERT_TRUE(Keep(6));
  ASSERT_TRUE(Keep(6));
  EXPECT_EQ(writes_.size(), 1U);
  ASSERT_TRUE(Keep(7));
  EXPECT_EQ(writes_.size(), 2U);
  clock_.Advance(5min);
  ASSERT_TRUE(Keep(7));
  EXPECT_EQ(writes_.size(), 3U);
  clock_.Advance(4min);
  ASSERT_TRUE(Keep(7));
  EXPECT_EQ(writes_.size(), 3U);
}

TEST_F(HeadroomWriterTest, SaysSoWhenNobodyKeepsRoomForABuffer) {
  answer_ = json::object();
  EXPECT_EQ(Keep(6)->problem, "") << "it is new";
  clock_.Advance(3min);
  EXPECT_THAT(Keep(6)->problem, HasSubstr("--capacity-buffer-controller-enabled"));
}

TEST_F(HeadroomWriterTest, NeverTouchesWhatSomebodyElseMade) {
  there_ = {{"metadata", {{"name", "web-headroom"}, {"labels", {{"app", "mine"}}}}}};
  const auto kept = Keep(6);
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().code, ErrorCode::kConflict);
  EXPECT_THAT(kept.error().message, HasSubstr("shop/web-headroom was made by somebody else"));
  EXPECT_THAT(writes_, IsEmpty());
}

TEST_F(HeadroomWriterTest, KeepsRoomByPlaceholderPodsWhereThereAreNoBuffers) {
  knows_buffers_ = false;
  const auto refused = Keep(6);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("spec.nodesAhead.placeholderImage"));
  clock_.Advance(31s);
  const auto kept = Keep(6, {.placeholder_image = "pause:1"});
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(kept->by, AheadMethod::kPlaceholderPods);
  EXPECT_THAT(writes_[0].url, HasSubstr("/namespaces/shop/deployments/web-headroom?"));
  const json deployment = Written(0);
  EXPECT_EQ(deployment["spec"]["replicas"], 6);
  const json pod = deployment["spec"]["template"]["spec"];
  EXPECT_EQ(pod["priorityClassName"], "loadcurve-headroom");
  EXPECT_EQ(pod["terminationGracePeriodSeconds"], 0);
  EXPECT_EQ(pod["containers"][0]["image"], "pause:1");
  EXPECT_EQ(pod["containers"][0]["resources"]["requests"],
            json::parse(R"({"cpu": "350m", "memory": "67108864"})"));
  // What decides where a pod may run, and not whom it keeps away from.
  EXPECT_EQ(pod["nodeSelector"]["disk"], "ssd");
  EXPECT_EQ(pod["tolerations"][0]["key"], "web");
  EXPECT_TRUE(pod["affinity"].contains("nodeAffinity"));
  EXPECT_FALSE(pod["affinity"].contains("podAntiAffinity"));
  EXPECT_EQ(pod["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"],
            deployment["spec"]["selector"]["matchLabels"]);
}

TEST_F(HeadroomWriterTest, WantsThePriorityClassBelowZeroFirst) {
  has_priority_class_ = false;
  const auto kept =
      Keep(6, {.method = AheadMethod::kPlaceholderPods, .placeholder_image = "pause:1"});
  ASSERT_FALSE(kept);
  EXPECT_THAT(kept.error().message, HasSubstr("apply deploy/manifests/placeholder-pods.yaml"));
  EXPECT_THAT(writes_, IsEmpty());
}

TEST_F(HeadroomWriterTest, TakesAwayTheOtherKindWhenTheWayChanges) {
  ASSERT_TRUE(Keep(6));
  ASSERT_TRUE(Keep(7, {.method = AheadMethod::kPlaceholderPods, .placeholder_image = "pause:1"}));
  ASSERT_EQ(writes_.size(), 3U);
  EXPECT_THAT(writes_[1].url, HasSubstr("/deployments/web-headroom"));
  EXPECT_EQ(writes_[2].method, "DELETE");
  EXPECT_THAT(writes_[2].url, HasSubstr("/capacitybuffers/web-headroom"));
}

TEST_F(HeadroomWriterTest, RemovesWhatNobodyWantsEvenOfAProcessBefore) {
  buffers_ = json::parse(R"([
      {"metadata": {"namespace": "shop", "name": "old-headroom",
                    "labels": {"loadcurve.dev/headroom-of": "old"}}},
      {"metadata": {"namespace": "shop", "name": "web-headroom",
                    "labels": {"loadcurve.dev/headroom-of": "web"}}}])");
  const auto is_web = [](const ProfileKey& key) { return key.name == "web"; };
  ASSERT_TRUE(writer_.RemoveOthers(is_web));
  clock_.Advance(15s);
  ASSERT_TRUE(writer_.RemoveOthers(is_web));
  ASSERT_EQ(writes_.size(), 2U);
  EXPECT_EQ(writes_[1].method, "DELETE");
  EXPECT_THAT(writes_[1].url, HasSubstr("/capacitybuffers/old-headroom"));
  ASSERT_TRUE(writer_.RemoveOthers(is_web));
  EXPECT_EQ(writes_.size(), 2U);
  ASSERT_TRUE(writer_.RemoveOthers([](const ProfileKey&) { return false; }));
  EXPECT_EQ(writes_.size(), 3U);
}

TEST_F(HeadroomWriterTest, EmptiesABufferBeforeItGoesSoThatItsNodesAreLetGo) {
  const auto none = [](const ProfileKey&) { return false; };
  ASSERT_TRUE(Keep(6));
  ASSERT_TRUE(writer_.RemoveOthers(none));
  ASSERT_EQ(writes_.size(), 2U);
  EXPECT_EQ(writes_[1].method, "PATCH");
  EXPECT_EQ(Written(1), json::parse(R"({"spec": {"replicas": 0}})"));
  clock_.Advance(14s);
  ASSERT_TRUE(writer_.RemoveOthers(none));
  EXPECT_EQ(writes_.size(), 2U) << "who keeps room for it may not have seen it yet";
  clock_.Advance(1s);
  ASSERT_TRUE(writer_.RemoveOthers(none));
  ASSERT_EQ(writes_.size(), 3U);
  EXPECT_EQ(writes_[2].method, "DELETE");
}

TEST_F(HeadroomWriterTest, FillsABufferAgainThatWasEmptied) {
  const auto none = [](const ProfileKey&) { return false; };
  ASSERT_TRUE(Keep(6));
  ASSERT_TRUE(writer_.RemoveOthers(none));
  ASSERT_TRUE(Keep(6));
  ASSERT_EQ(writes_.size(), 3U);
  EXPECT_EQ(Written(2)["spec"]["replicas"], 6);
  clock_.Advance(15s);
  ASSERT_TRUE(writer_.RemoveOthers(none));
  EXPECT_EQ(writes_[3].method, "PATCH") << "emptied anew, and not deleted with six in it";
}

TEST(PlaceholdersFor, RefusesPodsThatAskForNothing) {
  const ScalingProfile web = Web();
  json target = Deployment();
  for (json& container : target["spec"]["template"]["spec"]["containers"])
    container.erase("resources");
  const auto placeholders = PlaceholdersFor({&web, "fleet", "c1", Replicas(1)}, target, "pause:1");
  ASSERT_FALSE(placeholders);
  EXPECT_THAT(placeholders.error().message, HasSubstr("request neither CPU nor memory"));
  EXPECT_FALSE(PlaceholdersFor({&web, "fleet", "c1", Replicas(1)}, json::object(), "pause:1"));
}

}  // namespace
}  // namespace loadcurve::kube
