#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Three days of quarters of an hour, 100 to 300, a minute past midnight missing.
std::string ThreeDays() {
  std::string text = "time,value\n";
  for (int i = 0; i < 3 * 96; ++i) {
    const double load = 200 - 100 * std::cos(2 * std::numbers::pi * i / 96);
    text +=
        std::to_string(864'000'000 + i * 900) + "," + (i == 100 ? "" : std::to_string(load)) + "\n";
  }
  return text;
}

ProgramRun Simulate(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"simulate", "--series", "-", "--step", "15m"});
  return RunLoadcurve(arguments, ThreeDays());
}

TEST(SimulateCommand, PrintsEveryPointTheOracleAndTheParetoCurvesAsJson) {
  const auto run = Simulate({"--per-replica", "10", "--policies", "loadcurve,hpa-qps", "--actuate",
                             "direct", "-o", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const auto json = nlohmann::json::parse(run.out);
  EXPECT_EQ(json.at("series").at("steps"), 288);
  EXPECT_EQ(json.at("series").at("warm_up_seconds"), 86400);
  EXPECT_EQ(json.at("series").at("actuation"), "direct");
  EXPECT_GE(json.at("policies").size(), 30U);
  const auto& first = json.at("policies").at(0);
  EXPECT_EQ(first.at("policy"), "loadcurve");
  for (const char* field : {"knob", "violation_minutes_ratio", "violation_requests_ratio",
                            "replica_hours", "cost", "changes_per_day", "theta_u", "theta_o",
                            "tau_u", "tau_o", "instability", "elastic_speedup", "latency_ms"})
    EXPECT_TRUE(first.contains(field)) << field;
  EXPECT_EQ(json.at("oracle").at("violation_minutes_ratio"), 0);
  const auto& pareto = json.at("pareto").at("hpa-qps");
  for (std::size_t i = 1; i < pareto.size(); ++i) {
    EXPECT_GT(pareto[i][0].get<double>(), pareto[i - 1][0].get<double>());
    EXPECT_LT(pareto[i][1].get<double>(), pareto[i - 1][1].get<double>());
  }
}

TEST(SimulateCommand, WritesPathsFromWhichEveryFigureCanBeRecomputed) {
  const ScratchFolder folder;
  const std::string paths = folder.Path("paths.csv");
  const auto run = Simulate({"--mean-replicas", "20", "--policies", "hpa-qps", "--paths", paths,
                             "--warm-up", "0s", "-o", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const auto point = nlohmann::json::parse(run.out).at("policies").at(0);
  std::ifstream file(paths);
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, "policy,knob,time,demand,ready");
  double hours = 0;
  int rows = 0;
  int missing = 0;
  const std::string head = "hpa-qps," + point.at("knob").get<std::string>() + ",";
  while (std::getline(file, line)) {
    if (!line.starts_with(head)) continue;
    ++rows;
    missing += line.find(",nan,") != std::string::npos ? 1 : 0;
    hours += std::stod(line.substr(line.rfind(',') + 1)) / 4;
  }
  EXPECT_EQ(rows, 288);
  EXPECT_EQ(missing, 1);
  EXPECT_NEAR(hours, point.at("replica_hours").get<double>(), 1e-6);
}

TEST(SimulateCommand, DrawsAPictureAndAPage) {
  const ScratchFolder folder;
  const auto run = Simulate({"--mean-replicas", "20", "--policies", "loadcurve,hpa-qps", "--plot",
                             folder.Path("p.svg"), "--html", folder.Path("p.html")});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.out, HasSubstr("oracle"));
  const auto text = [](const std::string& path) {
    std::stringstream stream;
    stream << std::ifstream(path).rdbuf();
    return stream.str();
  };
  EXPECT_THAT(text(folder.Path("p.svg")), StartsWith("<svg"));
  EXPECT_THAT(text(folder.Path("p.html")), HasSubstr("share of minutes short of capacity"));
}

// One replica carries 20 and is planned at half of it.
constexpr std::string_view kProfile = R"(apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata: {name: web}
spec:
  load:
    weights: {kind: occupancy, referenceSeconds: 0.1}
    perReplica: {metricsqps: 20, weightsVersion: occupancy-100ms}
  startup: {p95: 90s}
  objective: {targetUtilization: 0.5, replicaHour: 0.04, shortageMinute: 2.5}
  bounds: {minReplicas: 3, maxReplicas: 25}
)";

TEST(SimulateCommand, KeepsABudgetOfViolationsWithoutASweep) {
  const auto run = Simulate({"--per-replica", "10", "--policies", "loadcurve,hpa-qps",
                             "--violations", "2%", "-o", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  int ours = 0;
  const auto json = nlohmann::json::parse(run.out);
  for (const auto& point : json.at("policies")) {
    if (point.at("policy") != "loadcurve") continue;
    ++ours;
    EXPECT_EQ(point.at("knob"), "violations=2%");
  }
  EXPECT_EQ(ours, 1);
}

TEST(SimulateCommand, TakesCapacityStartUpLimitsAndPricesOfAProfile) {
  const ScratchFolder folder;
  const std::string paths = folder.Path("paths.csv");
  const auto run = Simulate({"--profile", folder.Write("p.yaml", kProfile), "--policies",
                             "loadcurve,hpa-qps", "--paths", paths, "-o", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const auto json = nlohmann::json::parse(run.out);
  EXPECT_EQ(json.at("series").at("per_replica"), 10);
  EXPECT_EQ(json.at("series").at("startup_seconds"), 90);
  EXPECT_EQ(json.at("series").at("price_per_replica_hour"), 0.04);
  EXPECT_EQ(json.at("policies").at(0).at("knob"), "profile");
  std::ifstream file(paths);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    if (line.starts_with("oracle")) continue;  // which knows no limits
    const int ready = std::stoi(line.substr(line.rfind(',') + 1));
    ASSERT_GE(ready, 3) << line;
    ASSERT_LE(ready, 25) << line;
  }
  const auto table =
      Simulate({"--profile", folder.Path("p.yaml"), "--policies", "loadcurve,hpa-qps"});
  EXPECT_THAT(table.out, HasSubstr("an HPA on requests"));
}

TEST(SimulateCommand, SaysWhereALoadMayComeFrom) {
  const ScratchFolder folder;
  const std::string profile = folder.Write("p.yaml", kProfile);
  const auto simulate = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "simulate");
    const auto run = RunLoadcurve(arguments, "");
    EXPECT_EQ(run.exit_code == 0, false);
    return run.error;
  };
  EXPECT_THAT(simulate({"--per-replica", "10"}),
              HasSubstr("one of --series FILE (columns time,value), --history STORE and "
                        "--prometheus URL is needed"));
  EXPECT_THAT(simulate({"--history", folder.Path("none.db")}), HasSubstr("need --profile FILE"));
  EXPECT_THAT(simulate({"--history", folder.Path("none.db"), "--profile", profile}),
              HasSubstr("none.db"));
  EXPECT_THAT(simulate({"--prometheus", "http://127.0.0.1:1", "--profile", profile}),
              HasSubstr("says nothing of a Prometheus"));
  const auto wrong = Simulate({"--per-replica", "10", "--violations", "0.1"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.error, HasSubstr("--violations is '0.1'; expected a share of the minutes"));
}

nlohmann::json Simulated(std::vector<std::string> world) {
  world.insert(world.begin(), {"--mean-replicas", "20", "--policies", "hpa-qps", "-o", "json"});
  const auto run = Simulate(world);
  EXPECT_EQ(run.exit_code, 0) << run.error;
  return nlohmann::json::parse(run.out);
}

TEST(SimulateCommand, DrawsStartUpTimesAroundTheStatedPercentile) {
  const auto spread = Simulated({"--startup", "20m", "--startup-spread", "2"});
  EXPECT_EQ(spread.at("series").at("startup_seconds"), 1200);
  EXPECT_NEAR(spread.at("series").at("longest_startup_seconds").get<double>(), 2400, 1);
  const auto alike = Simulated({"--startup", "20m", "--startup-spread", "1"});
  EXPECT_EQ(alike.at("policies"), Simulated({"--startup", "20m"}).at("policies"));
  EXPECT_NE(spread.at("policies"), alike.at("policies"));
}

TEST(SimulateCommand, TakesStartUpTimesAsTheyWereMeasured) {
  const ScratchFolder folder;
  const std::string times = folder.Write("times.txt", "40s\n\n1.5m\n50s\n");
  const auto json = Simulated({"--startup-times", times});
  EXPECT_EQ(json.at("series").at("startup_seconds"), 90);
  EXPECT_EQ(
      Simulated({"--startup-times", times, "--startup", "60s"}).at("series").at("startup_seconds"),
      60);
  const auto wrong = Simulate(
      {"--mean-replicas", "20", "--startup-times", folder.Write("wrong.txt", "40s\n60\n")});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.error, HasSubstr("wrong.txt:2: '60' is not a duration; expected one a line"));
}

TEST(SimulateCommand, LetsReplicasWaitForNodes) {
  const auto json = Simulated(
      {"--pods-per-node", "4", "--nodes", "2", "--max-nodes", "6", "--node-startup", "5m"});
  EXPECT_EQ(json.at("series").at("nodes").at("most"), 6);
  // The mean load needs 20, the highest 30, and there is room for 24.
  EXPECT_GT(json.at("oracle").at("violation_minutes_ratio").get<double>(), 0.2);
  for (const auto& point : json.at("policies"))
    EXPECT_GT(point.at("waiting_replica_hours").get<double>(), 0);
  const auto wrong = Simulate({"--mean-replicas", "20", "--pods-per-node", "0"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.error, HasSubstr("a node has room for 0 replicas; expected at least 1"));
  EXPECT_EQ(Simulate({"--mean-replicas", "20", "--nodes", "3"}).exit_code, 2);
}

TEST(SimulateCommand, FollowsRequestsWithinSteps) {
  const auto even = Simulated({"--burstiness", "0"});
  const auto bursts = Simulated({"--burstiness", "0.5"});
  EXPECT_EQ(bursts.at("series").at("burstiness"), 0.5);
  EXPECT_EQ(bursts, Simulated({"--burstiness", "0.5"}));
  for (std::size_t i = 0; i < bursts.at("policies").size(); ++i) {
    const auto& one = bursts.at("policies").at(i);
    const auto& other = even.at("policies").at(i);
    EXPECT_EQ(one.at("violation_minutes_ratio"), other.at("violation_minutes_ratio"));
    // Where most moments are short anyway, bursts also bring some that are not.
    if (other.at("violation_moments_ratio").get<double>() < 0.3) {
      EXPECT_GT(one.at("violation_moments_ratio").get<double>(),
                other.at("violation_moments_ratio").get<double>());
    }
    EXPECT_GT(one.at("latency_ms").at("p99").get<double>(),
              other.at("latency_ms").at("p99").get<double>());
  }
  const auto wrong = Simulate({"--mean-replicas", "20", "--burstiness", "4"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.error, HasSubstr("the burstiness is 4.000000; expected a number from 0 to 3"));
}

TEST(SimulateCommand, SaysWhatIsWrongWithWhatItWasGiven) {
  const auto none = Simulate({});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.error, HasSubstr("one of --per-replica LOAD"));
  const auto unknown = Simulate({"--per-replica", "10", "--policies", "hpa"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.error, HasSubstr("'hpa' is not a policy; expected all, loadcurve"));
  const auto startup = Simulate({"--per-replica", "10", "--startup", "60"});
  EXPECT_EQ(startup.exit_code, 2);
  EXPECT_THAT(startup.error, HasSubstr("--startup"));
  const auto error = Simulate({"--per-replica", "10", "--capacity-error", "1"});
  EXPECT_EQ(error.exit_code, 2);
  EXPECT_THAT(error.error, HasSubstr("expected a number in [0, 1)"));
}

}  // namespace
}  // namespace loadcurve
