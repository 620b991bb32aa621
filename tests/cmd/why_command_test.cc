#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/absent_cluster.h"
#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

using testing::HasSubstr;

TEST(WhyCommand, SaysThatItAsksACluster) {
  const ProgramRun run = RunLoadcurve({"why", "web", "--kubeconfig", "/nonexistent/config"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("asks a cluster"));
  EXPECT_EQ(run.out, "");
}

TEST(WhyCommand, TellsAWrongWordFromAClusterThatIsAway) {
  const ScratchFolder folder;
  const std::string config = folder.Write("config", kAbsentCluster);
  const ProgramRun wrong = RunLoadcurve({"why", "a/b/c", "--kubeconfig", config});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.error, HasSubstr("expected NAME, KIND/NAME or profile/NAME"));
  const ProgramRun late = RunLoadcurve({"why", "web", "--kubeconfig", config, "--at", "soon"});
  EXPECT_EQ(late.exit_code, 2);
  EXPECT_THAT(late.error, HasSubstr("--at"));
  const ProgramRun away = RunLoadcurve({"why", "web", "--kubeconfig", config});
  EXPECT_EQ(away.exit_code, 1);
  EXPECT_THAT(away.error, HasSubstr("127.0.0.1"));
}

}  // namespace
}  // namespace loadcurve
