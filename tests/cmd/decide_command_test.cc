#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// One replica carries 100 and is planned at half of it; a new one takes two minutes.
constexpr std::string_view kProfile = R"(apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata: {name: checkout}
spec:
  load:
    weights: {kind: occupancy, referenceSeconds: 0.1}
    perReplica: {metricsqps: 100, weightsVersion: occupancy-100ms, slots: 32}
  startup: {p95: 2m}
  objective: {targetUtilization: 0.5, quantile: 0.95}
  bounds: {minReplicas: 2, maxReplicas: 20}
  behavior: {scaleDown: {window: 0s}}
)";

std::string Minute(int minute) {
  std::string text = "2026-10-10T00:00:00Z";
  text[11] = static_cast<char>('0' + minute / 600);
  text[12] = static_cast<char>('0' + minute / 60 % 10);
  text[14] = static_cast<char>('0' + minute % 60 / 10);
  text[15] = static_cast<char>('0' + minute % 10);
  return text;
}

std::string Steady(int minutes, const std::string& load) {
  std::string text = "time,value\n";
  for (int minute = 0; minute < minutes; ++minute) text += Minute(minute) + "," + load + "\n";
  return text;
}

class DecideCommand : public testing::Test {
 protected:
  ProgramRun Decided(const std::string& series, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"decide", "--profile", folder_.Path("p.yaml"), "--series",
                                          folder_.Write("load.csv", series)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunLoadcurve(arguments);
  }

  nlohmann::json Json(const std::string& series, std::vector<std::string> more) const {
    more.insert(more.end(), {"-o", "json"});
    const ProgramRun run = Decided(series, more);
    EXPECT_EQ(run.exit_code, 0) << run.error;
    return nlohmann::json::parse(run.out);
  }

  ScratchFolder folder_;
  std::string profile_ = folder_.Write("p.yaml", kProfile);
};

TEST_F(DecideCommand, PrintsExactlyTheDocumentedJson) {
  const auto json = Json(Steady(120, "240"), {"--current", "2"});
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  EXPECT_THAT(keys,
              ElementsAre("basis", "current", "desired", "reasons", "valid_until", "workload"));
  EXPECT_EQ(json["workload"], "checkout");
  EXPECT_EQ(json["current"], 2);
  EXPECT_EQ(json["desired"], 5);  // 240 / (100 * 0.5) = 4.8
  // The series ends at 02:00; three steps.
  EXPECT_EQ(json["valid_until"], "2026-10-10T02:03:00Z");
  ASSERT_EQ(json["reasons"].size(), 1U);
  const auto& reason = json["reasons"][0];
  EXPECT_EQ(reason.size(), 4U);
  EXPECT_EQ(reason["stage"], "target");
  EXPECT_EQ(reason["before"], 2);
  EXPECT_EQ(reason["after"], 5);
  EXPECT_THAT(reason["why"].get<std::string>(),
              HasSubstr("from 2026-10-10T02:02:00Z to 2026-10-10T02:03:00Z"));
}

TEST_F(DecideCommand, BuysAheadOfADayThatItHasSeenBefore) {
  // Four hours are a day here: quiet, but for twenty minutes in which 1000 come at once.
  std::string series = "time,value\n";
  for (int minute = 0; minute < 1200; ++minute)
    series += Minute(minute) + (minute % 240 < 20 ? ",800\n" : ",100\n");
  std::string seasonal(kProfile);
  folder_.Write("p.yaml", seasonal + "  forecast: {season: 4h}\n");
  // The load is 100 until 20:00, and the peak begins then, when a new replica is ready.
  EXPECT_EQ(Json(series, {"--current", "3", "--now", "2026-10-10T19:58:00Z"})["desired"], 16);
  EXPECT_EQ(Json(series, {"--current", "3", "--now", "2026-10-10T19:00:00Z"})["desired"], 2);
}

TEST_F(DecideCommand, HeedsSchedulesFreezesAndTheBudgetOfTheHour) {
  std::string stated(kProfile);
  stated.replace(stated.find("quantile: 0.95"), 14, "quantile: 0.95, replicaHour: 0.1");
  folder_.Write("p.yaml", stated + R"(  schedules:
    - {name: breakfast, start: 30 5 * * *, timeZone: Europe/Berlin, duration: 1h, minReplicas: 9}
  freezes:
    - {name: audit, from: 2026-10-10T01:00:00Z, until: 2026-10-10T02:00:00Z}
  budget: {perHour: 0.4}
)");
  const auto decided = [&](const std::string& now, int current) {
    const auto json =
        Json(Steady(240, "300"), {"--current", std::to_string(current), "--now", now});
    return json["reasons"].back()["stage"].get<std::string>() + " " + json["desired"].dump();
  };
  EXPECT_EQ(decided("2026-10-10T00:50:00Z", 8), "budget 6");  // 300 / 50, though 4 are paid for
  EXPECT_EQ(decided("2026-10-10T01:30:00Z", 8), "freeze 8");
  // 05:30 in Berlin is 03:30: two minutes of start-up and one of a step before.
  EXPECT_EQ(decided("2026-10-10T03:26:00Z", 6), "budget 6");
  EXPECT_EQ(decided("2026-10-10T03:27:00Z", 6), "budget 9");
  EXPECT_EQ(decided("2026-10-10T03:29:00Z", 9), "budget 9");
}

TEST_F(DecideCommand, ReadsWhatMeasurePrints) {
  std::string series = "time,requests,qps,concurrency,metricsqps,errors\n";
  for (int minute = 0; minute < 30; ++minute) series += Minute(minute) + ",600,10,100,60,0\n";
  // Load 60 needs 2; a hundred requests held need 100 / (32 * 0.5) = 6.25.
  const auto json = Json(series, {"--current", "2"});
  EXPECT_EQ(json["desired"], 7);
  EXPECT_EQ(json["reasons"][1]["stage"], "slots");
}

TEST_F(DecideCommand, CountsMemoryWhereTheProfileStatesIt) {
  const std::string steady = Steady(120, "60");
  EXPECT_THAT(Decided(steady, {"--current", "4", "--memory", "900Mi"}).error,
              HasSubstr("expected spec.load.perReplica.memory in it"));
  std::string profile(kProfile);
  profile.replace(profile.find("    weights:"), 0,
                  "    source: {kind: prometheus, prometheus: {preset: istio}}\n");
  profile.replace(profile.find("slots: 32"), 9, "memory: {limit: 1000Mi, idle: 200Mi}");
  folder_.Write("p.yaml", profile);
  // At half of the limit: 4 * (900 - 200) / (500 - 200) = 9.3.
  const auto json = Json(steady, {"--current", "4", "--memory", "900Mi"});
  EXPECT_EQ(json["desired"], 10);
  EXPECT_EQ(json["reasons"][1]["stage"], "memory");
  EXPECT_EQ(Json(steady, {"--current", "4"})["reasons"].back()["stage"], "safety_guard");
  EXPECT_THAT(Decided(steady, {"--current", "4", "--memory", "much"}).error,
              HasSubstr("--memory is 'much'; expected an amount >= 0, as 700Mi"));
}

TEST_F(DecideCommand, HoldsWhileRequestsFail) {
  std::string series = "time,requests,qps,concurrency,metricsqps,errors\n";
  for (int minute = 0; minute < 30; ++minute)
    series += Minute(minute) + (minute < 29 ? ",600,10,1,60,0\n" : ",600,10,1,60,300\n");
  EXPECT_EQ(Json(series, {"--current", "9"})["desired"], 9);
  EXPECT_EQ(Json(series, {"--current", "9", "--now", Minute(29)})["desired"], 2);
}

TEST_F(DecideCommand, HoldsWhenTheSeriesIsOld) {
  const auto json = Json(Steady(120, "60"), {"--current", "9", "--now", "2026-10-10T02:30:00Z"});
  EXPECT_EQ(json["desired"], 9);
  EXPECT_EQ(json["reasons"].back()["stage"], "safety_guard");
}

TEST_F(DecideCommand, TakesAbsentRowsForGapsUnlessToldThatTheyAreZero) {
  // Rows 60 to 62 are absent, row 63 is there without a value.
  const std::string series = Steady(60, "300") + Minute(63) + ",\n";
  EXPECT_EQ(Json(series, {"--current", "9"})["desired"], 9);
  EXPECT_LT(Json(series, {"--current", "9", "--absent", "zero"})["desired"], 9);
}

TEST_F(DecideCommand, RefusesASeriesMeasuredInOtherWeights) {
  const ProgramRun run =
      Decided(Steady(60, "300"), {"--current", "9", "--weights-version", "cudgx"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("the series is measured in weights 'cudgx'"));
  EXPECT_THAT(run.out, IsEmpty());
}

TEST_F(DecideCommand, NamesTheRemedyForAProfileWithoutCapacity) {
  std::string bare(kProfile);
  const std::size_t at = bare.find("    perReplica");
  bare.erase(at, bare.find('\n', at) - at + 1);
  folder_.Write("p.yaml", bare);
  const ProgramRun run = Decided(Steady(60, "300"), {"--current", "9"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("'loadcurve calibrate' measures it"));
}

TEST_F(DecideCommand, AsksWhichWorkloadAndFindsItByAnyOfItsNames) {
  std::string other(kProfile);
  other.replace(other.find("checkout"), 8, "cart");
  other.replace(other.find("    weights"), 0, "    source: {workload: \"10.0.0.1:8080\"}\n");
  folder_.Write("p.yaml", std::string(kProfile) + "---\n" + other);
  const ProgramRun run = Decided(Steady(60, "300"), {"--current", "9"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("2 profiles; say with --workload which: checkout, "
                                   "10.0.0.1:8080"));
  for (const char* name : {"cart", "10.0.0.1:8080"})
    EXPECT_EQ(Json(Steady(60, "300"), {"--current", "9", "--workload", name})["workload"],
              "10.0.0.1:8080");
  EXPECT_EQ(Decided(Steady(60, "300"), {"--current", "9", "--workload", "x"}).exit_code, 2);
}

TEST_F(DecideCommand, NamesTheLineOfAWrongProfile) {
  std::string wrong(kProfile);
  wrong.replace(wrong.find("minReplicas: 2"), 14, "minReplicas: x");
  folder_.Write("p.yaml", wrong);
  const ProgramRun run = Decided(Steady(60, "300"), {"--current", "9"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("p.yaml:10: spec.bounds.minReplicas is 'x'; expected a whole "
                                   "number >= 0"));
}

TEST_F(DecideCommand, PrintsATableForPeopleAndCsvForSheets) {
  const ProgramRun table = Decided(Steady(60, "300"), {"--current", "4"});
  EXPECT_THAT(table.out, StartsWith("checkout: 4 replicas now, 6 wanted; valid until "));
  const ProgramRun csv = Decided(Steady(60, "300"), {"--current", "4", "-o", "csv"});
  EXPECT_THAT(csv.out, StartsWith("workload,current,desired,valid_until,stage,before,after,why\n"
                                  "checkout,4,6,2026-10-10T01:03:00Z,target,4,6,"));
}

// A replica carries 50 and costs 0.06 an hour; a minute short costs 1, as much as 1000 replicas.
TEST_F(DecideCommand, BuysWhatPaysForItselfAndTellsWhatItStandsOn) {
  std::string profile(kProfile);
  profile.replace(profile.find("quantile: 0.95"), 14, "replicaHour: 0.06, shortageMinute: 1");
  folder_.Write("p.yaml", profile);
  const auto json = Json(Steady(120, "300"), {"--current", "6"});
  const auto& basis = json["basis"];
  EXPECT_NEAR(basis["per_replica"].get<double>(), 50, 1e-9);
  EXPECT_NEAR(basis["latest_load"].get<double>(), 300, 1e-9);
  EXPECT_NEAR(basis["median_load_when_ready"].get<double>(), 300, 15);
  EXPECT_NEAR(basis["shortage_cost"].get<double>(), 1000, 1e-6);
  EXPECT_LT(basis["short_chance"].get<double>(), 0.01);
  EXPECT_EQ(basis["hpa_replicas"], 6);
  EXPECT_NEAR(basis["hpa_cost_per_hour"].get<double>(), 0.36, 1e-9);
  EXPECT_GE(json["desired"], 6);
  EXPECT_LE(json["desired"], 9);
  EXPECT_THAT(json["reasons"][0]["why"].get<std::string>(),
              HasSubstr("at 1000 replicas for a step short of capacity"));
  const auto table = Decided(Steady(120, "300"), {"--current", "6"});
  EXPECT_THAT(table.out, HasSubstr("an HPA on the latest load wants"));
}

}  // namespace
}  // namespace loadcurve
