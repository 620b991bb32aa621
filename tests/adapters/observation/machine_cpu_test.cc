#include "adapters/observation/machine_cpu.h"

#include <gtest/gtest.h>

namespace loadcurve::observation {
namespace {

// user nice system idle iowait irq softirq steal guest, in hundredths of a second.
constexpr std::string_view kStat =
    "cpu  600 900 60 40 0 6 6 30 0 0\n"
    "cpu0 100 300 10 10 0 1 1 5 0 0\n"
    "cpu1 200 300 20 10 0 2 2 10 0 0\n"
    "cpu12 300 300 30 20 0 3 3 15 0 0\n"
    "intr 12345\n";

TEST(MachineCpuOf, AddsUpTheCpusThatAreNamed) {
  const auto all = MachineCpuOf(kStat, "");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->cpus, 3);
  EXPECT_DOUBLE_EQ(all->busy_seconds, 6.72) << "without what is nice";
  EXPECT_DOUBLE_EQ(all->stolen_seconds, 0.30);
  const auto some = MachineCpuOf(kStat, "1-3,12\n");
  ASSERT_TRUE(some);
  EXPECT_EQ(some->cpus, 2);
  EXPECT_DOUBLE_EQ(some->busy_seconds, 2.24 + 3.36);
}

TEST(MachineCpuOf, TellsNothingOfCpusThatAreNotThere) {
  EXPECT_FALSE(MachineCpuOf(kStat, "5"));
  EXPECT_FALSE(MachineCpuOf("", ""));
  EXPECT_FALSE(MachineCpuOf("cpu  1 2 3\n", ""));
}

}  // namespace
}  // namespace loadcurve::observation
