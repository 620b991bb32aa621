#include "adapters/profile_codec/capacity_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/profile_codec/profile_codec.h"

namespace loadcurve::profile_codec {
namespace {

using capacity::ActingMode;
using capacity::AheadMethod;
using capacity::CapacityClass;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kHead = R"(apiVersion: loadcurve.dev/v1alpha1
kind: CapacityProfile
metadata:
  name: web
)";

std::string Document(const std::string& spec) {
  return std::string(kHead) + spec;
}

std::string FaultOf(const std::string& spec) {
  const auto profiles = ParseCapacityProfiles(Document(spec), "c.yaml");
  if (profiles) return "";
  EXPECT_EQ(profiles.error().code, ErrorCode::kInvalidArgument);
  return profiles.error().message;
}

// The pool of a document, with another value at `from`.
std::string Pool(const std::string& from = "", const std::string& to = "") {
  std::string text =
      "spec:\n"
      "  pools:\n"
      "    - name: a\n"
      "      allocatable: {cpu: 4, memory: 8Gi}\n"
      "      price: 0.2\n"
      "      boot: 90s\n";
  if (!from.empty()) text.replace(text.find(from), from.size(), to);
  return text;
}

TEST(CapacityCodec, TakesDefaultsForAllThatIsAbsent) {
  const auto profiles = ParseCapacityProfiles(Document("spec: {}\n"), "c.yaml");
  ASSERT_TRUE(profiles) << profiles.error().message;
  const auto& fields = profiles->front().fields();
  EXPECT_EQ(fields.mode, ActingMode::kRecommend);
  EXPECT_EQ(fields.nodes_ahead.method, AheadMethod::kAuto);
  EXPECT_EQ(fields.nodes_ahead.keep, std::chrono::minutes(10));
  EXPECT_EQ(fields.giving_back.after, std::chrono::minutes(10));
  EXPECT_EQ(fields.giving_back.watch, std::chrono::minutes(10));
  EXPECT_EQ(profiles->front().TimeToNode(), std::chrono::minutes(3)) << "two to boot, one to order";
  EXPECT_TRUE(fields.selector.Selects({.name = "x", .namespace_name = "y"}));
}

TEST(CapacityCodec, ReadsTheExample) {
  const auto profiles =
      ReadCapacityProfiles(LOADCURVE_SOURCE_DIR "/deploy/examples/capacity-profile.yaml");
  ASSERT_TRUE(profiles) << profiles.error().message;
  const auto& fields = profiles->front().fields();
  EXPECT_EQ(fields.pools.size(), 2U);
  EXPECT_EQ(fields.pools[1].capacity_class, CapacityClass::kSpot);
  EXPECT_EQ(fields.pools[1].price, UsdPerHour(0.171));
  EXPECT_EQ(fields.pools[1].labels.at("karpenter.sh/capacity-type"), "spot");
  EXPECT_EQ(fields.pools[0].allocatable.memory, Bytes(std::int64_t{29} << 30));
  EXPECT_DOUBLE_EQ(fields.pools[0].allocatable.cpu.value(), 7.91);
  EXPECT_EQ(fields.pools[0].family, "m5");
  EXPECT_EQ(fields.limits.cost, UsdPerHour(12));
  const ProfileName shop{.name = "x", .namespace_name = "shop", .labels = {{"tier", "web"}}};
  EXPECT_TRUE(fields.selector.Selects(shop));
  EXPECT_FALSE(fields.selector.Selects({.name = "x", .namespace_name = "shop"}));
  EXPECT_FALSE(fields.selector.Selects({.name = "x", .labels = {{"tier", "web"}}}));
}

TEST(CapacityCodec, ReadsWhoSellsNodesAndWhatAPlanMustKeepTo) {
  const auto profiles =
      ReadCapacityProfiles(LOADCURVE_SOURCE_DIR "/deploy/examples/node-pools.yaml");
  ASSERT_TRUE(profiles) << profiles.error().message;
  const auto& fields = profiles->front().fields();
  EXPECT_EQ(fields.provider->aws->subnets.size(), 2U);
  EXPECT_EQ(fields.provider->aws->version, "$Default");
  EXPECT_FALSE(fields.provider->simulated);
  EXPECT_EQ(fields.plan.spend_cap, UsdPerHour(20));
  EXPECT_EQ(fields.plan.most_spot, Ratio(0.8));
  EXPECT_EQ(fields.giving_back.after, std::chrono::minutes(10));
  EXPECT_EQ(fields.giving_back.watch, std::chrono::minutes(20));
  // 110 s to boot, and 30 s to order, since nobody else is asked.
  EXPECT_EQ(profiles->front().TimeToNode(), std::chrono::seconds(140));
}

TEST(CapacityCodec, WantsOneProviderAndAllThatItNeeds) {
  const std::string cloud = "  provider: {simulated: {url: 'https://c'}}\n";
  EXPECT_EQ(FaultOf(Pool() + cloud), "");
  EXPECT_THAT(FaultOf("spec:\n" + cloud), HasSubstr("spec.provider is there without spec.pools"));
  EXPECT_THAT(FaultOf(Pool() + "  provider: {}\n"),
              HasSubstr("spec.provider is empty; expected one of simulated, aws, clusterApi and "
                        "bridgx"));
  EXPECT_EQ(FaultOf(Pool() + "  provider: {clusterApi: {}}\n"), "");
  EXPECT_THAT(FaultOf(Pool() + "  provider: {clusterApi: {namespace: Machines}}\n"),
              HasSubstr("spec.provider.clusterApi.namespace is 'Machines'; expected a DNS label"));
  EXPECT_THAT(FaultOf(Pool() + "  provider: {clusterApi: {}, simulated: {url: 'https://c'}}\n"),
              HasSubstr("spec.provider is of two clouds"));
  EXPECT_THAT(FaultOf(Pool() + "  provider: {simulated: {url: 'http://c'}}\n"),
              HasSubstr("spec.provider.simulated.url is 'http://c'; expected a URL"));
  EXPECT_THAT(FaultOf(Pool() + "  provider: {aws: {region: r, cluster: c, launchTemplate: lt-1, "
                               "subnets: {b: s}}}\n"),
              HasSubstr("spec.provider.aws.subnets is without zone '' of pool 'a'"));
  EXPECT_EQ(FaultOf("spec:\n  givingBack: {after: 0s, watch: 24h}\n"), "");
  EXPECT_THAT(FaultOf("spec:\n  givingBack: {watch: 25h}\n"),
              HasSubstr("c.yaml:6: spec.givingBack.watch is 25h; expected 0s to 1d"));
  EXPECT_THAT(FaultOf("spec:\n  plan: {level: 1}\n"),
              HasSubstr("spec.plan.level is '1'; expected a probability within (0, 1)"));
}

TEST(CapacityCodec, WantsAClusterOfBridgxForEachPool) {
  const auto with = [](const std::string& clusters, const std::string& pools = Pool()) {
    return FaultOf(pools + "  provider: {bridgx: {clusters: " + clusters + "}}\n");
  };
  const std::string two =
      Pool() + "    - {name: b, allocatable: {cpu: 4, memory: 8Gi}, price: 0.2, boot: 90s}\n";
  EXPECT_EQ(with("{a: web}"), "");
  EXPECT_THAT(FaultOf(Pool() + "  provider: {bridgx: {}}\n"),
              HasSubstr("spec.provider.bridgx.clusters is absent"));
  EXPECT_THAT(with("{b: web}"),
              HasSubstr("spec.provider.bridgx.clusters is without pool 'a'; expected a cluster of "
                        "BridgX for every pool"));
  EXPECT_THAT(with("{a: web, b: web-2}"),
              HasSubstr("spec.provider.bridgx.clusters is of a pool 'b' too"));
  EXPECT_EQ(with("{a: web, b: web-2}", two), "");
  EXPECT_THAT(with("{a: web, b: web}", two),
              HasSubstr("spec.provider.bridgx.clusters is 'web' for two pools"));
  EXPECT_THAT(with("{a: web}", Pool("name: a", "name: a\n      class: spot")),
              HasSubstr("spec.pools is spot in pool 'a'; expected on-demand in every pool beside "
                        "provider.bridgx"));
}

TEST(CapacityCodec, ReadsTaintsAndRefusesWhatIsNone) {
  const auto with = [](const std::string& taint) {
    return "spec:\n  pools:\n    - {name: a, allocatable: {cpu: 4, memory: 8Gi}, price: 0.2, "
           "taints: [\"" +
           taint + "\"]}\n";
  };
  const auto profiles = ParseCapacityProfiles(Document(with("spot=true:NoSchedule")), "c.yaml");
  ASSERT_TRUE(profiles) << profiles.error().message;
  EXPECT_EQ(profiles->front().fields().pools[0].taints[0], "spot=true:NoSchedule");
  EXPECT_EQ(FaultOf(with("spot:NoExecute")), "");
  for (const char* taint : {"spot=true", "spot=true:Never", ":NoSchedule"})
    EXPECT_THAT(FaultOf(with(taint)),
                HasSubstr("spec.pools[0].taints[0] is '" + std::string(taint) +
                          "'; expected KEY=VALUE:EFFECT"));
}

TEST(CapacityCodec, WaitsForTheSlowestPoolWhereNoBootIsStated) {
  const auto profiles = ParseCapacityProfiles(
      Document(Pool() +
               "    - {name: b, allocatable: {cpu: 4, memory: 8Gi}, price: 0.2, boot: 4m}\n"),
      "c.yaml");
  ASSERT_TRUE(profiles) << profiles.error().message;
  EXPECT_EQ(profiles->front().TimeToNode(), std::chrono::minutes(5));
}

TEST(CapacityCodec, NamesFileLineFieldValueAndWhatWasExpected) {
  EXPECT_EQ(FaultOf("spec:\n  mode: act\n"),
            "c.yaml:6: spec.mode is 'act'; expected Observe, Recommend or Act");
  EXPECT_EQ(FaultOf("spec:\n  nodesAhead: {by: Magic}\n"),
            "c.yaml:6: spec.nodesAhead.by is 'Magic'; expected Auto, CapacityBuffer or "
            "PlaceholderPods");
  EXPECT_EQ(FaultOf("spec:\n  nodesAhead:\n    boot: 2h\n"),
            "c.yaml:7: spec.nodesAhead.boot is 2h; expected 1s to 1h");
  EXPECT_THAT(FaultOf("spec:\n  nodesAhead:\n    by: PlaceholderPods\n"),
              StartsWith("c.yaml:6: spec.nodesAhead.placeholderImage is absent; expected"));
  EXPECT_THAT(FaultOf("spec:\n  extra: 1\n"),
              HasSubstr("spec.extra is not a known field; expected one of: givingBack, limits, "
                        "mode, nodesAhead, plan, pools, provider, selector"));
  EXPECT_THAT(FaultOf("spec:\n  limits:\n    costPerHour: 3\n"),
              StartsWith("c.yaml:7: spec.limits.costPerHour is there without spec.pools"));
}

TEST(CapacityCodec, RefusesPoolsThatCannotBe) {
  EXPECT_EQ(FaultOf(Pool()), "");
  EXPECT_EQ(FaultOf(Pool("0.2", "0")), "c.yaml:9: spec.pools[0].price is 0; expected a number > 0");
  EXPECT_THAT(FaultOf(Pool("0.2", "-1")), HasSubstr("price is -1"));
  EXPECT_THAT(FaultOf(Pool("0.2", "nan")), HasSubstr("price is 'nan'; expected a number"));
  EXPECT_THAT(FaultOf(Pool("90s", "90")), HasSubstr("boot is '90'; expected a duration"));
  EXPECT_THAT(FaultOf(Pool() + "      class: cheap\n"),
              HasSubstr("class is 'cheap'; expected reserved, on-demand or spot"));
  EXPECT_EQ(FaultOf(Pool("boot: 90s", "class: reserved")),
            "c.yaml:7: spec.pools[0].most is absent; expected how many nodes the subscription is "
            "for");
  EXPECT_EQ(FaultOf(Pool("boot: 90s", "class: reserved\n      most: 4")), "");
  EXPECT_THAT(FaultOf(Pool("cpu: 4, ", "")), HasSubstr("spec.pools[0].allocatable.cpu is absent"));
  EXPECT_EQ(FaultOf(Pool("cpu: 4", "cpu: four")),
            "c.yaml:8: spec.pools[0].allocatable.cpu is 'four'; expected cores, as 8, 0.5 or 250m");
  EXPECT_THAT(FaultOf(Pool("8Gi", "8GB")), HasSubstr("expected an amount, as 512Mi or 16Gi"));
  EXPECT_THAT(FaultOf(Pool("cpu: 4", "cpu: 0")), HasSubstr("allocatable.cpu is 0; expected"));
  const std::string twice = Pool() + Pool().substr(Pool().find("    - name"));
  EXPECT_THAT(FaultOf(twice),
              HasSubstr("spec.pools[1].name is 'a'; expected a name that no other pool has"));
}

TEST(FindProblems, JudgesBothKindsOfOneFile) {
  const std::string text = Document("spec: {}\n---\n") + Document("spec:\n  mode: act\n---\n") +
                           "apiVersion: loadcurve.dev/v1alpha1\nkind: ScalingProfile\n"
                           "metadata: {name: x}\nspec: {load: {weights: {kind: guess}}}\n";
  EXPECT_THAT(FindProblems(text, "f"),
              ElementsAre(HasSubstr("f:12: spec.mode is 'act'"), HasSubstr("guess")));
  EXPECT_THAT(ParseProfiles(Document("spec: {}\n"), "f").error().message,
              HasSubstr("kind is 'CapacityProfile'; expected ScalingProfile"));
}

}  // namespace
}  // namespace loadcurve::profile_codec
