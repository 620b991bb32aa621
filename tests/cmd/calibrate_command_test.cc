#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kFields =
    "start=start_ms:ms,duration=duration_us:us,route=operation,workload=pod";

// 40 samples of 10 s: route "a" takes 10 ms and burns 1 ms, route "b" takes 10 ms and burns
// 8 ms; only their mix changes.
struct Recording {
  std::string requests = "start_ms,duration_us,operation,pod\n";
  std::string cpu = "time,cpu_cores,workload\n";

  Recording() {
    for (int i = 0; i < 40; ++i) {
      const int a = 200 + static_cast<int>(150 * std::sin(i / 3.0));
      const int b = 60 + static_cast<int>(50 * std::sin(i / 5.0 + 1));
      Add(i, a, "a");
      Add(i, b, "b");
      cpu += fmt::format("{},{},shop-0\n", 1'700'000'010 + 10 * i,
                         0.01 + (a * 0.001 + b * 0.008) / 10);
    }
    Add(40, 100, "a");
  }

  void Add(int sample, int count, const std::string& route) {
    for (int i = 0; i < count; ++i)
      requests += fmt::format("{},10000,{},shop-0\n",
                              (1'700'000'000LL + 10 * sample) * 1000 + i * 9900 / count, route);
  }
};

TEST(CalibrateCommand, WritesAProfileThatMeasureAndDecideAccept) {
  const Recording recording;
  const ScratchFolder folder;
  const std::string log = folder.Write("requests.csv", recording.requests);
  const std::string cpu = folder.Write("cpu.csv", recording.cpu);
  const std::string profile = folder.Path("profile.yaml");
  const ProgramRun run = RunLoadcurve(
      {"calibrate", log, "--fields", kFields, "--cpu", cpu, "--out", profile, "-o", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const json workload = json::parse(run.out)["workloads"][0];
  EXPECT_EQ(workload["workload"], "shop-0");
  EXPECT_EQ(workload["verdict"], "fitted");
  EXPECT_NEAR(workload["idle_cores"], 0.01, 0.003);
  for (const char* metric : {"count", "occupancy", "cudgx", "fitted"})
    EXPECT_TRUE(workload["out_of_sample"][metric].contains("r2")) << metric;
  EXPECT_EQ(workload["per_replica"]["binding"], "cpu");
  EXPECT_LE(workload["per_replica"]["low"], workload["per_replica"]["metricsqps"]);

  const ProgramRun measured = RunLoadcurve(
      {"measure", log, "--fields", kFields, "--weights", profile, "--step", "10s", "-o", "json"});
  ASSERT_EQ(measured.exit_code, 0) << measured.error;
  EXPECT_EQ(json::parse(measured.out)["weights"][0]["version"], workload["weights_version"]);

  const std::string series =
      folder.Write("load.csv", RunLoadcurve({"measure", log, "--fields", kFields, "--weights",
                                             profile, "--step", "10s", "-o", "csv"})
                                   .out);
  const ProgramRun decided =
      RunLoadcurve({"decide", "--profile", profile, "--series", series, "--value-column",
                    "metricsqps", "--step", "10s", "--current", "1", "-o", "json"});
  EXPECT_EQ(decided.exit_code, 0) << decided.error;
  EXPECT_GE(json::parse(decided.out)["desired"], 1);
}

TEST(CalibrateCommand, SaysWhenCpuAndLogNameOtherWorkloads) {
  const Recording recording;
  const ScratchFolder folder;
  const std::string log = folder.Write("requests.csv", recording.requests);
  const std::string cpu = folder.Write(
      "cpu.csv", "time,cpu_cores,workload\n1700000010,1,x\n1700000020,1,x\n1700000010,1,y\n");
  const ProgramRun run = RunLoadcurve({"calibrate", log, "--fields", kFields, "--cpu", cpu});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("no workload of it is in the log"));
}

TEST(CalibrateCommand, WritesNothingWhenTheCpuIsWrong) {
  const ScratchFolder folder;
  const std::string log = folder.Write("requests.csv", Recording().requests);
  const std::string cpu = folder.Write("cpu.csv", "time,cpu_cores\nnow,1\n");
  const std::string profile = folder.Path("profile.yaml");
  const ProgramRun run =
      RunLoadcurve({"calibrate", log, "--fields", kFields, "--cpu", cpu, "--out", profile});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("cpu.csv:2: time: 'now'"));
  EXPECT_EQ(folder.Read("profile.yaml"), "");
}

}  // namespace
}  // namespace loadcurve
