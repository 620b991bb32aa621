// `loadcurve replay --ramp` where the target, the disk or the log misbehaves: the target is
// `loadcurve mock`, a program of its own, and the ramps are as short as they can be.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;

std::string Log() {
  std::string log;
  for (int second = 10; second < 50; ++second)
    log += "10.0.0.9 - - [10/Oct/2026:13:55:" + std::to_string(second) +
           " +0000] \"GET /a HTTP/1.1\" 200 1 \"-\" \"a\" 0.001\n";
  return log;
}

class RampFault : public testing::Test {
 protected:
  // Runs `commands`, bash, while the mock answers /a in 5 ms at $target as process $mock, with
  // this fault of its plan, if any.
  ProgramRun WithMock(const std::string& fault, const std::string& commands) const {
    const std::string plan =
        folder_.Write("plan.yaml", "routes:\n  - {route: GET /a, latency: 5ms, size: 20000}\n" +
                                       (fault.empty() ? "" : "faults:\n  - " + fault + "\n"));
    return RunShell("start() { exec 3< <(exec \"$LOADCURVE\" mock --plan " + plan +
                    " --listen 127.0.0.1:$1 2>&1); mock=$!; read -r word target <&3; }\n"
                    "trap 'kill -9 $mock' EXIT\nstart 0\n" +
                    commands);
  }

  // Up to 200/s, which the mock carries.
  std::string Ramp(const std::string& arguments, int most = 200) const {
    return "\"$LOADCURVE\" replay " + folder_.Write("access.log", Log()) +
           " --target $target --ramp --interval 50ms --latency-target 50ms --timeout 1s "
           "--rate 80 --max-rate " +
           std::to_string(most) + " " + arguments;
  }

  static std::vector<std::string> Verdicts(const json& report) {
    std::vector<std::string> verdicts;
    for (const json& point : report["curve"]) verdicts.push_back(point["verdict"]);
    return verdicts;
  }

  ScratchFolder folder_;
};

// All that befalls it ends, and what it carries after that counts.
class RampFaultThatPasses : public RampFault, public testing::WithParamInterface<const char*> {};

TEST_P(RampFaultThatPasses, IsNotTakenForTheLimit) {
  const ProgramRun run =
      WithMock("{name: x, share: 0.6, from: 500ms, until: 1s, " + std::string(GetParam()) + "}",
               Ramp("-o json"));
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const json report = json::parse(run.out);
  EXPECT_EQ(report["end"], "ceiling");
  EXPECT_EQ(report["rate"]["value"], 200);
  EXPECT_THAT(Verdicts(report), Contains(testing::Ne("good")));
}

INSTANTIATE_TEST_SUITE_P(Kinds, RampFaultThatPasses,
                         testing::Values("kind: reset", "kind: cut", "kind: slow, factor: 60"),
                         [](const auto& fault) {
                           const std::string kind = fault.param;
                           return kind.substr(6, kind.find(',') - 6);
                         });

TEST_F(RampFault, GoesOnWithATargetThatDiedAndCameBack) {
  const ProgramRun run =
      WithMock("", "port=${target##*:}\n" + Ramp("-o json") +
                       " & ramp=$!\nsleep 0.8; kill -9 $mock; sleep 0.5; start $port\nwait $ramp");
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const json report = json::parse(run.out);
  EXPECT_EQ(report["end"], "ceiling");
  EXPECT_THAT(Verdicts(report), Contains(testing::Ne("good")));
}

TEST_F(RampFault, LeavesWhatWasThereWhereTheDiskIsFull) {
  const std::string disk = folder_.Path("disk");
  std::filesystem::create_directory(disk);
  if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0)
    GTEST_SKIP() << "a disk that is full takes root: nothing can be mounted";
  folder_.Write("disk/old.html", "the page before");
  folder_.Write("disk/old.svg", "the drawing before");
  const ProgramRun run =
      WithMock("", "cd " + disk + "; head -c 1M /dev/zero > filling 2>/dev/null\n" +
                       Ramp("--html old.html; echo code $?\n", 100) +
                       Ramp("--write-profile new.yaml --plot old.svg; echo code $?\n", 100) +
                       Ramp("--events events.jsonl; echo code $?\nls", 100));
  EXPECT_THAT(run.error, HasSubstr("old.html: cannot write: No space left on device"));
  EXPECT_THAT(run.error, HasSubstr("old.svg: cannot write: No space left on device"));
  EXPECT_THAT(run.error, HasSubstr("events.jsonl: could not be written to its end"));
  EXPECT_EQ(folder_.Read("disk/old.html"), "the page before");
  EXPECT_EQ(folder_.Read("disk/old.svg"), "the drawing before");
  EXPECT_THAT(run.out, testing::EndsWith("events.jsonl\nfilling\nold.html\nold.svg\n"));
  umount2(disk.c_str(), MNT_DETACH);
}

TEST_F(RampFault, LeavesBadLinesOutAndRefusesALogOfThem) {
  folder_.Write("few.log", Log() + "what is this\n");
  folder_.Write("many.log", Log() + std::string(5, '\n') + "no\nno\nno\nno\nno\n");
  const std::string arguments =
      " --target $target --ramp --interval 50ms --latency-target 50ms "
      "--rate 60 --max-rate 60 -o json; echo code $? >&2\n";
  const ProgramRun run =
      WithMock("", "\"$LOADCURVE\" replay " + folder_.Path("few.log") + arguments +
                       "\"$LOADCURVE\" replay " + folder_.Path("many.log") + arguments);
  EXPECT_EQ(json::parse(run.out)["end"], "ceiling");
  EXPECT_THAT(run.error, HasSubstr("code 0\n"));
  EXPECT_THAT(run.error, HasSubstr("--max-bad"));
  EXPECT_THAT(run.error, HasSubstr("code 2\n"));
}

}  // namespace
}  // namespace loadcurve
