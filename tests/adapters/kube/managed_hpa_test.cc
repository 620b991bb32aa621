#include "adapters/kube/managed_hpa.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/kube/pod_cpu.h"
#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::kube {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using Script = ScriptedHttpTransport;

constexpr const char* kApps = R"({"resources":[{"name":"deployments","kind":"Deployment"},
  {"name":"deployments/scale","kind":"Scale"}]})";

StoredProfile Stored(bool manages, std::int64_t generation = 1) {
  auto profile = *ScalingProfile::Make({.metadata = {.name = "web", .namespace_name = "shop"},
                                        .load = {.weights = RequestWeights::Cudgx()},
                                        .manages_hpa = manages});
  return {.namespace_name = "shop",
          .name = "web",
          .uid = "u1",
          .generation = generation,
          .profile = profile,
          .last_good = profile,
          .status = {}};
}

json Hpa(const std::string& name, const std::string& owner) {
  json hpa = {
      {"metadata", {{"name", name}, {"uid", "h1"}}},
      {"spec",
       {{"scaleTargetRef", {{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", "web"}}}}}};
  if (!owner.empty()) hpa["metadata"]["ownerReferences"] = {{{"uid", owner}}};
  return hpa;
}

json Template(const json& resources) {
  return {{"spec",
           {{"template",
             {{"spec", {{"containers", {{{"name", "main"}, {"resources", resources}}}}}}}}}}};
}

class ManagedHpaTest : public testing::Test {
 protected:
  // A little API server: the HPAs of the namespace, and the pod template.
  std::optional<Script::Answer> Serve(const http::HttpRequest& request) {
    const bool is_hpa = request.url.find("horizontalpodautoscalers") != std::string::npos;
    if (request.method == "GET" && is_hpa)
      return Script::Ok(json{{"metadata", json::object()}, {"items", hpas_}}.dump());
    if (request.url.ends_with("/version")) return Script::Ok(R"({"gitVersion":"v1.36.3"})");
    if (request.url.ends_with("/apis/apps/v1")) return Script::Ok(kApps);
    if (request.url.ends_with("/deployments/web")) return Script::Ok(deployment_.dump());
    if (request.url.find("/events") != std::string::npos) {
      events_.push_back(json::parse(request.body)["reason"]);
      return Script::Ok("{}");
    }
    if (is_hpa) writes_.push_back(request);
    return is_hpa ? std::optional(Script::Ok("{}")) : std::nullopt;
  }

  void SetUp() override {
    transport_.Play([this](const http::HttpRequest& request) { return Serve(request); });
  }

  std::vector<json> hpas_;
  json deployment_ = Template({{"requests", {{"cpu", "100m"}}}, {"limits", {{"cpu", "200m"}}}});
  std::vector<http::HttpRequest> writes_;
  std::vector<std::string> events_;
  SimulatedClock clock_;
  Script transport_;
  KubeClient client_{transport_, {.server = "https://api"}, clock_};
  ApiDiscovery discovery_{client_, clock_};
  EventRecorder recorder_{client_, clock_, "pod"};
  ManagedHpa managed_{client_, discovery_, recorder_, clock_};
};

TEST_F(ManagedHpaTest, AppliesTheHpaAsPartOfTheProfile) {
  const auto condition = managed_.Sync(Stored(true), true);
  ASSERT_TRUE(condition);
  EXPECT_EQ(condition->reason, "Applied") << condition->message;
  ASSERT_EQ(writes_.size(), 1U);
  EXPECT_THAT(writes_[0].url, testing::EndsWith("/shop/horizontalpodautoscalers/web"
                                                "?fieldManager=loadcurve"));
  const json hpa = json::parse(writes_[0].body);
  EXPECT_EQ(hpa["metadata"]["ownerReferences"][0]["uid"], "u1");
  EXPECT_EQ(hpa["metadata"]["labels"]["app.kubernetes.io/managed-by"], "loadcurve");
  // Half of it is the request: 2 x max(0.7 x 1.05, min(0.7 x 1.15, 0.95)) = 161 %.
  EXPECT_EQ(hpa["spec"]["metrics"][1]["resource"]["target"]["averageUtilization"], 161);
  EXPECT_EQ(hpa["spec"]["behavior"]["scaleUp"]["tolerance"], "0") << "the server is 1.36";
  EXPECT_THAT(events_, testing::ElementsAre("HpaCreated"));
}

TEST_F(ManagedHpaTest, LooksAgainWhenTheProfileChangesOrAfterFiveMinutes) {
  hpas_ = {Hpa("web", "u1")};
  managed_.Sync(Stored(true), true);
  managed_.Sync(Stored(true), true);
  EXPECT_EQ(writes_.size(), 1U);
  EXPECT_THAT(writes_[0].url, HasSubstr("&force=true"));
  EXPECT_EQ(json::parse(writes_[0].body)["metadata"]["uid"], "h1");
  managed_.Sync(Stored(true, 2), true);
  EXPECT_EQ(writes_.size(), 2U);
  clock_.Advance(5min);
  managed_.Sync(Stored(true, 2), true);
  EXPECT_EQ(writes_.size(), 3U);
}

TEST_F(ManagedHpaTest, MovesInNeitherDirectionDuringAPause) {
  hpas_ = {Hpa("web", "u1")};
  managed_.Sync(Stored(true), true, true);
  managed_.Sync(Stored(true), true, false);
  ASSERT_EQ(writes_.size(), 2U);
  for (const char* direction : {"scaleUp", "scaleDown"}) {
    const auto policy = [&](std::size_t i) {
      return json::parse(writes_[i].body)["spec"]["behavior"][direction]["selectPolicy"];
    };
    EXPECT_EQ(policy(0), "Disabled");
    EXPECT_EQ(policy(1), "Max");
  }
}

TEST_F(ManagedHpaTest, NeverTouchesWhatSomebodyElseMade) {
  for (const auto& foreign : {Hpa("web", ""), Hpa("another", ""), Hpa("web", "u2")}) {
    managed_.Forget();
    hpas_ = {foreign};
    const auto condition = managed_.Sync(Stored(true), true);
    EXPECT_EQ(condition->state, ConditionState::kFalse);
    EXPECT_EQ(condition->reason, "AnotherHpa");
    EXPECT_THAT(condition->message, HasSubstr(foreign["metadata"]["name"]));
    managed_.Sync(Stored(false, 2), true);
  }
  EXPECT_TRUE(writes_.empty());
}

TEST_F(ManagedHpaTest, DeletesOnlyItsOwnWhenItIsTurnedOff) {
  hpas_ = {Hpa("web", "u1"), Hpa("another", "")};
  EXPECT_FALSE(managed_.Sync(Stored(false), true));
  ASSERT_EQ(writes_.size(), 1U);
  EXPECT_EQ(writes_[0].method, "DELETE");
  EXPECT_THAT(writes_[0].url, HasSubstr("horizontalpodautoscalers/web"));
  EXPECT_EQ(json::parse(writes_[0].body)["preconditions"]["uid"], "h1");
}

TEST_F(ManagedHpaTest, GivesItUpWhereTheTargetIsAnothers) {
  hpas_ = {Hpa("web", "u1")};
  EXPECT_EQ(managed_.Sync(Stored(true), false)->reason, "NotPossible");
  ASSERT_EQ(writes_.size(), 1U);
  EXPECT_EQ(writes_[0].method, "DELETE");
}

TEST_F(ManagedHpaTest, LeavesCpuOutWhereItCannotBeCountedAndSaysSo) {
  deployment_ = Template(json::object());
  const auto condition = managed_.Sync(Stored(true), true);
  EXPECT_EQ(condition->state, ConditionState::kTrue);
  EXPECT_EQ(condition->reason, "AppliedWithoutCpu");
  EXPECT_THAT(condition->message, HasSubstr("container 'main' requests no CPU"));
  EXPECT_EQ(json::parse(writes_[0].body)["spec"]["metrics"].size(), 1U);
}

TEST_F(ManagedHpaTest, LeavesCpuOutForConsumersOfAQueue) {
  StoredProfile stored = Stored(true);
  ScalingProfileFields fields = stored.profile->fields();
  fields.load = {.source = {.kind = "prometheus", .prometheus = PrometheusSource{}}};
  fields.load.source.prometheus->queue = QueueSource{.backlog = "lag", .arrival_rate = "in"};
  stored.profile = *ScalingProfile::Make(fields);
  const auto condition = managed_.Sync(stored, true);
  ASSERT_TRUE(condition);
  EXPECT_EQ(condition->reason, "Applied") << condition->message;
  EXPECT_EQ(json::parse(writes_[0].body)["spec"]["metrics"].size(), 1U);
}

TEST(LimitByRequest, SumsContainersAsAnHpaDoes) {
  json object = Template({{"requests", {{"cpu", "250m"}}}, {"limits", {{"cpu", "1"}}}});
  json& spec = object["spec"]["template"]["spec"];
  EXPECT_DOUBLE_EQ(*LimitByRequest(object), 4);
  spec["initContainers"] = {
      {{"name", "sidecar"}, {"restartPolicy", "Always"}, {"resources", {{"limits", {{"cpu", 1}}}}}},
      {{"name", "first"}}};
  EXPECT_DOUBLE_EQ(*LimitByRequest(object), 1.6);  // (1 + 1) / (0.25 + 1)
  spec["containers"][0]["resources"].erase("limits");
  EXPECT_THAT(LimitByRequest(object).error().message, HasSubstr("has no CPU limit"));
  EXPECT_THAT(LimitByRequest(json::object()).error().message, HasSubstr("no pod template"));
}

}  // namespace
}  // namespace loadcurve::kube
