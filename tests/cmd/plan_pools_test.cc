#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

using testing::HasSubstr;

// Nodes of ten cores: reserved, on demand and of spot.
const char* const kPools = R"(
pricedAt: 2026-11-29T15:00:00Z
objective: {level: 0.9, mostShortfall: 5%}
limits: {spot: 50%}
pools:
  - {name: reserved, region: r, zone: a, type: ten, class: reserved, price: 0.6, most: 4, held: 4,
     allocatable: {cpu: 10, memory: 40Gi}}
  - {name: on-demand, region: r, zone: a, type: ten, class: on-demand, price: 1, held: 10,
     allocatable: {cpu: 10, memory: 40Gi}}
  - {name: spot, region: r, zone: b, type: ten, class: spot, price: 0.3, lossesPerHour: 0.001,
     allocatable: {cpu: 10, memory: 40Gi}}
  - {name: dear-spot, region: r, zone: c, type: ten, class: spot, price: 1.1,
     allocatable: {cpu: 10, memory: 40Gi}}
workloads:
  - {name: web, requests: {cpu: 1, memory: 1Gi}}
  - {name: gpu, requests: {cpu: 1, memory: 1Gi}, nodeSelector: {gpu: "true"}}
)";
const char* const kDemand =
    "time,workload,q0.5,q0.9\n"
    "2026-11-29T16:00:00Z,web,80,100\n"
    "2026-11-29T16:00:00Z,gpu,2,2\n";

class PlanPoolsCommand : public testing::Test {
 protected:
  std::string File(const std::string& name, const std::string& text) {
    std::ofstream(folder_.Path(name)) << text;
    return folder_.Path(name);
  }

  ProgramRun Plan(const std::string& pools, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"plan",
                                          "--pools",
                                          File("pools.yaml", pools),
                                          "--demand",
                                          File("demand.csv", kDemand),
                                          "--now",
                                          "2026-11-29T16:00:00Z"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunLoadcurve(arguments);
  }

  ScratchFolder folder_;
};

// Ten days in steps of ten minutes; the pool is away for one step in every ten hours.
std::string TraceOfTenDays() {
  std::string data;
  for (int i = 0; i < 10 * 144; ++i)
    data += std::string(i == 0 ? "" : ",") + (i % 60 == 30 ? "0" : "1");
  return "{\"metadata\": {\"gap_seconds\": 600}, \"data\": [" + data + "]}";
}

TEST_F(PlanPoolsCommand, PrintsThePlanItsMoneyItsRiskAndWhatHasNoPlace) {
  const auto run = Plan(kPools, {"-o", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const auto json = nlohmann::json::parse(run.out);
  // 100 pods: four nodes are paid for already, and at most half of all cores are of spot.
  EXPECT_EQ(json.at("pools").at(0).at("nodes"), 4);
  EXPECT_EQ(json.at("pools").at(1).at("nodes"), 1);
  EXPECT_EQ(json.at("pools").at(2).at("nodes"), 5);
  EXPECT_EQ(json.at("pools").size(), 3U);
  EXPECT_EQ(json.at("left_out").at(0), "dear-spot for 1.1 USD/h: on-demand on demand costs 1");
  EXPECT_EQ(json.at("pools").at(1).at("change"), -9);
  EXPECT_EQ(json.at("pools").at(0).at("price_age_seconds"), 3600);
  EXPECT_NEAR(json.at("money").at("plan_usd_per_hour").get<double>(), 2.4 + 1 + 1.5, 1e-9);
  EXPECT_NEAR(json.at("money").at("today_usd_per_hour").get<double>(), 2.4 + 10, 1e-9);
  EXPECT_NEAR(json.at("money").at("all_on_demand_usd_per_hour").get<double>(), 2.4 + 6, 1e-9);
  EXPECT_LE(json.at("risk").at("tail_shortfall").get<double>(), 0.05);
  EXPECT_EQ(json.at("packing").at("placed"), 100);
  EXPECT_EQ(json.at("packing").at("unplaced").at(0).at("workload"), "gpu");
  EXPECT_THAT(json.at("packing").at("unplaced").at(0).at("why").get<std::string>(),
              HasSubstr("gpu=true"));
}

TEST_F(PlanPoolsCommand, ExplainsEachPoolAndEachNodeInWords) {
  const auto run = Plan(kPools, {"--explain"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.out, HasSubstr("paid for already: used first"));
  EXPECT_THAT(run.out, HasSubstr("USD a core-hour"));
  EXPECT_THAT(run.out, HasSubstr("today 12.4"));
  EXPECT_THAT(run.out, HasSubstr("x spot: 10 web"));
}

// 24 losses in 235 hours, of which those of ten days ago count 0.78, are 21.3 in 208. Of the stated
// 0.001 a hundred hours count: (0.1 + 21.3) / (100 + 208) = 0.0693.
TEST_F(PlanPoolsCommand, PlansWithTheLossesThatATraceShows) {
  const std::string trace = File("zone-b.json", TraceOfTenDays());
  const auto run = Plan(kPools, {"--trace", "spot=" + trace, "-o", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const auto losses = nlohmann::json::parse(run.out).at("losses").at(0);
  EXPECT_EQ(losses.at("pool"), "spot");
  EXPECT_NEAR(losses.at("seen_losses").get<double>(), 21.28, 0.01);
  EXPECT_NEAR(losses.at("seen_hours").get<double>(), 208.4, 0.1);
  EXPECT_NEAR(losses.at("believed_per_hour").get<double>(), 0.06934, 0.00002);
  EXPECT_THAT(Plan(kPools, {"--trace", "spot=" + trace}).out,
              HasSubstr("0.001 an hour stated: planned with 0.0693"));
}

TEST_F(PlanPoolsCommand, RefusesATraceOfWhatIsNoSpotPool) {
  const std::string trace = File("zone-b.json", TraceOfTenDays());
  const auto other = Plan(kPools, {"--trace", "on-demand=" + trace});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.error, HasSubstr("expected POOL=FILE, with a spot pool of --pools"));
  EXPECT_EQ(Plan(kPools, {"--trace", trace}).exit_code, 2);
  const auto twice = Plan(kPools, {"--trace", "spot=" + trace, "spot=" + trace});
  EXPECT_THAT(twice.error, HasSubstr("names pool 'spot' twice"));
  const auto missing = Plan(kPools, {"--trace", "spot=none.json"});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.error, HasSubstr("none.json"));
}

TEST_F(PlanPoolsCommand, AdvisesHowMuchToHoldBySubscription) {
  // 2 nodes always, 5 in six of ten hours; 0.6 of the price on demand.
  std::string usage = "time,value\n";
  int hour = 0;
  for (const int nodes : {2, 9, 5, 5, 2, 2, 5, 9, 2, 5})
    usage += std::to_string(864'000'000 + 3600 * hour++) + "," + std::to_string(nodes) + "\n";
  const auto run = Plan(kPools, {"--usage", File("usage.csv", usage), "-o", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const auto advice = nlohmann::json::parse(run.out).at("subscriptions").at(0);
  EXPECT_EQ(advice.at("pool"), "reserved");
  EXPECT_NEAR(advice.at("break_even_share_of_hours").get<double>(), 0.6, 1e-9);
  EXPECT_EQ(advice.at("advised_nodes"), 2);
  EXPECT_EQ(advice.at("subscribed_nodes"), 4);
}

TEST_F(PlanPoolsCommand, ReadsThePoolsFileOfTheDocuments) {
  std::ifstream file(std::string(LOADCURVE_SOURCE_DIR) + "/docs/capacity.md", std::ios::binary);
  const std::string document{std::istreambuf_iterator<char>(file), {}};
  const std::size_t begin = document.find("```yaml\n") + 8;
  const auto run = RunLoadcurve(
      {"plan", "--pools",
       File("doc.yaml", document.substr(begin, document.find("```", begin) - begin)), "--demand",
       File("doc.csv", "time,workload,replicas\n2026-11-29T16:00:00Z,web,10\n"), "--now",
       "2026-11-29T16:00:00Z", "--advise", "-o", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  // Never on spot, and only nodes with the label disk=ssd would do, which are of spot.
  EXPECT_EQ(nlohmann::json::parse(run.out).at("packing").at("unplaced").at(0).at("pods"), 10);
}

TEST_F(PlanPoolsCommand, SaysWhatHasNoPlaceBesideOthersOrApartFromThem) {
  // Web keeps apart from gpu, which has the one node of its pool for itself and leaves it none.
  std::string text = kPools;
  text.replace(text.find("workloads:"), std::string::npos,
               "  - {name: gpus, region: r, zone: a, class: on-demand, price: 3, most: 1,\n"
               "     allocatable: {cpu: 10, memory: 40Gi}, labels: {gpu: \"true\"}}\n"
               "workloads:\n"
               "  - name: web\n"
               "    requests: {cpu: 1, memory: 1Gi}\n"
               "    nodeSelector: {gpu: \"true\"}\n"
               "    podAntiAffinity:\n"
               "      - {topologyKey: kubernetes.io/hostname, matchLabels: {app: gpu}}\n"
               "  - name: gpu\n"
               "    requests: {cpu: 4, memory: 1Gi}\n"
               "    labels: {app: gpu}\n"
               "    nodeSelector: {gpu: \"true\"}\n");
  const auto run = Plan(text);
  ASSERT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.out, HasSubstr("100 of web: where there is room stand pods of gpu, which keep "
                                 "apart from it"));
}

TEST_F(PlanPoolsCommand, RefusesBadInputWithExitCodeTwo) {
  std::string text = kPools;
  text.replace(text.find("price: 1,"), 9, "price: 0,");
  const auto zero = Plan(text);
  EXPECT_EQ(zero.exit_code, 2);
  EXPECT_THAT(zero.error, HasSubstr("pools[1].price is '0'; expected more than 0 USD an hour"));
  text = kPools;
  text.replace(text.find("pricedAt: 2026-11-29"), 20, "pricedAt: 2026-11-01");
  const auto stale = Plan(text);
  EXPECT_EQ(stale.exit_code, 2);
  EXPECT_THAT(stale.error, HasSubstr("expected a price of the last 1d"));
  const auto both = RunLoadcurve({"plan", "--pools", "p.yaml", "--replay", "t.json"});
  EXPECT_EQ(both.exit_code, 2);
  const auto drawn = RunLoadcurve({"plan", "--pools", "p.yaml", "--html", "page.html"});
  EXPECT_EQ(drawn.exit_code, 2);
  EXPECT_THAT(drawn.error, HasSubstr("--plot and --html draw what --replay finds"));
  const auto drifting = RunLoadcurve({"plan", "--pools", "p.yaml", "--price-drift", "0.1"});
  EXPECT_EQ(drifting.exit_code, 2);
  EXPECT_THAT(drifting.error, HasSubstr("--price-drift requires --replay"));
  const auto searched = RunLoadcurve({"plan", "--replay", "t.json", "--search", "1s"});
  EXPECT_EQ(searched.exit_code, 2);
  EXPECT_THAT(searched.error, HasSubstr("--search requires --pools"));
  EXPECT_EQ(RunLoadcurve({"plan"}).exit_code, 2);
}

TEST_F(PlanPoolsCommand, ForetellsReplicasFromAProfile) {
  // A flat load of 1,000 at 50 a replica: 20 pods, two nodes of those that are paid for.
  std::string load = "time,value\n";
  for (int i = 0; i < 300; ++i) load += std::to_string(1'795'968'000 - 60 * (300 - i)) + ",1000\n";
  const std::string profile =
      "apiVersion: loadcurve.dev/v1alpha1\nkind: ScalingProfile\nmetadata: {name: web}\nspec:\n"
      "  load:\n    weights: {kind: occupancy, referenceSeconds: 0.1}\n    perReplica: "
      "{metricsqps: "
      "50, weightsVersion: occupancy-100ms}\n  bounds: {minReplicas: 1, maxReplicas: 40}\n  "
      "objective: {targetUtilization: 1}\n";
  const auto run = RunLoadcurve({"plan", "--pools", File("pools.yaml", kPools), "--profile",
                                 File("profile.yaml", profile), "--series", File("load.csv", load),
                                 "--now", "1795968000", "-o", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const auto json = nlohmann::json::parse(run.out);
  EXPECT_EQ(json.at("pools").at(0).at("nodes"), 2);
  EXPECT_EQ(json.at("packing").at("placed"), 20);
}

}  // namespace
}  // namespace loadcurve
