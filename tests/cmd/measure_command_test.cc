#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

std::string Line(int second, const std::string& route, int status, double seconds) {
  return fmt::format(
      "10.0.0.9 - - [10/Oct/2026:13:55:{:02} +0000] \"GET {} HTTP/1.1\" {} 12 \"-\" \"agent\" "
      "{:.3f}\n",
      second, route, status, seconds);
}

class MeasureCommand : public testing::Test {
 protected:
  ProgramRun Measure(const std::string& log, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"measure", folder_.Write("access.log", log)});
    return RunLoadcurve(more);
  }

  ScratchFolder folder_;
};

TEST_F(MeasureCommand, PrintsTheColumnsThatScriptsRelyOn) {
  // 12 requests of 250 ms in the minute 13:55: 12 / 60 a second, 3 busy seconds in 60, and
  // a load of 0.05 / 0.1.
  std::string log;
  for (int i = 0; i < 12; ++i) log += Line(30 + i, "/a", i == 0 ? 503 : 200, 0.25);
  const ProgramRun run = Measure(log, {"-o", "csv"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const std::string start =
      "time,requests,qps,concurrency,metricsqps,errors\n2026-10-10T13:55:00Z,12,0.2,0.05,";
  ASSERT_THAT(run.out, StartsWith(start));
  EXPECT_NEAR(std::stod(run.out.substr(start.size())), 0.5, 1e-12);
  EXPECT_THAT(run.out, testing::EndsWith(",1\n"));
}

TEST_F(MeasureCommand, GivesTheWorkedExampleOfCudgxPerMachine) {
  std::string log;
  const std::vector<std::pair<int, double>> mix = {
      {4000, .005}, {3000, .030}, {2000, .070}, {900, .300}, {100, .700}};
  for (const auto& [count, seconds] : mix) {
    for (int i = 0; i < count; ++i) log += Line(36, "/a", 200, seconds);
  }
  const ProgramRun run = Measure(log, {"--step", "1s", "--weights", "cudgx", "--replicas", "5",
                                       "--per-replica", "-o", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const json output = json::parse(run.out);
  double found = 0;
  for (const json& window : output["windows"]) {
    if (window["requests"] > 0) found = window["metricsqps"];
  }
  EXPECT_NEAR(found, 2060, 1e-9);
}

TEST_F(MeasureCommand, NamesFormatDurationWeightsAndLinesInJson) {
  const ProgramRun run = Measure(Line(1, "/a", 200, 0.1) + "garbage\n" + Line(2, "/b", 200, 0.1),
                                 {"-o", "json", "--max-bad", "50"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const json output = json::parse(run.out);
  EXPECT_EQ(output["lines"]["read"], 3);
  EXPECT_EQ(output["lines"]["bad"], 1);
  EXPECT_EQ(output["lines"]["by_reason"]["shape"], 1);
  EXPECT_EQ(output["weights"][0]["version"], "occupancy-100ms");
  EXPECT_THAT(output["duration"].get<std::string>(), HasSubstr("request_time"));
}

TEST_F(MeasureCommand, SplitsByRouteAndPutsItFirst) {
  const ProgramRun run = Measure(Line(1, "/item/7?token=secret", 200, 0.1) +
                                     Line(2, "/item/8", 200, 0.1) + Line(3, "/cart", 200, 0.1),
                                 {"--by", "route", "-o", "csv"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.out, StartsWith("route,time,requests,"));
  EXPECT_THAT(run.out, HasSubstr("GET /cart,2026-10-10T13:55:00Z,1,"));
  EXPECT_THAT(run.out, HasSubstr(",2026-10-10T13:55:00Z,2,"));
  EXPECT_THAT(run.out, Not(HasSubstr("secret")));
}

TEST_F(MeasureCommand, CountsBuckets) {
  const ProgramRun run = Measure(Line(1, "/a", 200, 0.005) + Line(2, "/a", 200, 7),
                                 {"--buckets", "--bounds", "10ms,1s", "-o", "csv"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.out, HasSubstr(",bucket_0.01,bucket_1,bucket_inf\n"));
  EXPECT_THAT(run.out, HasSubstr(",1,0,1\n"));
}

TEST_F(MeasureCommand, SaysWhatPerReplicaNeeds) {
  const ProgramRun run = Measure(Line(1, "/a", 200, 0.1), {"--per-replica"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("--per-replica needs --replicas N"));
  EXPECT_EQ(run.out, "");
}

TEST_F(MeasureCommand, RefusesWeightsThatAreNoFile) {
  const ProgramRun run = Measure(Line(1, "/a", 200, 0.1), {"--weights", "occupacy"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("--weights is 'occupacy': there is no such file"));
}

TEST_F(MeasureCommand, RefusesALogWithTooManyBadLines) {
  const ProgramRun run = Measure(Line(1, "/a", 200, 0.1) + "garbage\nmore\n");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("access.log:2"));
  EXPECT_THAT(run.error, Not(HasSubstr("garbage")));
}

TEST_F(MeasureCommand, MergesHistogramsToWhatOneRunMeasures) {
  const std::string first = Line(1, "/a", 200, 0.1) + Line(59, "/b", 500, 2);
  const std::string second = Line(30, "/a", 200, 0.3);
  const auto saved = [&](const std::string& name, const std::string& log) {
    const std::string path = folder_.Path(name);
    EXPECT_EQ(Measure(log, {"--save-histograms", path}).exit_code, 0);
    return path;
  };
  const std::string whole = Measure(first + second, {"-o", "csv", "--by", "route"}).out;
  const ProgramRun merged = RunLoadcurve(
      {"merge", saved("1.hist", first), saved("2.hist", second), "-o", "csv", "--by", "route"});
  EXPECT_EQ(merged.exit_code, 0) << merged.error;
  EXPECT_EQ(merged.out, whole);
}

TEST_F(MeasureCommand, RefusesToMergeOtherSteps) {
  const std::string log = Line(1, "/a", 200, 0.1);
  const std::string minute = folder_.Path("minute.hist");
  const std::string second = folder_.Path("second.hist");
  Measure(log, {"--save-histograms", minute});
  Measure(log, {"--save-histograms", second, "--step", "1s"});
  const ProgramRun run = RunLoadcurve({"merge", minute, second});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("second.hist"));
}

}  // namespace
}  // namespace loadcurve
