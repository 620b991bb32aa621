// `loadcurve replay` as a program of its own, against the sample service.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr std::string_view kLog =
    "10.0.0.9 - - [10/Oct/2026:13:55:01 +0000] \"GET /cheap?x=1 HTTP/1.1\" 200 1 \"-\" \"a\" "
    "0.001\n"
    "10.0.0.9 - - [10/Oct/2026:13:55:02 +0000] \"GET /absent HTTP/1.1\" 404 1 \"-\" \"a\" 0.001\n"
    "10.0.0.9 - - [10/Oct/2026:13:55:03 +0000] \"POST /cheap HTTP/1.1\" 200 1 \"-\" \"a\" 0.001\n";

class ReplayCommand : public testing::Test {
 protected:
  // Plays the log against the sample service; `arguments` are bash, and $target the service.
  ProgramRun Replay(const std::string& arguments, const std::string& before = "") const {
    const std::string log = folder_.Write("access.log", kLog);
    return RunShell("exec 3< <(exec \"$LOADCURVE\" serve-sample --access-log " +
                    folder_.Path("sample.log") +
                    "); service=$!; trap 'kill $service' EXIT\n"
                    "read -r word port <&3; target=http://127.0.0.1:$port\n" +
                    before + " \"$LOADCURVE\" replay " + log + " " + arguments);
  }

  ScratchFolder folder_;
};

TEST_F(ReplayCommand, PlaysEachRequestOnceAndTellsWhatCame) {
  const ProgramRun run = Replay("--target $target --arrivals recorded --speed-up 10 -o json");
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const json report = json::parse(run.out);
  EXPECT_EQ(report["complete"], true);
  EXPECT_EQ(report["total"]["scheduled"], 2);
  EXPECT_EQ(report["total"]["answered"], 2);
  EXPECT_EQ(report["left_out"]["method POST is not allowed"], 1);
  ASSERT_EQ(report["routes"].size(), 2U);
  EXPECT_EQ(report["routes"][0]["route"], "GET /cheap");
  EXPECT_THAT(folder_.Read("sample.log"), HasSubstr("\"GET /cheap HTTP/1.1\" 200"));
}

// In the foreground, timeout signals the program alone and once; else its whole group too.
TEST_F(ReplayCommand, TellsWhatWasPlayedWhenItIsStoppedByHand) {
  const ProgramRun run = Replay("--target $target --rate 200 --for 10m -o json",
                                "timeout --foreground --preserve-status -s INT 2");
  EXPECT_EQ(run.exit_code, 130) << run.error;
  const json report = json::parse(run.out);
  EXPECT_EQ(report["complete"], false);
  EXPECT_GT(report["total"]["answered"], 0);
  EXPECT_THAT(run.error, HasSubstr("stopped by hand"));
}

TEST_F(ReplayCommand, RefusesForeignTargetsAndRatesAboveTheCeiling) {
  const std::string log = folder_.Write("access.log", kLog);
  const ProgramRun foreign = RunLoadcurve({"replay", log, "--target", "http://192.0.2.1"});
  EXPECT_EQ(foreign.exit_code, 2);
  EXPECT_THAT(foreign.error, HasSubstr("--i-own-this-target"));
  const ProgramRun fast =
      RunLoadcurve({"replay", log, "--target", "http://127.0.0.1:1", "--rate", "1001"});
  EXPECT_EQ(fast.exit_code, 2);
  EXPECT_THAT(fast.error, HasSubstr("--max-rate"));
}

TEST_F(ReplayCommand, FailsWhereNothingIsAnswered) {
  const std::string log = folder_.Write("access.log", kLog);
  const ProgramRun run =
      RunLoadcurve({"replay", log, "--target", "http://127.0.0.1:1", "--rate", "100"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.out, HasSubstr("without an answer: 2 refused"));
}

}  // namespace
}  // namespace loadcurve
