#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scaler/twin/fault_run.h"

namespace loadcurve::twin {
namespace {

using testing::IsEmpty;

FaultTally RunMany(std::uint64_t first, int count, const FaultRunOptions& options = {}) {
  FaultTally all;
  for (int i = 0; i < count; ++i) {
    const auto tally = RunFaults(RandomScript(first + static_cast<std::uint64_t>(i)), options);
    EXPECT_TRUE(tally) << tally.error().message;
    all.Add(*tally);
  }
  return all;
}

// bench/fault_scripts runs ten thousand.
TEST(FaultScripts, NothingShrinksOnBadEvidenceAndTheSizeIsRightSoonAfter) {
  const FaultTally tally = RunMany(1, 300);
  EXPECT_THAT(tally.violations, IsEmpty());
  EXPECT_EQ(tally.ticks, 300 * 180);
  EXPECT_GT(tally.faulty_ticks, 3000);
  EXPECT_GT(tally.checked_ticks, 10000);
  EXPECT_GT(tally.changes, 3000);
}

TEST(FaultScripts, FindWhatDecisionsWithoutAJudgementOfTheEvidenceDoWrong) {
  EXPECT_GT(RunMany(1, 300, {.judges_evidence = false}).violations.size(), 10U);
}

TEST(FaultScripts, AreTheSameForTheSameSeed) {
  const FaultScript one = RandomScript(7);
  const FaultScript again = RandomScript(7);
  EXPECT_EQ(one.loads, again.loads);
  EXPECT_EQ(one.events.size(), again.events.size());
  EXPECT_NE(one.loads, RandomScript(8).loads);
}

}  // namespace
}  // namespace loadcurve::twin
