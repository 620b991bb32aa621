#include "adapters/kube/scaling_causes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using Script = ScriptedHttpTransport;

json Conditions(const std::string& type, const std::string& status, const std::string& reason,
                const std::string& message = "told") {
  return {{{"type", type}, {"status", status}, {"reason", reason}, {"message", message}}};
}

// A workload of 3 that is as it should be: decided, published, followed, ready.
ScalingEvidence Well() {
  ScalingEvidence evidence;
  evidence.namespace_name = "shop";
  evidence.target = {"apps/v1", "Deployment", "web"};
  evidence.object = json::parse(R"({"metadata": {"name": "web", "managedFields": [
      {"manager": "kube-controller-manager", "subresource": "scale",
       "time": "2026-10-10T10:00:00Z", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]},
    "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}},
    "status": {"replicas": 3, "readyReplicas": 3}})");
  evidence.profile = json::parse(R"({"metadata": {"name": "web"}, "status": {
    "decision": {"time": "2026-10-10T10:00:00Z", "current": 3, "desired": 3, "reasons": [
      {"stage": "target", "before": 3, "after": 3, "why": "the load"}]},
    "conditions": [{"type": "Active", "status": "True", "reason": "DecisionServed"}]}})");
  evidence.hpas = {json::parse(R"({"metadata": {"name": "web"},
    "spec": {"minReplicas": 1, "maxReplicas": 10},
    "status": {"currentReplicas": 3, "desiredReplicas": 3,
               "lastScaleTime": "2026-10-10T10:00:00Z"}})")};
  evidence.published = 3;
  return evidence;
}

void SetProfileCondition(ScalingEvidence& evidence, const std::string& type,
                         const std::string& status, const std::string& reason) {
  evidence.profile["status"]["conditions"].push_back(Conditions(type, status, reason)[0]);
}

void SetHpaCondition(ScalingEvidence& evidence, const std::string& type, const std::string& status,
                     const std::string& reason, const std::string& message = "told") {
  evidence.hpas[0]["status"]["conditions"] = Conditions(type, status, reason, message);
}

void SetStage(ScalingEvidence& evidence, const std::string& stage) {
  evidence.profile["status"]["decision"]["reasons"].push_back(
      {{"stage", stage}, {"before", 3}, {"after", 3}, {"why", "told"}});
}

json Pod(const json& conditions, const std::string& waiting = "") {
  json pod = {{"metadata", {{"name", "web-1"}}},
              {"status", {{"phase", "Pending"}, {"conditions", conditions}}}};
  if (!waiting.empty())
    pod["status"]["containerStatuses"] = {
        {{"state", {{"waiting", {{"reason", waiting}, {"message", "told"}}}}}}};
  return pod;
}

std::string First(const ScalingEvidence& evidence) {
  return CausesOf(evidence).front().reason;
}

TEST(ScalingCauses, SayThatAllIsAsDecided) {
  const auto causes = CausesOf(Well());
  ASSERT_EQ(causes.size(), 1U);
  EXPECT_EQ(causes[0].reason, "AsDecided");
  EXPECT_EQ(causes[0].what, "3 replicas are what was decided: the load.");
}

TEST(ScalingCauses, NameAPauseBeforeAllElse) {
  ScalingEvidence evidence = Well();
  SetHpaCondition(evidence, "ScalingLimited", "True", "TooManyReplicas");
  EXPECT_EQ(First(evidence), "HpaAtMax");
  SetProfileCondition(evidence, "Paused", "True", "CountHeld");
  EXPECT_EQ(First(evidence), "Paused");
}

TEST(ScalingCauses, TellWhatHoldsTheHpa) {
  const std::vector<std::array<std::string, 4>> cases = {
      {"ScalingActive", "False", "AmbiguousSelector", "AmbiguousSelector"},
      {"ScalingActive", "False", "ScalingDisabled", "ScalingDisabled"},
      {"ScalingActive", "False", "FailedGetExternalMetric", "FailedGetExternalMetric"},
      {"AbleToScale", "False", "FailedUpdateScale", "FailedUpdateScale"},
      {"AbleToScale", "True", "ScaleDownStabilized", "ScaleDownStabilized"},
      {"ScalingLimited", "True", "TooFewReplicas", "HpaAtMin"},
      {"ScalingLimited", "True", "ScaleUpLimit", "ScaleUpLimit"}};
  for (const auto& [type, status, reason, expected] : cases) {
    ScalingEvidence evidence = Well();
    SetHpaCondition(evidence, type, status, reason);
    EXPECT_EQ(First(evidence), expected);
  }
}

TEST(ScalingCauses, KnowWhoIsToBlameForAMetricInError) {
  ScalingEvidence evidence = Well();
  SetHpaCondition(evidence, "ScalingActive", "False", "FailedGetExternalMetric",
                  "loadcurve-replicas is forbidden: User cannot list resource");
  EXPECT_THAT(CausesOf(evidence)[0].remedy, HasSubstr("rbac.yaml"));
}

TEST(ScalingCauses, TellOfTwoHpasAndOfNone) {
  ScalingEvidence evidence = Well();
  evidence.hpas.push_back(evidence.hpas[0]);
  EXPECT_EQ(First(evidence), "TwoHpas");
  evidence.hpas.clear();
  EXPECT_EQ(First(evidence), "NothingFollows");
  evidence.profile["metadata"]["annotations"]["loadcurve.dev/mode"] = "direct";
  EXPECT_EQ(First(evidence), "AsDecided");
}

TEST(ScalingCauses, TellOfToleranceOnlyWhereItHolds) {
  ScalingEvidence evidence = Well();
  evidence.hpas[0]["status"]["currentReplicas"] = 20;
  evidence.published = 21;  // 1.05
  EXPECT_EQ(First(evidence), "WithinTolerance");
  evidence.published = 23;  // 1.15
  EXPECT_EQ(First(evidence), "AsDecided");
  evidence.published = 21;
  evidence.hpas[0]["spec"]["behavior"]["scaleUp"]["tolerance"] = "0";
  EXPECT_EQ(First(evidence), "AsDecided");
}

TEST(ScalingCauses, NameTheOneThatWroteReplicasAfterTheHpa) {
  ScalingEvidence evidence = Well();
  json& entry = evidence.object["metadata"]["managedFields"][0];
  entry["manager"] = "argocd-controller";
  entry["time"] = "2026-10-10T10:00:05Z";
  EXPECT_EQ(First(evidence), "AnotherWriter");
  EXPECT_THAT(CausesOf(evidence)[0].what, HasSubstr("Argo CD (argocd-controller)"));
  entry["time"] = "2026-10-10T09:00:00Z";  // before the HPA
  EXPECT_EQ(First(evidence), "AsDecided");
  evidence.events = {{{"reason", "SuccessfulRescale"}, {"count", 3}}};
  EXPECT_EQ(First(evidence), "SetAgainAndAgain");
}

TEST(ScalingCauses, WarnOfReplicasInAManifest) {
  ScalingEvidence evidence = Well();
  evidence.object["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] =
      R"({"spec": {"replicas": 2}})";
  EXPECT_EQ(First(evidence), "ReplicasInManifest");
}

TEST(ScalingCauses, TellWhatBecameOfThePods) {
  ScalingEvidence evidence = Well();
  evidence.pods = {Pod(Conditions("Ready", "False", "ContainersNotReady"))};
  EXPECT_EQ(First(evidence), "NotReady");
  evidence.pods.push_back(Pod(json::array(), "CrashLoopBackOff"));
  EXPECT_EQ(First(evidence), "CrashLoop");
  evidence.pods.push_back(Pod(json::array(), "ImagePullBackOff"));
  EXPECT_EQ(First(evidence), "ContainerWaits");
  evidence.pods.push_back(Pod(Conditions("PodScheduled", "False", "Unschedulable", "no node")));
  EXPECT_EQ(First(evidence), "Unschedulable");
  EXPECT_EQ(CausesOf(evidence)[0].what, "1 pod cannot be placed: no node");
  evidence.object["status"]["conditions"] =
      Conditions("ReplicaFailure", "True", "FailedCreate", "exceeded quota: pods");
  EXPECT_EQ(First(evidence), "QuotaExceeded");
}

TEST(ScalingCauses, TellWhatHoldsTheDecision) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"safety_guard", "EvidenceMissing"}, {"bounds", "ProfileBound"},
      {"stabilizer", "ScaleDownWindow"},   {"step_limit", "StepLimit"},
      {"rollout", "RolloutStage"},         {"fleet_brake", "FleetBraked"},
      {"schedule", "Scheduled"},           {"freeze", "Frozen"},
      {"budget", "BudgetReached"},         {"parked", "CapacityReturned"}};
  for (const auto& [stage, expected] : cases) {
    ScalingEvidence evidence = Well();
    SetStage(evidence, stage);
    EXPECT_EQ(First(evidence), expected);
  }
  ScalingEvidence hung = Well();
  SetStage(hung, "safety_guard");
  json conditions = Conditions("Active", "True", "DecisionServed");
  conditions.push_back(Conditions("Doubtful", "True", "ServiceHangs")[0]);
  hung.profile["status"]["conditions"] = conditions;
  EXPECT_EQ(First(hung), "ServiceHangs");
  ScalingEvidence rival = Well();
  rival.profile["status"]["conditions"] = Conditions("Active", "False", "TargetTaken");
  EXPECT_EQ(First(rival), "TargetTaken");
  ScalingEvidence silent = Well();
  silent.profile.erase("status");
  EXPECT_EQ(First(silent), "NotSeen");
}

TEST(ScalingCauses, TellOfATargetThatIsNotThere) {
  ScalingEvidence evidence = Well();
  evidence.object = json();
  EXPECT_EQ(First(evidence), "TargetMissing");
}

TEST(WorkloadQuestion, IsANameOrAKindAndAName) {
  EXPECT_EQ(ParseWorkload("web", "shop")->kind, "");
  EXPECT_EQ(ParseWorkload("deploy/web", "shop")->kind, "deployment");
  EXPECT_EQ(ParseWorkload("sp/web", "shop")->kind, "profile");
  for (const char* bad : {"", "/web", "deploy/", "a/b/c"})
    EXPECT_EQ(ParseWorkload(bad, "shop").error().code, ErrorCode::kInvalidArgument) << bad;
}

class EvidenceReading : public testing::Test {
 protected:
  Result<ScalingEvidence> Read(const std::string& workload) {
    return ReadEvidence(client_, discovery_, clock_, *ParseWorkload(workload, "shop"));
  }
  static std::string Items(std::vector<json> items) {
    return json{{"metadata", json::object()}, {"items", std::move(items)}}.dump();
  }
  SimulatedClock clock_;
  Script transport_;
  KubeClient client_{transport_, {.server = "https://api"}, clock_};
  ApiDiscovery discovery_{client_, clock_};
};

TEST_F(EvidenceReading, PassesOverWhatMayNotBeSeenAndSaysSo) {
  transport_.On("GET", "/scalingprofiles", Script::Ok(Items({Well().profile})));
  json hpa = Well().hpas[0];
  hpa["spec"]["scaleTargetRef"] = {{"kind", "Deployment"}, {"name", "web"}};
  transport_.On("GET", "/horizontalpodautoscalers", Script::Ok(Items({hpa})));
  transport_.On("GET", "/apis/apps/v1",
                Script::Ok(R"({"resources":[{"name":"deployments","kind":"Deployment"},)"
                           R"({"name":"deployments/scale","kind":"Scale"}]})"));
  transport_.On("GET", "/deployments/web", Script::Ok(Well().object.dump()));
  transport_.On("GET", "/pods?limit=500&labelSelector=app%3Dweb", Script::Ok(Items({})));
  transport_.On("GET", "/events",
                Script::Status(403, R"({"reason":"Forbidden","message":"u cannot list events"})"));
  transport_.On("GET", "/loadcurve-replicas?labelSelector=scalingprofile%3Dweb",
                Script::Ok(R"({"items":[{"value":"3"}]})"));
  const auto evidence = Read("web");
  ASSERT_TRUE(evidence) << evidence.error().message;
  EXPECT_EQ(evidence->hpas.size(), 1U);
  EXPECT_EQ(evidence->published, 3);
  ASSERT_EQ(evidence->unseen.size(), 1U);
  EXPECT_THAT(evidence->unseen[0], HasSubstr("cannot list events"));
  EXPECT_TRUE(transport_.unexpected().empty()) << transport_.unexpected()[0];
}

TEST_F(EvidenceReading, FailsWhereTheClusterIsNotReached) {
  transport_.On("GET", "/scalingprofiles", Script::TimedOut());
  EXPECT_EQ(Read("web").error().code, ErrorCode::kDeadlineExceeded);
}

TEST_F(EvidenceReading, RefusesANameThatNothingHas) {
  transport_.On("GET", "/scalingprofiles", Script::Ok(Items({Well().profile})));
  transport_.On("GET", "/horizontalpodautoscalers", Script::Ok(Items({})));
  const auto evidence = Read("rollout/api");
  EXPECT_EQ(evidence.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(evidence.error().message, HasSubstr("'api'"));
}

}  // namespace
}  // namespace loadcurve::kube
