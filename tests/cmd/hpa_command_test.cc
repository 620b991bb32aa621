#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cmd/checkout_profile.h"
#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kProfile = CheckoutProfile(2);

class HpaCommand : public testing::Test {
 protected:
  ProgramRun Hpa(std::vector<std::string> more, std::string_view text = kProfile) const {
    more.insert(more.begin(), {"hpa", folder_.Write("p.yaml", text)});
    return RunLoadcurve(more);
  }
  ScratchFolder folder_;
};

TEST_F(HpaCommand, WritesTheManifest) {
  const ProgramRun run = Hpa({"--kubernetes", "1.36"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.error, "");
  EXPECT_EQ(run.out, R"(apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: checkout
  namespace: shop
  labels:
    app.kubernetes.io/managed-by: loadcurve
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: checkout
  minReplicas: 2
  maxReplicas: 40
  metrics:
    - type: External
      external:
        metric:
          name: loadcurve-replicas
          selector:
            matchLabels:
              scalingprofile: checkout
        target:
          type: AverageValue
          averageValue: "1"
    - type: Resource
      resource:
        name: "cpu"
        target:
          type: Utilization
          averageUtilization: 89
  behavior:
    scaleUp:
      stabilizationWindowSeconds: 0
      selectPolicy: "Max"
      policies:
        - type: Pods
          value: 40
          periodSeconds: 15
      tolerance: "0"
    scaleDown:
      stabilizationWindowSeconds: 0
      selectPolicy: "Max"
      policies:
        - type: Pods
          value: 40
          periodSeconds: 15
      tolerance: "0"
)");
}

TEST_F(HpaCommand, WritesJsonOfOneOrAListOfSeveral) {
  auto json = nlohmann::json::parse(Hpa({"-o", "json"}).out);
  EXPECT_EQ(json["kind"], "HorizontalPodAutoscaler");
  std::string two(kProfile);
  two += "---\n" + std::string(kProfile);
  two.replace(two.rfind("name: checkout"), 14, "name: cart");
  json = nlohmann::json::parse(Hpa({"-o", "json"}, two).out);
  EXPECT_EQ(json["kind"], "List");
  EXPECT_EQ(json["items"][1]["metadata"]["name"], "cart");
  EXPECT_THAT(Hpa({}, two).out, HasSubstr("\n---\napiVersion: autoscaling/v2\n"));
}

TEST_F(HpaCommand, CountsCpuInSharesOfTheRequest) {
  const auto json = nlohmann::json::parse(
      Hpa({"-o", "json", "--kubernetes", "1.36", "--cpu-request", "250m", "--cpu-limit", "0.5"})
          .out);
  EXPECT_EQ(json["spec"]["metrics"][1]["resource"]["target"]["averageUtilization"], 179);
}

TEST_F(HpaCommand, SaysWhatItDoesNotTake) {
  EXPECT_THAT(Hpa({"--kubernetes", "new"}).error,
              HasSubstr("--kubernetes: 'new' is no version of Kubernetes"));
  EXPECT_EQ(Hpa({"--kubernetes", "new"}).exit_code, 2);
  EXPECT_THAT(Hpa({"--cpu-limit", "1"}).error, HasSubstr("go together"));
  EXPECT_THAT(Hpa({"--cpu-limit", "1", "--cpu-request", "2"}).error,
              HasSubstr("expected at least --cpu-request"));
  EXPECT_THAT(Hpa({"--cpu-limit", "1x", "--cpu-request", "2"}).error,
              HasSubstr("'1x' is no amount of CPU"));
  EXPECT_EQ(Hpa({}, "kind: x").exit_code, 2);
}

TEST(ValidateCommand, TellsEveryProblemOfEveryFile) {
  const ScratchFolder folder;
  const std::string good = folder.Write("good.yaml", kProfile);
  ProgramRun run = RunLoadcurve({"validate", good});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.out, "1 file is valid\n");

  std::string text(kProfile);
  text.replace(text.find("minReplicas: 2"), 14, "minReplicas: x");
  text.replace(text.find("namespace: shop"), 15, "namespace: [a]");
  const std::string bad = folder.Write("bad.yaml", text);
  run = RunLoadcurve({"validate", bad, good, folder.Path("none.yaml")});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(
      run.error,
      AllOf(StartsWith(bad + ":3: metadata.namespace is a list; expected a text\n" + bad +
                       ":8: spec.bounds.minReplicas is 'x'; expected a whole number >= 0\n"),
            HasSubstr("none.yaml"), HasSubstr("loadcurve: 3 problems in 2 of 3 files\n")));
}

TEST(ValidateCommand, ReadsStdin) {
  const ProgramRun run = RunLoadcurve({"validate", "-"}, "a: [1");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, StartsWith("-:1: this is not YAML"));
}

}  // namespace
}  // namespace loadcurve
