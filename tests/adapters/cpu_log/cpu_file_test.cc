#include "adapters/cpu_log/cpu_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadcurve::cpu_log {
namespace {

using ::testing::HasSubstr;

TimePoint At(int epoch_seconds) {
  return TimePoint(std::chrono::seconds(epoch_seconds));
}

TEST(CpuFile, LetsASampleCoverTheTimeSinceThePreviousOne) {
  const auto cpu =
      ParseCpu("time,cpu_cores\n100060,0.5\n100120,0.6\n100180,0.7\n", "c.csv").value();
  const auto& samples = cpu.at("");
  ASSERT_EQ(samples.size(), 3U);
  EXPECT_EQ(samples[0].from, At(100000));
  EXPECT_EQ(samples[1].from, At(100060));
  EXPECT_EQ(samples[1].to, At(100120));
  EXPECT_DOUBLE_EQ(samples[1].used.value(), 0.6);
}

TEST(CpuFile, DoesNotStretchASampleOverAHole) {
  const auto cpu =
      ParseCpu("time,cpu_cores\n100060,1\n100120,1\n100180,1\n100900,1\n", "c.csv").value();
  EXPECT_EQ(cpu.at("").back().from, At(100840));
}

TEST(CpuFile, SplitsWorkloadsAndLeavesOutSidecars) {
  const auto cpu = ParseCpu(
                       "time,cpu_cores,workload,container\n"
                       "100060,1,a,app\n100060,5,a,istio-proxy\n100060,2,a,worker\n"
                       "100120,1,a,app\n100060,9,b,app\n100120,9,b,app\n",
                       "c.csv")
                       .value();
  EXPECT_DOUBLE_EQ(cpu.at("a")[0].used.value(), 3);
  EXPECT_DOUBLE_EQ(cpu.at("b")[0].used.value(), 9);
}

TEST(CpuFile, MarksThrottledSamples) {
  const auto cpu =
      ParseCpu("time,cpu_cores,throttled_seconds\n100060,1,0\n100120,1,0.2\n", "c.csv").value();
  EXPECT_FALSE(cpu.at("")[0].is_throttled);
  EXPECT_TRUE(cpu.at("")[1].is_throttled);
}

TEST(CpuFile, NamesFileLineFieldValueAndExpectation) {
  const auto message = [](std::string_view text) {
    return ParseCpu(text, "c.csv").error().message;
  };
  EXPECT_THAT(message("time,cpu_cores\n100060,fast\n"),
              HasSubstr("c.csv:2: cpu_cores is 'fast'; expected a number of 0 or more"));
  EXPECT_THAT(message("time,cpu_cores\nnoon,1\n"), HasSubstr("c.csv:2: time: 'noon'"));
  EXPECT_THAT(message("time,cores\n100060,1\n"),
              HasSubstr("no column 'cpu_cores'; found time, cores"));
  EXPECT_THAT(message("time,cpu_cores\n100060,1\n100060,1\n"), HasSubstr("c.csv:3"));
  EXPECT_THAT(message("time,cpu_cores\n100060,-1\n"), HasSubstr("'-1'"));
}

}  // namespace
}  // namespace loadcurve::cpu_log
