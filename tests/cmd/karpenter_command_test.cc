#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/absent_cluster.h"
#include "tests/support/capacity_profile_text.h"
#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

using testing::HasSubstr;

ProgramRun Karpenter(const std::string& flags) {
  return RunShell("\"$LOADCURVE\" karpenter --pools - " + flags, CapacityProfileText(R"(  pools:
    - {name: spot-b, zone: eu-1b, type: m6i.large, class: spot, price: 0.04, most: 30,
       lossesPerHour: 0.02, speed: 1.12, allocatable: {cpu: 2, memory: 8Gi},
       labels: {karpenter.sh/nodepool: general}}
)"));
}

TEST(KarpenterCommand, PrintsWhatItWouldWrite) {
  const ProgramRun run = Karpenter("");
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_EQ(run.out, R"(apiVersion: karpenter.sh/v1alpha1
kind: NodeOverlay
metadata:
  labels:
    app.kubernetes.io/managed-by: loadcurve
    loadcurve.dev/pool: spot-b
  name: loadcurve-spot-b
spec:
  priceAdjustment: "-8.93%"
  requirements:
    - "key": node.kubernetes.io/instance-type
      operator: "In"
      values:
        - m6i.large
    - "key": topology.kubernetes.io/zone
      operator: "In"
      values:
        - eu-1b
    - "key": karpenter.sh/capacity-type
      operator: "In"
      values:
        - spot
    - "key": karpenter.sh/nodepool
      operator: "In"
      values:
        - general
---
apiVersion: karpenter.sh/v1
kind: NodePool
metadata:
  name: general
spec:
  limits:
    nodes: "30"
  weight: 100
)");
  // 0.04 * 1.02 / 1.12
  EXPECT_THAT(Karpenter("--price absolute").out, HasSubstr("  price: \"0.036429\"\n"));
}

TEST(KarpenterCommand, HoldsSubscriptionsInAStaticNodePool) {
  const auto print = [](const std::string& most) {
    return RunShell("\"$LOADCURVE\" karpenter --pools -",
                    CapacityProfileText("  pools:\n"
                                        "    - {name: base, type: m6i.large, class: reserved, " +
                                        most +
                                        "price: 0.04,\n"
                                        "       allocatable: {cpu: 2, memory: 8Gi},\n"
                                        "       labels: {karpenter.sh/nodepool: base}}\n"));
  };
  const ProgramRun run = print("most: 4, ");
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_EQ(run.out, R"(apiVersion: karpenter.sh/v1
kind: NodePool
metadata:
  name: base
spec:
  replicas: 4
)");
  const ProgramRun boundless = print("");
  EXPECT_EQ(boundless.exit_code, 2);
  EXPECT_THAT(boundless.error, HasSubstr("spec.pools[0].most is absent; expected how many nodes "
                                         "the subscription is for"));
}

// 0.02 stated counts as one loss in 50 hours; none in another 50, of which the first ones count a
// little less by now, makes 0.01 of it: (1 + 0.0101) / 1.12.
TEST(KarpenterCommand, PricesARiskThatWasSeenToBeSmallerBySoMuch) {
  const ScratchFolder folder;
  nlohmann::json trace = {{"metadata", {{"gap_seconds", 900}}}};
  trace["data"] = std::vector<int>(201, 1);
  const std::string path = folder.Write("calm.json", trace.dump());
  EXPECT_THAT(Karpenter("--trace spot-b=" + path).out, HasSubstr("priceAdjustment: \"-9.81%\""));
  const ProgramRun other = Karpenter("--trace spot-c=" + path);
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.error, HasSubstr("expected POOL=FILE, with a spot pool of --pools"));
}

// 1.02 / 1.12, as without --learnt.
TEST(KarpenterCommand, GoesByTheStatedRiskWhileTheClusterIsAwayAndSaysSo) {
  const ScratchFolder folder;
  const std::string config = folder.Write("config", kAbsentCluster);
  const ProgramRun run = Karpenter("--learnt fleet --kubeconfig " + config);
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.out, HasSubstr("priceAdjustment: \"-8.93%\""));
  EXPECT_THAT(run.error, HasSubstr("loadcurve: losses are taken as stated: "));
  const ProgramRun absent = Karpenter("--learnt fleet --kubeconfig /nowhere/config");
  EXPECT_EQ(absent.exit_code, 2);
  EXPECT_THAT(absent.error, HasSubstr("--learnt: /nowhere/config"));
}

TEST(KarpenterCommand, RefusesWhatItDoesNotKnow) {
  const ProgramRun free = Karpenter("--price free");
  EXPECT_EQ(free.exit_code, 2);
  EXPECT_THAT(free.error, HasSubstr("--price is 'free'; expected adjusted or absolute"));
  EXPECT_EQ(Karpenter("--kubeconfig x").exit_code, 2) << "nothing is written without --apply";
  const ProgramRun run = Karpenter("--apply --kubeconfig /nowhere/config");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("/nowhere/config"));
}

}  // namespace
}  // namespace loadcurve
