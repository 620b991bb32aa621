// `loadcurve replay --ramp` as a program of its own, against the sample service with one worker.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// Half /cheap (1 ms of CPU), half /medium (8 ms): one worker carries at most 1 / 4.5 ms = 222/s.
std::string Log() {
  std::string log;
  for (int second = 0; second < 40; ++second)
    log += "10.0.0.9 - - [10/Oct/2026:13:55:" + std::to_string(10 + second) + " +0000] \"GET /" +
           (second % 2 == 0 ? "cheap" : "medium") + " HTTP/1.1\" 200 1 \"-\" \"a\" 0.001\n";
  return log;
}

class RampCommand : public testing::Test {
 protected:
  // Runs `commands`, bash, while the service answers at $target as process $service.
  ProgramRun WithService(const std::string& commands) const {
    return RunShell("exec 3< <(exec \"$LOADCURVE\" serve-sample --workers 1 --access-log " +
                    folder_.Path("sample.log") +
                    "); service=$!; trap 'kill -9 $service' EXIT\n"
                    "read -r word port <&3; target=http://127.0.0.1:$port\n" +
                    commands);
  }

  // The ramp, in a fifth of the time it usually takes.
  std::string Ramp(const std::string& arguments) const {
    return "\"$LOADCURVE\" replay " + folder_.Write("access.log", Log()) +
           " --target $target --ramp --interval 200ms --latency-target 300ms --cpu-limit 1 "
           "--pid $service --max-rate 400 " +
           arguments;
  }

  ScratchFolder folder_;
};

TEST_F(RampCommand, FindsWhatOneWorkerCarriesAndKeepsItInAProfile) {
  const std::string profile = folder_.Path("shop.yaml");
  const ProgramRun run =
      WithService(Ramp("-o json --events " + folder_.Path("events.jsonl") + " --html " +
                       folder_.Path("ramp.html") + " --plot " + folder_.Path("ramp.svg") +
                       " --write-profile " + profile + " --target-version 1.2.3 --name shop-eu"));
  ASSERT_EQ(run.exit_code, 0) << run.error << run.out;
  const json report = json::parse(run.out);
  EXPECT_EQ(report["end"], "knee");
  // A shared machine may carry far less, and by chance some more: a step here is 1.2 s, in which
  // the mean of some 270 requests of 1 or 8 ms strays by 5 %.
  EXPECT_GT(report["rate"]["value"], 0);
  EXPECT_LT(report["rate"]["value"], 222 * 1.25);
  EXPECT_THAT(folder_.Read("ramp.svg"), HasSubstr("<svg"));
  EXPECT_THAT(folder_.Read("ramp.html"), HasSubstr("MetricsQPS"));
  EXPECT_THAT(folder_.Read("ramp.html"), HasSubstr("http://127.0.0.1:"));
  EXPECT_THAT(folder_.Read("ramp.html"), HasSubstr("version 1.2.3"));
  EXPECT_EQ(report["targets"].size(), 1);
  EXPECT_THAT(folder_.Read("shop.yaml"), HasSubstr("loadcurve.dev/ramp-target-version"));
  EXPECT_THAT(folder_.Read("shop.yaml"), HasSubstr("name: shop-eu\n"));
  std::istringstream lines(folder_.Read("events.jsonl"));
  std::string line;
  std::string last;
  while (std::getline(lines, line)) last = json::parse(line)["event"];
  EXPECT_EQ(last, "result");
  EXPECT_EQ(RunLoadcurve({"validate", profile}).exit_code, 0);
}

TEST_F(RampCommand, GivesUpATargetThatDied) {
  const ProgramRun run = WithService("(sleep 3; kill -9 $service) & fault=$!; " +
                                     Ramp("-o json; code=$?; wait $fault; exit $code"));
  EXPECT_EQ(run.exit_code, 1) << run.error;
  EXPECT_THAT(run.error, HasSubstr("the load was stopped"));
  EXPECT_EQ(json::parse(run.out)["complete"], false);
}

TEST_F(RampCommand, GoesOnWhenATargetThatHungIsBack) {
  const ProgramRun run =
      WithService("(sleep 3; kill -STOP $service; sleep 3; kill -CONT $service) & fault=$!; " +
                  Ramp("-o json --timeout 1s; code=$?; wait $fault; exit $code"));
  EXPECT_EQ(run.exit_code, 0) << run.error;
  const json report = json::parse(run.out);
  EXPECT_EQ(report["end"], "knee");
}

TEST_F(RampCommand, TellsWhatItKnowsWhenItIsStoppedByHand) {
  const ProgramRun run =
      WithService("timeout --foreground --preserve-status -s INT 6 " + Ramp("-o json"));
  EXPECT_EQ(run.exit_code, 130) << run.error;
  const json report = json::parse(run.out);
  EXPECT_EQ(report["end"], "stopped");
  EXPECT_FALSE(report["curve"].empty());
}

TEST_F(RampCommand, FailsWhereNobodyListens) {
  const std::string log = folder_.Write("access.log", Log());
  const ProgramRun run = RunLoadcurve({"replay", log, "--target", "http://127.0.0.1:1", "--ramp",
                                       "--interval", "50ms", "--max-rate", "50"});
  EXPECT_EQ(run.exit_code, 1) << run.out;
}

TEST_F(RampCommand, KeepsTheCommentsOfAProfileAndTellsADrop) {
  // More than one worker can carry: the capacity has dropped.
  const std::string profile = folder_.Write("shop.yaml", R"(# ours
apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata:
  name: shop
spec:
  targetRef: {kind: Deployment, name: shop}
  load:
    source:
      kind: logs
    # measured in March
    weights:
      kind: occupancy
      version: occupancy-1ms
      referenceSeconds: 0.001
    perReplica:
      metricsqps: 99999
      binding: cpu
      weightsVersion: occupancy-1ms
      slots: 32
  bounds:
    minReplicas: 2  # never fewer
    maxReplicas: 9
)");
  const std::string before = folder_.Read("shop.yaml");
  const ProgramRun run = WithService(
      Ramp("--write-profile " + profile + " --fail-if-capacity-drops 5% ; echo code $?\n") +
      Ramp("--write-profile " + profile + "; echo code $?"));
  EXPECT_THAT(run.out, HasSubstr("against the profile: lower"));
  EXPECT_THAT(run.out, HasSubstr("code 3"));
  EXPECT_THAT(run.out, HasSubstr("code 0"));
  const std::string after = folder_.Read("shop.yaml");
  EXPECT_NE(after, before);
  EXPECT_THAT(after, HasSubstr("# ours\n"));
  EXPECT_THAT(after, HasSubstr("# measured in March\n"));
  EXPECT_THAT(after, HasSubstr("slots: 32\n"));
  EXPECT_THAT(after, HasSubstr("minReplicas: 2  # never fewer\n"));
  EXPECT_EQ(RunLoadcurve({"validate", profile}).exit_code, 0);
}

TEST_F(RampCommand, LeavesTheProfileAsItWasWhereTheDiskIsFull) {
  const ProgramRun run = WithService(Ramp("--for 4s --write-profile /dev/full") + "; echo code $?");
  EXPECT_THAT(run.out, HasSubstr("code 1"));
  EXPECT_THAT(run.error, HasSubstr("/dev/full"));
}

TEST_F(RampCommand, RefusesWhatMakesNoSenseInARamp) {
  const std::string log = folder_.Write("access.log", Log());
  for (const auto& [option, value] :
       {std::pair("--speed-up", "2"), std::pair("--arrivals", "recorded"),
        std::pair("--interval", "1h"), std::pair("--fail-if-capacity-drops", "5%")}) {
    const ProgramRun run =
        RunLoadcurve({"replay", log, "--target", "http://127.0.0.1:1", "--ramp", option, value});
    EXPECT_EQ(run.exit_code, 2) << option;
    EXPECT_THAT(run.error, HasSubstr(option));
  }
  // Nor is anything of a ramp taken without one.
  const ProgramRun run =
      RunLoadcurve({"replay", log, "--target", "http://127.0.0.1:1", "--pid", "1"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("--pid requires --ramp"));
}

}  // namespace
}  // namespace loadcurve
