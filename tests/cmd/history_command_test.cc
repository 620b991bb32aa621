#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/logs/histogram_file.h"
#include "metrics/request_counts.h"
#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

const TimePoint kDay(std::chrono::days(20'000));  // 2024-10-04

class HistoryCommand : public testing::Test {
 protected:
  // Ten requests of 500 ms in each minute, the last one `second` seconds into it.
  std::string Histograms(const std::string& name, const std::string& workload, int minute_count,
                         int second = 30, Duration step = minutes(1)) {
    auto counts = RequestCounts::Make(DurationBounds::Default(), step).value();
    const auto series = counts.Intern(workload, "GET /", RequestClass::kServed);
    for (int minute = 0; minute < minute_count; ++minute) {
      for (int i = 0; i < 10; ++i)
        counts.Record(series, kDay + minutes(minute) + seconds(second - i),
                      milliseconds(500 + second));
    }
    return folder_.Write(name, logs::WriteHistograms(counts));
  }

  ProgramRun Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "history");
    arguments.insert(arguments.end(), {"--store", folder_.Path("history.db")});
    return RunLoadcurve(arguments);
  }

  nlohmann::json Json(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"-o", "json"});
    const ProgramRun run = Run(arguments);
    EXPECT_EQ(run.exit_code, 0) << run.error;
    return nlohmann::json::parse(run.out, nullptr, false);
  }

  ScratchFolder folder_;
};

TEST_F(HistoryCommand, SaysWhatItImported) {
  const auto json = Json({"import", Histograms("a.hist", "cart", 90)});
  ASSERT_EQ(json["files"].size(), 1U);
  EXPECT_EQ(json["files"][0]["requests"], 900);
  EXPECT_EQ(json["files"][0]["since"], "2024-10-04T00:00:00Z");
  EXPECT_EQ(json["files"][0]["until"], "2024-10-04T01:30:00Z");
}

TEST_F(HistoryCommand, SaysWhatItHolds) {
  Run({"import", Histograms("a.hist", "cart", 90), Histograms("b.hist", "10.0.0.1:8080", 30)});
  const auto json = Json({"info"});
  ASSERT_EQ(json["workloads"].size(), 2U);
  EXPECT_EQ(json["workloads"][0]["workload"], "10.0.0.1:8080");
  EXPECT_EQ(json["workloads"][1]["hours"], 2);
  EXPECT_EQ(json["workloads"][1]["since"], "2024-10-04T00:00:00Z");
  EXPECT_EQ(json["workloads"][1]["until"], "2024-10-04T02:00:00Z");
  EXPECT_GT(json["workloads"][1]["bytes_per_day"], 0);
  EXPECT_GT(json["bytes"], 0);
}

TEST_F(HistoryCommand, WeighsThePastWithAnyWeights) {
  Run({"import", Histograms("a.hist", "cart", 90)});
  // Ten requests of 530 ms a minute: concurrency 5.3 / 60, and 10 x 8 / 60 for CudgX.
  const auto occupancy = Json({"export", "--workload", "cart"});
  ASSERT_EQ(occupancy["windows"].size(), 90U);
  EXPECT_NEAR(occupancy["windows"][7]["metricsqps"], 5.3 / 60 / 0.1, 1e-9);
  EXPECT_EQ(occupancy["windows"][7]["requests"], 10);
  const auto cudgx = Json({"export", "--workload", "cart", "--weights", "cudgx", "--since",
                           "2024-10-04T01:00:00Z", "--until", "2024-10-04T01:10:00Z"});
  ASSERT_EQ(cudgx["windows"].size(), 10U);
  EXPECT_NEAR(cudgx["windows"][0]["metricsqps"], 80.0 / 60, 1e-9);
  EXPECT_EQ(Json({"export", "--step", "1h"})["windows"].size(), 2U);
}

TEST_F(HistoryCommand, ExportsWhatDecideReads) {
  Run({"import", Histograms("a.hist", "cart", 90)});
  const ProgramRun load = Run({"export", "-o", "csv"});
  const std::string profile = folder_.Write("p.yaml", R"(apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata: {name: cart}
spec:
  load:
    weights: {kind: occupancy, referenceSeconds: 0.1}
    perReplica: {metricsqps: 0.5, weightsVersion: occupancy-100ms}
)");
  const ProgramRun decision =
      RunLoadcurve({"decide", "--profile", profile, "--series", folder_.Write("load.csv", load.out),
                    "--current", "1", "-o", "json"});
  EXPECT_EQ(decision.exit_code, 0) << decision.error;
  // 0.883 / (0.5 * 0.7) = 2.5
  EXPECT_EQ(nlohmann::json::parse(decision.out)["desired"], 3);
}

TEST_F(HistoryCommand, RefusesTheSameFileTwiceAndChangesNothing) {
  const std::string file = Histograms("a.hist", "cart", 90);
  ASSERT_EQ(Run({"import", file}).exit_code, 0);
  const ProgramRun twice = Run({"import", file});
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_THAT(twice.error, HasSubstr("2 of 2 hours of a workload were imported before"));
  EXPECT_EQ(Json({"export"})["windows"][0]["requests"], 10);
  ASSERT_EQ(Run({"import", "--again", file}).exit_code, 0);
  EXPECT_EQ(Json({"export"})["windows"][0]["requests"], 20);
}

TEST_F(HistoryCommand, AddsUpTheFilesOfTwoReplicas) {
  ASSERT_EQ(Run({"import", Histograms("a.hist", "cart", 90), Histograms("b.hist", "cart", 90, 45)})
                .exit_code,
            0);
  EXPECT_EQ(Json({"export"})["windows"][0]["requests"], 20);
}

TEST_F(HistoryCommand, BringsFinerWindowsToMinutesAndRefusesWiderOnes) {
  ASSERT_EQ(Run({"import", Histograms("a.hist", "cart", 5, 30, seconds(10))}).exit_code, 0);
  EXPECT_EQ(Json({"export"})["windows"].size(), 5U);
  const ProgramRun wide = Run({"import", Histograms("b.hist", "cart", 5, 40, minutes(5))});
  EXPECT_EQ(wide.exit_code, 2);
  EXPECT_THAT(wide.error, HasSubstr("b.hist: the windows are 5m long"));
}

// A combined log with $request_time: one request of 250 ms a second, from 00:00:01 on.
std::string AccessLog(int seconds_in_all) {
  std::string log;
  for (int second = 1; second <= seconds_in_all; ++second) {
    std::string time = "00:00:00";
    time[3] = static_cast<char>('0' + second / 600);
    time[4] = static_cast<char>('0' + second / 60 % 10);
    time[6] = static_cast<char>('0' + second % 60 / 10);
    time[7] = static_cast<char>('0' + second % 10);
    log += "- - - [04/Oct/2024:" + time +
           " +0000] \"GET /cart/7?token=secret HTTP/1.1\" 200 12 \"-\" \"-\" 0.250\n";
  }
  return log;
}

TEST_F(HistoryCommand, ImportsLogsAsMeasureReadsThem) {
  const std::string log = folder_.Write("access.log", AccessLog(1800));
  const auto json = Json({"import", log, Histograms("a.hist", "cart", 5)});
  ASSERT_EQ(json["files"].size(), 2U);
  EXPECT_EQ(json["files"][0]["requests"], 1800);
  const ProgramRun measured = RunLoadcurve({"measure", log, "-o", "csv"});
  const ProgramRun exported = Run({"export", "--workload", "", "-o", "csv"});
  EXPECT_EQ(exported.out, measured.out);
  EXPECT_THAT(folder_.Read("history.db"), testing::Not(HasSubstr("secret")));
}

TEST_F(HistoryCommand, RefusesALogThatHasGrownSinceItWasImported) {
  ASSERT_EQ(Run({"import", folder_.Write("access.log", AccessLog(1800))}).exit_code, 0);
  const ProgramRun grown = Run({"import", folder_.Write("access.log", AccessLog(2100))});
  EXPECT_EQ(grown.exit_code, 2);
  EXPECT_THAT(grown.error, HasSubstr("1 of 1 hours of a workload were imported before"));
}

TEST_F(HistoryCommand, KeepsOldLogsAndForgetsByTheNewestRequest) {
  // 2024 is long ago by any clock, and these are the newest requests there are.
  Run({"import", Histograms("a.hist", "cart", 90)});
  auto later = RequestCounts::Make(DurationBounds::Default(), minutes(1)).value();
  later.Record(later.Intern("cart", "GET /", RequestClass::kServed), kDay + std::chrono::days(50),
               milliseconds(10));
  Run({"import", folder_.Write("b.hist", logs::WriteHistograms(later))});
  const ProgramRun finer = Run({"export"});
  EXPECT_EQ(finer.exit_code, 2);
  EXPECT_THAT(finer.error, HasSubstr("is kept in windows of 1h"));
  EXPECT_EQ(Json({"export", "--step", "1h"})["windows"][0]["requests"], 600);
}

TEST_F(HistoryCommand, SaysWhatIsNotThere) {
  EXPECT_EQ(Run({"info"}).exit_code, 2);
  EXPECT_EQ(Run({"export"}).exit_code, 2);
  EXPECT_EQ(Run({"import", folder_.Path("absent.hist")}).exit_code, 2);
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("history.db")));
  Run({"import", Histograms("a.hist", "cart", 5)});
  const ProgramRun unknown = Run({"export", "--workload", "carts"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.error, HasSubstr("holds nothing of it"));
}

TEST_F(HistoryCommand, RefusesAFileThatIsNoStore) {
  folder_.Write("history.db", std::string(9000, 'x'));
  const ProgramRun run = Run({"import", Histograms("a.hist", "cart", 5)});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("no history store"));
  EXPECT_EQ(folder_.Read("history.db"), std::string(9000, 'x'));
}

}  // namespace
}  // namespace loadcurve
