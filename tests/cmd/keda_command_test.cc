#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

using testing::HasSubstr;

constexpr std::string_view kProfile = R"(apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata: {name: checkout, namespace: shop}
spec:
  load:
    weights: {kind: occupancy, referenceSeconds: 0.1}
    perReplica: {metricsqps: 50, low: 45, weightsVersion: occupancy-100ms}
  bounds: {minReplicas: 0, maxReplicas: 40}
)";

class KedaCommand : public testing::Test {
 protected:
  ProgramRun Keda(std::vector<std::string> more) const {
    more.insert(more.begin(), {"keda", folder_.Write("p.yaml", kProfile)});
    return RunLoadcurve(more);
  }
  ScratchFolder folder_;
};

TEST_F(KedaCommand, WritesAScaledObjectWithCpuAsItsSafetyNet) {
  const ProgramRun run = Keda({"--kubernetes", "1.36"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.error, "");  // zero is KEDA's own doing: nothing to remark
  EXPECT_THAT(run.out, HasSubstr("kind: ScaledObject\nmetadata:\n  name: checkout\n"));
  EXPECT_THAT(run.out, HasSubstr("  minReplicaCount: 0\n  maxReplicaCount: 40\n"));
  EXPECT_THAT(run.out, HasSubstr(R"(  triggers:
    - type: external
      metricType: AverageValue
      metadata:
        scalerAddress: "loadcurve.loadcurve.svc:9443"
        scalingprofile: checkout
      authenticationRef:
        kind: ClusterTriggerAuthentication
        name: loadcurve
    - type: "cpu"
      metricType: Utilization
      metadata:
        value: "89"
)"));
}

TEST_F(KedaCommand, TakesAnotherAddressAndAuthentication) {
  const ProgramRun run = Keda({"--address", "127.0.0.1:1", "--authentication", "mine"});
  EXPECT_THAT(run.out, HasSubstr("scalerAddress: \"127.0.0.1:1\"\n"));
  EXPECT_THAT(run.out, HasSubstr("name: mine\n"));
}

TEST_F(KedaCommand, SaysWhatServeDoesNotTake) {
  const ProgramRun run =
      RunLoadcurve({"serve", "--profiles", folder_.Write("p.yaml", kProfile), "--keda", "9443"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("--keda is '9443'; expected ADDRESS:PORT"));
}

}  // namespace
}  // namespace loadcurve
