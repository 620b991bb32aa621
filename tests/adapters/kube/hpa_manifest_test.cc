#include "adapters/kube/hpa_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace loadcurve::kube {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

ScalingProfile Profile(double utilization = 0.7, double low = 50, std::int64_t min = 2) {
  return *ScalingProfile::Make(
      {.metadata = {.name = "checkout", .namespace_name = "shop"},
       .target = {"apps/v1", "StatefulSet", "cart"},
       .load = {.weights = RequestWeights::Cudgx(),
                .per_replica = ReplicaCapacity{.load = MetricsQps(55),
                                               .low = MetricsQps(low),
                                               .high = MetricsQps(60),
                                               .weights_version = "cudgx"}},
       .objective = {.target_utilization = Ratio(utilization)},
       .bounds = {Replicas(min), Replicas(40)}});
}

const HpaOptions kNew{.kubernetes = KubernetesVersion{1, 35}};

TEST(HpaManifest, FollowsTheDecisionOfOneProfile) {
  const json hpa = HpaFor(Profile(), {});
  EXPECT_EQ(hpa["apiVersion"], "autoscaling/v2");
  EXPECT_EQ(hpa["metadata"]["name"], "checkout");
  EXPECT_EQ(hpa["metadata"]["namespace"], "shop");
  EXPECT_EQ(hpa["spec"]["scaleTargetRef"],
            json::parse(R"({"apiVersion":"apps/v1","kind":"StatefulSet","name":"cart"})"));
  EXPECT_EQ(hpa["spec"]["minReplicas"], 2);
  EXPECT_EQ(hpa["spec"]["maxReplicas"], 40);
  EXPECT_EQ(hpa["spec"]["metrics"][0], json::parse(R"({"type":"External","external":{
              "metric":{"name":"loadcurve-replicas",
                        "selector":{"matchLabels":{"scalingprofile":"checkout"}}},
              "target":{"type":"AverageValue","averageValue":"1"}}})"));
}

TEST(HpaManifest, DoesNotTakeTheBusyConsumersOfAQueueForTooFew) {
  ScalingProfileFields fields = Profile().fields();
  fields.load.source = {.kind = "prometheus", .prometheus = PrometheusSource{}};
  fields.load.source.prometheus->queue = QueueSource{.backlog = "lag", .arrival_rate = "in"};
  fields.load.weights.reset();
  fields.load.per_replica->weights_version = "";
  const ScalingProfile consumers = ScalingProfile::Make(fields).value();
  EXPECT_EQ(HpaFor(consumers, {})["spec"]["metrics"].size(), 1U);
  EXPECT_THAT(HpaRemarks(consumers, kNew),
              testing::ElementsAre(HasSubstr("without CPU as a safety net")));
}

TEST(HpaManifest, LeavesSpeedToTheDecision) {
  const json behavior = HpaFor(Profile(), {})["spec"]["behavior"];
  for (const char* direction : {"scaleUp", "scaleDown"}) {
    EXPECT_EQ(behavior[direction]["stabilizationWindowSeconds"], 0);
    EXPECT_EQ(behavior[direction]["policies"][0]["value"], 40);
    EXPECT_FALSE(behavior[direction].contains("tolerance"));
  }
}

TEST(HpaManifest, HasNoToleranceWhereTheClusterAllowsIt) {
  EXPECT_EQ(HpaFor(Profile(), kNew)["spec"]["behavior"]["scaleUp"]["tolerance"], "0");
  EXPECT_EQ(HpaFor(Profile(), kNew)["spec"]["behavior"]["scaleDown"]["tolerance"], "0");
  EXPECT_THAT(HpaRemarks(Profile(), kNew), IsEmpty());
  EXPECT_FALSE(
      HpaFor(Profile(), {.kubernetes = KubernetesVersion{1, 34}})["spec"]["behavior"]["scaleUp"]
          .contains("tolerance"));
}

TEST(HpaManifest, SetsTheCpuTargetAboveWhatIsPlannedAndBelowSaturation) {
  // 0.7 * 55 / 50 * 1.15 = 0.8855, and at most 0.95 / 1.1 where 0.1 is built in.
  EXPECT_EQ(CpuSafetyNetFor(Profile(), kNew).average_utilization, 89);
  EXPECT_EQ(CpuSafetyNetFor(Profile(), {}).average_utilization, 86);
  // A certain capacity: 0.6 * 1.15.
  EXPECT_EQ(CpuSafetyNetFor(Profile(0.6, 55), {}).average_utilization, 69);
  // Shares of the request, where the limit is twice as much.
  EXPECT_EQ(CpuSafetyNetFor(Profile(0.6, 55), {.limit_by_request = 2}).average_utilization, 138);
}

TEST(HpaManifest, NeverBindsBelowWhatIsPlanned) {
  for (double utilization = 0.05; utilization <= 1; utilization += 0.05) {
    for (const double low : {1.0, 30.0, 55.0}) {
      for (const HpaOptions& options : {HpaOptions{}, kNew}) {
        const CpuSafetyNet net = CpuSafetyNetFor(Profile(utilization, low), options);
        EXPECT_GE(net.average_utilization, std::floor(utilization * 105)) << utilization;
        const double tolerance = options.kubernetes ? 0 : 0.1;
        if (!net.can_act) continue;
        EXPECT_LE(net.average_utilization * (1 + tolerance), 101);
      }
    }
  }
}

TEST(HpaManifest, SaysWhatItCannotDo) {
  EXPECT_THAT(HpaRemarks(Profile(0.98), kNew), Contains(HasSubstr("no room")));
  EXPECT_THAT(HpaRemarks(Profile(0.7, 50, 0), kNew), Contains(HasSubstr("HPAScaleToZero")));
  EXPECT_EQ(HpaFor(Profile(0.7, 50, 0), kNew)["spec"]["minReplicas"], 1);
  EXPECT_THAT(HpaRemarks(Profile(), {}), Contains(HasSubstr("--kubernetes 1.35")));
  const auto bare = *ScalingProfile::Make(
      {.metadata = {.name = "bare"}, .load = {.weights = RequestWeights::Cudgx()}});
  EXPECT_THAT(HpaRemarks(bare, kNew), Contains(HasSubstr("perReplica")));
  EXPECT_FALSE(HpaFor(bare, kNew)["metadata"].contains("namespace"));
}

TEST(KubernetesVersion, ReadsWhatServersAndPeopleSay) {
  EXPECT_EQ(ParseKubernetesVersion("1.35"), (KubernetesVersion{1, 35}));
  EXPECT_EQ(ParseKubernetesVersion("v1.36.2"), (KubernetesVersion{1, 36}));
  EXPECT_EQ(ParseKubernetesVersion("v1.31.5-gke.100"), (KubernetesVersion{1, 31}));
  EXPECT_EQ(ParseKubernetesVersion("1.30+"), (KubernetesVersion{1, 30}));
  EXPECT_LT((KubernetesVersion{1, 9}), (KubernetesVersion{1, 10}));
  for (const char* wrong : {"", "1", "1.", "v", "new", "1.x", "0.35", "1.35x"})
    EXPECT_FALSE(ParseKubernetesVersion(wrong)) << wrong;
}

}  // namespace
}  // namespace loadcurve::kube
