#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/capacity_profile_text.h"
#include "tests/support/run_program.h"

namespace loadcurve {
namespace {

using testing::HasSubstr;

// A file of one pool, and what is done with it.
ProgramRun WithPools(const std::string& price, const std::string& commands) {
  const std::string profile = CapacityProfileText(R"(  pools:
    - {name: a, allocatable: {cpu: 4, memory: 16Gi}, price: )" +
                                                  price + ", boot: 90s}\n");
  return RunBeside({{"capacity.yaml", profile}}, commands);
}

// Reads what it prints until it serves, and only then ends it.
TEST(ExpanderCommand, ServesUntilItIsAskedToStopAndSaysHowToBeAsked) {
  const ProgramRun run = WithPools("0.2", R"sh(
mkfifo out
"$LOADCURVE" expander --pools capacity.yaml --listen 127.0.0.1:0 > out &
served=$!
exec 3< out
read -r first <&3
read -r empty <&3
read -r flags <&3
kill -HUP $served
kill -TERM $served
code=0; wait $served || code=$?
echo "$first, $flags, then $code"
)sh");
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.out, testing::ContainsRegex("^Serving Cluster Autoscaler's expander on "
                                              "127.0.0.1:[0-9]+, cluster-autoscaler "
                                              "--expander=grpc,least-waste .*, then 0\n$"));
  EXPECT_THAT(run.error, HasSubstr("info stopping"));
}

TEST(ExpanderCommand, RefusesPricesThatCannotBeWithTheirLine) {
  const ProgramRun run = WithPools("0", "\"$LOADCURVE\" expander --pools capacity.yaml\n");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("capacity.yaml:6: spec.pools[0].price is 0; expected a "
                                   "number > 0"));
}

TEST(ExpanderCommand, RefusesAClusterOfWhichNothingIsAsked) {
  const ProgramRun run =
      WithPools("0.2", "\"$LOADCURVE\" expander --pools capacity.yaml --kubeconfig x\n");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("expected --learnt too"));
}

TEST(ValidateCommand, JudgesCapacityProfiles) {
  EXPECT_EQ(WithPools("0.2", "\"$LOADCURVE\" validate capacity.yaml\n").out, "1 file is valid\n");
  const ProgramRun run = WithPools("nan", "\"$LOADCURVE\" validate capacity.yaml\n");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("spec.pools[0].price is 'nan'; expected a number"));
}

}  // namespace
}  // namespace loadcurve
