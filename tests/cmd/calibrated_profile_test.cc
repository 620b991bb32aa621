// What calibrate writes is what decide plans with.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

using testing::HasSubstr;

TEST(CalibratedProfile, PlansForTheShareThatItsCapacityWasCalibratedFor) {
  ScratchFolder folder;
  std::string log;
  std::string cpu = "time,cpu_cores\n";
  for (int second = 0; second < 1800; ++second) {
    const std::string time = fmt::format("00:{:02}:{:02}", second / 60, second % 60);
    // One request a second in even minutes, two in odd ones; each takes 100 ms of CPU.
    for (int i = 0; i <= second / 60 % 2; ++i)
      log += "- - - [04/Oct/2024:" + time + " +0000] \"GET / HTTP/1.1\" 200 12 \"-\" \"-\" 0.100\n";
    if (second % 60 == 0)
      cpu += "2024-10-04T" + time + "Z," + (second / 60 % 2 == 0 ? "0.21" : "0.11") + "\n";
  }
  const ProgramRun run = RunLoadcurve({"calibrate", folder.Write("access.log", log), "--cpu",
                                       folder.Write("cpu.csv", cpu), "--out", folder.Path("p.yaml"),
                                       "--target-share", "0.5"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const std::string profile = folder.Read("p.yaml");
  EXPECT_THAT(profile, HasSubstr("targetShare: 0.5\n"));
  EXPECT_THAT(profile, HasSubstr("targetUtilization: 0.5\n"));
}

}  // namespace
}  // namespace loadcurve
