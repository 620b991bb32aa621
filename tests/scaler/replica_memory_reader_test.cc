#include "scaler/replica_memory_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scripted_usage.h"

namespace loadcurve {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

const TimePoint kNow(std::chrono::hours(500'000));

UsageWindow Window(std::int64_t highest, std::int64_t replicas) {
  return {.from = kNow - minutes(5),
          .to = kNow,
          .replicas = Replicas(replicas),
          .cpu = CpuCores(1),
          .cpu_highest = CpuCores(1),
          .memory_highest = Bytes(highest)};
}

TEST(ReplicaMemoryReader, ReadsTheLastFiveMinutesOnceAStep) {
  ScriptedUsage::Script script;
  script.usage.containers = {{"app", {Window(900, 4)}}, {"proxy", {Window(100, 4)}}};
  ReplicaMemoryReader reader(std::make_unique<ScriptedUsage>(script), minutes(1));
  EXPECT_EQ(reader.latest(), std::nullopt);
  for (const int later : {5, 20, 59}) ASSERT_TRUE(reader.Read(kNow + seconds(later), Bytes(1000)));
  EXPECT_EQ(script.reads, 1);
  EXPECT_EQ(script.until, kNow);
  EXPECT_EQ(script.span, minutes(5));
  EXPECT_EQ(reader.latest(), (MemoryUse{kNow, Bytes(900), Replicas(4)}));
  ASSERT_TRUE(reader.Read(kNow + seconds(60), Bytes(1000)));
  EXPECT_EQ(script.reads, 2);
}

TEST(ReplicaMemoryReader, KeepsWhatItReadWhereTheSourceFailsAndAsksAgain) {
  ScriptedUsage::Script script;
  script.usage.containers = {{"app", {Window(900, 4)}}};
  ReplicaMemoryReader reader(std::make_unique<ScriptedUsage>(script), minutes(1));
  ASSERT_TRUE(reader.Read(kNow, Bytes(1000)));
  script.failure = Error{ErrorCode::kUnavailable, "no answer"};
  const auto read = reader.Read(kNow + minutes(1), Bytes(1000));
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("no answer"));
  EXPECT_EQ(reader.latest()->until, kNow);
  script.failure.reset();
  ASSERT_TRUE(reader.Read(kNow + minutes(1) + seconds(15), Bytes(1000)));
  EXPECT_EQ(script.reads, 3);
}

}  // namespace
}  // namespace loadcurve
