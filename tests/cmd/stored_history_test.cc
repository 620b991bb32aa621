// What the commands make of a store that `serve` filled.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/store/history_schema.h"
#include "adapters/store/sqlite_history_store.h"
#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

using nlohmann::json;
using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;

const TimePoint kDay(std::chrono::days(20'000));  // 2024-10-04

constexpr std::string_view kProfile = R"(apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata: {name: web}
spec:
  load:
    weights: {kind: occupancy, referenceSeconds: 0.2}
)";

class StoredHistory : public testing::Test {
 protected:
  StoredHistory() {
    store_ = store::SqliteHistoryStore::Open(folder_.Path("history.db"), true).value();
  }

  // Ten minutes from `since`: requests of 6 s in each, none in the last two, no word of the fifth.
  void Record(const std::string& workload, TimePoint since = kDay) {
    MeasuredRequests measured{RequestCounts::Make(DurationBounds::Default(), kHistoryStep).value()};
    const auto series = measured.counts.Intern(workload, "GET /", RequestClass::kServed);
    for (int minute = 0; minute < 8; ++minute) {
      if (minute == 4) continue;
      measured.counts.Record(series, since + minutes(minute) + std::chrono::seconds(30),
                             std::chrono::seconds(6));
    }
    const std::int64_t first = measured.counts.WindowOf(since);
    measured.idle_windows = {first + 8, first + 9};
    ASSERT_TRUE(store_->Record({{workload, measured}}));
  }

  ProgramRun Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--store", folder_.Path("history.db")});
    return RunLoadcurve(arguments);
  }

  ScratchFolder folder_;
  std::unique_ptr<store::SqliteHistoryStore> store_;
};

TEST_F(StoredHistory, PrintsIdleWindowsAsZeroAndMissingOnesNotAtAll) {
  Record("web");
  const ProgramRun run = Run({"history", "export", "-o", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const json windows = json::parse(run.out)["windows"];
  ASSERT_EQ(windows.size(), 9U);
  EXPECT_EQ(windows[3]["requests"], 1);
  EXPECT_EQ(windows[4]["time"], "2024-10-04T00:05:00Z");
  EXPECT_EQ(windows[8]["requests"], 0);
  EXPECT_EQ(windows[8]["metricsqps"], 0);
  const json by_route =
      json::parse(Run({"history", "export", "--by", "route", "-o", "json"}).out)["windows"];
  EXPECT_EQ(by_route.size(), 9U);
  EXPECT_EQ(by_route[8]["route"], "GET /");
}

TEST_F(StoredHistory, ForecastsAWorkloadInItsWeights) {
  for (int hour = 0; hour < 3; ++hour) Record("web", kDay + hours(hour));
  const ProgramRun run =
      Run({"forecast", "--weights", folder_.Write("p.yaml", kProfile), "--horizon", "2", "--model",
           "persistence", "--levels", "0.5", "-o", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const json series = json::parse(run.out)["series"][0];
  EXPECT_EQ(series["id"], "web");
  EXPECT_EQ(series["weights_version"], "occupancy-200ms");
  // 6 s a minute are half a request of 200 ms a second. Two of the last five windows were idle:
  // 0.3, and the 0.2 by which that is usually too low, of which 16 moments prove 16 / 20.
  EXPECT_EQ(series["issued_at"], "2024-10-04T02:10:00Z");
  EXPECT_NEAR(series["forecast"][0]["q0.5"], 0.46, 1e-9);
}

TEST_F(StoredHistory, AsksWhichOfSeveralWorkloadsIsToBeForecast) {
  Record("web");
  Record("");
  const ProgramRun several = Run({"forecast", "--horizon", "1"});
  EXPECT_EQ(several.exit_code, 2);
  EXPECT_THAT(several.error, HasSubstr("holds '', 'web'; expected --workload with one of them"));
  const ProgramRun other = Run({"forecast", "--horizon", "1", "--workload", "cart"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.error, HasSubstr("--workload is 'cart'"));
  const ProgramRun finer = Run({"forecast", "--horizon", "1", "--workload", "", "--step", "1s"});
  EXPECT_EQ(finer.exit_code, 2);
  EXPECT_THAT(finer.error, HasSubstr("knows no whole window of 1s of ''"));
  EXPECT_EQ(Run({"forecast", "--horizon", "1", "--series", "-"}).exit_code, 2);
}

TEST_F(StoredHistory, RefusesToServeWithAStoreOfANewerForm) {
  ASSERT_TRUE(
      store::Database::Open(folder_.Path("history.db"), false)->Run("PRAGMA user_version = 99"));
  const ProgramRun run = Run({"serve", "--profiles", folder_.Write("p.yaml", kProfile), "--log",
                              folder_.Write("access.log", ""), "--keys", folder_.Path("keys")});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("form 99, and this program knows forms up to 3"));
}

TEST_F(StoredHistory, IsForServingWithoutACluster) {
  const ProgramRun run = Run({"serve", "--in-cluster"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("--store"));
}

TEST_F(StoredHistory, IsSimulatedUnderTheProfileThatItIsOf) {
  Record("");
  std::string profile(kProfile);
  profile += "    perReplica: {metricsqps: 1, weightsVersion: occupancy-200ms}\n";
  const auto simulate = [&](const std::string& store) {
    return RunLoadcurve({"simulate", "--history", store, "--profile",
                         folder_.Write("p.yaml", profile), "--policies", "loadcurve,hpa-qps", "-o",
                         "json"});
  };
  const ProgramRun run = simulate(folder_.Path("history.db"));
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const json series = json::parse(run.out).at("series");
  EXPECT_EQ(series.at("steps"), 10);
  EXPECT_NEAR(series.at("per_replica").get<double>(), 0.7, 1e-9);
  // One request of 6 s a minute is 0.1 at once, 0.5 in requests of 200 ms; seven of nine minutes.
  EXPECT_NEAR(series.at("mean_demand_replicas").get<double>(), 0.5 / 0.7 * 7 / 9, 1e-6);

  profile.replace(profile.find("name: web"), 9, "name: other");
  profile.replace(profile.find("  load:\n"), 8, "  load:\n    source: {workload: other}\n");
  const ProgramRun other = simulate(folder_.Path("history.db"));
  EXPECT_NE(other.exit_code, 0);
  EXPECT_THAT(other.error, HasSubstr("knows no whole window of 1m of 'other'"));
}

}  // namespace
}  // namespace loadcurve
