#include "metrics/capacity/tightest_memory.h"

#include <gtest/gtest.h>

namespace loadcurve {
namespace {

constexpr std::int64_t kMega = 1'000'000;

ContainerUsage Container(std::string name, std::int64_t megabytes) {
  return {.name = std::move(name), .windows = {{.memory_highest = Bytes(megabytes * kMega)}}};
}

// A proxy of 40 MB, which may use 50, beside an app of 300 MB.
MeasuredUsage Usage(std::optional<Bytes> limit_of_app) {
  return {.containers = {Container("app", 300), Container("proxy", 40)},
          .resources = {{.name = "app", .memory_limit = limit_of_app},
                        {.name = "proxy", .memory_limit = Bytes(50 * kMega)}}};
}

TEST(TightestMemory, IsThatOfTheContainerNearestToItsLimit) {
  const auto proxy = TightestMemoryOf(Usage(Bytes(500 * kMega)), {});
  ASSERT_TRUE(proxy);
  EXPECT_EQ(proxy->container, "proxy");  // 80 % against 60 %
  EXPECT_EQ(proxy->limit, Bytes(50 * kMega));
  EXPECT_EQ(TightestMemoryOf(Usage(Bytes(310 * kMega)), {})->container, "app");  // 97 %
}

TEST(TightestMemory, LeavesOutContainersWithoutALimit) {
  EXPECT_EQ(TightestMemoryOf(Usage({}), {})->container, "proxy");
  EXPECT_FALSE(TightestMemoryOf({.containers = {Container("app", 300)}}, {}));
}

TEST(TightestMemory, OfAGivenLimitIsThatOfTheContainerThatUsesMost) {
  const auto app = TightestMemoryOf(Usage({}), Bytes(400 * kMega));
  ASSERT_TRUE(app);
  EXPECT_EQ(app->container, "app");
  EXPECT_EQ(app->limit, Bytes(400 * kMega));
}

}  // namespace
}  // namespace loadcurve
