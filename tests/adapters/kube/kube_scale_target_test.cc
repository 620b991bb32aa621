#include "adapters/kube/kube_scale_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::kube {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using Script = ScriptedHttpTransport;

constexpr const char* kApps = R"({"kind":"APIResourceList","groupVersion":"apps/v1","resources":[
  {"name":"deployments","kind":"Deployment","namespaced":true},
  {"name":"deployments/scale","kind":"Scale","namespaced":true},
  {"name":"deployments/status","kind":"Deployment","namespaced":true},
  {"name":"daemonsets","kind":"DaemonSet","namespaced":true}]})";

ScalingProfile Profile(const std::string& kind = "Deployment",
                       const std::string& api_version = "apps/v1") {
  return *ScalingProfile::Make({.metadata = {.name = "web", .namespace_name = "shop"},
                                .target = {api_version, kind, ""},
                                .load = {.weights = RequestWeights::Cudgx()}});
}

std::string ScaleBody(int wanted, int current, const std::string& selector = "app=web") {
  return json{{"kind", "Scale"},
              {"metadata", {{"name", "web"}, {"resourceVersion", "41"}}},
              {"spec", {{"replicas", wanted}}},
              {"status", {{"replicas", current}, {"selector", selector}}}}
      .dump();
}

json PodObject(const std::string& name, bool is_ready) {
  return {{"metadata",
           {{"namespace", "shop"},
            {"name", name},
            {"uid", name},
            {"creationTimestamp", "2026-10-10T00:00:00Z"},
            {"labels", {{"app", "web"}, {"pod-template-hash", "h1"}}}}},
          {"status",
           {{"phase", "Running"},
            {"conditions",
             {{{"type", "Ready"},
               {"status", is_ready ? "True" : "False"},
               {"lastTransitionTime", "2026-10-10T00:00:30Z"}}}}}}};
}

std::string List(std::vector<json> items) {
  return json{{"metadata", {{"resourceVersion", "50"}}}, {"items", std::move(items)}}.dump();
}

json Hpa(const std::string& name, const std::string& target, const std::string& group = "apps/v1") {
  return {
      {"metadata", {{"name", name}}},
      {"spec",
       {{"scaleTargetRef", {{"apiVersion", group}, {"kind", "Deployment"}, {"name", target}}}}}};
}

class KubeScaleTargetTest : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_THAT(transport_.unexpected(), IsEmpty());
    EXPECT_EQ(transport_.unused(), 0U);
  }

  ReplicaDecision Wanted(int replicas) const {
    return {.workload = Profile().Workload(),
            .desired = Replicas(replicas),
            .valid_until = clock_.Now() + 3min};
  }

  SimulatedClock clock_;
  Script transport_;
  KubeClient client_{transport_, {.server = "https://api"}, clock_};
  ApiDiscovery discovery_{client_, clock_};
  KubeScaleTarget target_{client_, discovery_, nullptr, clock_};
};

TEST_F(KubeScaleTargetTest, ObservesCountsRevisionAndStartUps) {
  transport_.On("GET", "/apis/apps/v1", Script::Ok(kApps));
  transport_.On("GET", "/apis/apps/v1/namespaces/shop/deployments/web/scale",
                Script::Ok(ScaleBody(3, 2)));
  transport_.On("GET", "/namespaces/shop/pods?limit=500&labelSelector=app%3Dweb",
                Script::Ok(List({PodObject("a", true), PodObject("b", false)})));
  const auto seen = target_.Observe(Profile());
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(seen->current, Replicas(2));
  EXPECT_EQ(seen->ready, Replicas(1));
  EXPECT_EQ(seen->revision, "h1");
  EXPECT_FALSE(seen->is_rolling_out);
  EXPECT_EQ(seen->startup_p95, Duration(30s));
}

TEST_F(KubeScaleTargetTest, CountsEmptyFieldsAsZero) {
  transport_.On("GET", "/apis/apps/v1", Script::Ok(kApps));
  transport_.On("GET", "/scale", Script::Ok(R"({"spec":{},"status":{}})"));
  const auto seen = target_.Observe(Profile());
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(seen->current, Replicas(0));
  EXPECT_EQ(seen->ready, Replicas(0));
}

TEST_F(KubeScaleTargetTest, ScalesAnythingThatHasTheSubresource) {
  transport_.On("GET", "/apis/argoproj.io/v1alpha1",
                Script::Ok(R"({"resources":[{"name":"rollouts","kind":"Rollout"},)"
                           R"({"name":"rollouts/scale","kind":"Scale"}]})"));
  transport_.On("GET", "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/web/scale",
                Script::Ok(ScaleBody(2, 2, "")));
  const auto seen = target_.Observe(Profile("Rollout", "argoproj.io/v1alpha1"));
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(seen->ready, Replicas(2));
}

TEST_F(KubeScaleTargetTest, TellsAKindThatIsUnknownFromOneThatCannotBeScaled) {
  transport_.On("GET", "/apis/apps/v1", Script::Ok(kApps));
  const auto daemon_set = target_.Observe(Profile("DaemonSet"));
  EXPECT_EQ(daemon_set.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(daemon_set.error().message,
            "spec.targetRef: DaemonSet of apps/v1 has no scale subresource; expected one, as a "
            "Deployment or StatefulSet has");
  EXPECT_EQ(target_.Observe(Profile("Deploymnet")).error().code, ErrorCode::kNotFound);
  transport_.On("GET", "/apis/none/v1", Script::Status(404));
  EXPECT_EQ(target_.Observe(Profile("X", "none/v1")).error().message,
            "spec.targetRef: the API server knows no apiVersion 'none/v1'");
}

TEST_F(KubeScaleTargetTest, AsksForKindsAgainAfterAWhile) {
  transport_.On("GET", "/apis/apps/v1", Script::Ok(R"({"resources":[]})"));
  EXPECT_FALSE(target_.Observe(Profile()));
  EXPECT_FALSE(target_.Observe(Profile()));  // not asked again so soon
  clock_.Advance(30s);
  transport_.On("GET", "/apis/apps/v1", Script::Ok(kApps));
  transport_.On("GET", "/scale", Script::Ok(ScaleBody(1, 1, "")));
  EXPECT_TRUE(target_.Observe(Profile()));
  clock_.Advance(10min);
  transport_.On("GET", "/apis/apps/v1", Script::Status(503));
  transport_.On("GET", "/scale", Script::Ok(ScaleBody(1, 1, "")));
  EXPECT_TRUE(target_.Observe(Profile()));  // what was known serves on
}

TEST_F(KubeScaleTargetTest, SaysWhichTargetIsNotThere) {
  transport_.On("GET", "/apis/apps/v1", Script::Ok(kApps));
  transport_.On("GET", "/scale", Script::Status(404, R"({"reason":"NotFound"})"));
  const auto seen = target_.Observe(Profile());
  EXPECT_EQ(seen.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(seen.error().message, HasSubstr("deployments.apps/scale shop/web"));
}

TEST_F(KubeScaleTargetTest, PatchesTheScaleOfTheVersionThatItRead) {
  transport_.On("GET", "/apis/apps/v1", Script::Ok(kApps));
  transport_.On("GET", "/scale", Script::Ok(ScaleBody(3, 3)));
  transport_.On("GET", "/horizontalpodautoscalers",
                Script::Ok(List({Hpa("other", "api"), Hpa("rollout", "web", "argoproj.io/v1")})));
  transport_.On("PATCH", "/deployments/web/scale?", Script::Ok(ScaleBody(0, 3)));
  const auto applied = target_.Apply(Profile(), Wanted(0));  // zero included
  EXPECT_TRUE(applied) << applied.error().message;
  EXPECT_EQ(json::parse(transport_.last().body),
            json::parse(R"({"metadata":{"resourceVersion":"41"},"spec":{"replicas":0}})"));
}

TEST_F(KubeScaleTargetTest, WritesNothingWhereNothingChanges) {
  transport_.On("GET", "/apis/apps/v1", Script::Ok(kApps));
  transport_.On("GET", "/scale", Script::Ok(ScaleBody(3, 1)));
  EXPECT_TRUE(target_.Apply(Profile(), Wanted(3)));
}

TEST_F(KubeScaleTargetTest, LeavesATargetToItsHpaAndNamesIt) {
  transport_.On("GET", "/apis/apps/v1", Script::Ok(kApps));
  transport_.On("GET", "/scale", Script::Ok(ScaleBody(3, 3)));
  transport_.On("GET", "/horizontalpodautoscalers", Script::Ok(List({Hpa("web-hpa", "web")})));
  const auto applied = target_.Apply(Profile(), Wanted(5));
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code, ErrorCode::kConflict);
  EXPECT_THAT(applied.error().message,
              StartsWith("HorizontalPodAutoscaler shop/web-hpa owns Deployment web"));
}

TEST_F(KubeScaleTargetTest, DoesNotFollowAnOldDecision) {
  ReplicaDecision decision = Wanted(5);
  clock_.Advance(4min);
  EXPECT_EQ(target_.Apply(Profile(), decision).error().code, ErrorCode::kInsufficientData);
}

TEST_F(KubeScaleTargetTest, PassesOnAConflict) {
  transport_.On("GET", "/apis/apps/v1", Script::Ok(kApps));
  transport_.On("GET", "/scale", Script::Ok(ScaleBody(3, 3)));
  transport_.On("GET", "/horizontalpodautoscalers", Script::Ok(List({})));
  transport_.On("PATCH", "/scale", Script::Status(409, R"({"reason":"Conflict"})"));
  EXPECT_EQ(target_.Apply(Profile(), Wanted(5)).error().code, ErrorCode::kConflict);
}

TEST_F(KubeScaleTargetTest, ReadsTheScaleAgainOnlyWhenPodsChangedOrAfterAWhile) {
  PodIndex pods;
  KubeScaleTarget target(client_, discovery_, &pods, clock_);
  const auto tell = [&](const std::string& name) {
    const json pod = PodObject(name, true);
    pods.OnEvent({WatchEvent::Kind::kChanged, "shop/" + name, &pod});
  };
  tell("a");
  pods.OnEvent({WatchEvent::Kind::kSynced, "", nullptr});
  transport_.On("GET", "/apis/apps/v1", Script::Ok(kApps));
  transport_.On("GET", "/scale", Script::Ok(ScaleBody(1, 1)));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(target.Observe(Profile())->current, Replicas(1));

  tell("b");
  transport_.On("GET", "/scale", Script::Ok(ScaleBody(2, 2)));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(target.Observe(Profile())->ready, Replicas(2));

  clock_.Advance(5min);
  transport_.On("GET", "/scale", Script::Ok(ScaleBody(2, 2)));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(target.Observe(Profile()));
}

TEST_F(KubeScaleTargetTest, ReadsTheScaleAgainUntilItCountsThePodsThatAreThere) {
  PodIndex pods;
  KubeScaleTarget target(client_, discovery_, &pods, clock_);
  for (const std::string name : {"a", "b"}) {
    const json pod = PodObject(name, true);
    pods.OnEvent({WatchEvent::Kind::kChanged, "shop/" + name, &pod});
  }
  pods.OnEvent({WatchEvent::Kind::kSynced, "", nullptr});
  transport_.On("GET", "/apis/apps/v1", Script::Ok(kApps));
  transport_.On("GET", "/scale", Script::Ok(ScaleBody(2, 1)));
  EXPECT_EQ(target.Observe(Profile())->current, Replicas(1));
  transport_.On("GET", "/scale", Script::Ok(ScaleBody(2, 2)));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(target.Observe(Profile())->current, Replicas(2));
}

}  // namespace
}  // namespace loadcurve::kube
