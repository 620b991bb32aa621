#include "adapters/kube/advice_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/kube/profile_notices.h"

namespace loadcurve::kube {
namespace {

using testing::IsEmpty;

const TimePoint kNow = TimePoint(std::chrono::hours(500'000));

SizingAdvice Advice() {
  return {.at = kNow,
          .from = kNow - std::chrono::days(7),
          .until = kNow,
          .window = std::chrono::minutes(5),
          .windows = 2016,
          .load_highest = MetricsQps(80),
          .load_planned = MetricsQps(84),
          .replicas = Replicas(8),
          .containers = {{.now = {.name = "app",
                                  .cpu_request = CpuCores(2),
                                  .memory_request = Bytes(std::int64_t{4} << 30)},
                          .advised = {.name = "app",
                                      .cpu_request = CpuCores(0.46),
                                      .memory_request = Bytes(std::int64_t{1168} << 20)},
                          .cpu_seen = CpuCores(0.44),
                          .cpu_highest = CpuCores(0.44),
                          .cpu_when_full = CpuCores(0.46),
                          .memory_highest = Bytes(std::int64_t{1000} << 20),
                          .why = "CPU 0.46"}},
          .used_now = Ratio(0.12),
          .used_advised = Ratio(0.522),
          .saving = SizingSaving{.now = 0.608, .advised = 0.147, .is_derived = true},
          .why = "of 2016 windows"};
}

TEST(AdviceStatus, IsReadAsItWasWritten) {
  EXPECT_EQ(SizingAdviceFrom(ToJson(Advice())), Advice());
  EXPECT_EQ(SizingAdviceFrom(ToJson(SizingAdvice{})), SizingAdvice{});
  const auto json = ToJson(Advice());
  EXPECT_EQ(json["containers"][0]["advised"]["requests"]["cpu"], "460m");
  EXPECT_EQ(json["containers"][0]["advised"]["requests"]["memory"], "1168Mi");
  EXPECT_EQ(json["containers"][0]["now"]["requests"]["memory"], "4Gi");
  EXPECT_FALSE(json["containers"][0]["advised"].contains("limits"));
}

TEST(AdviceStatus, IsNewsWhereAnAmountMovesByATenth) {
  SizingAdvice next = Advice();
  next.why = "other words";
  next.containers[0].advised.cpu_request = CpuCores(0.5);
  EXPECT_FALSE(IsNews(Advice(), next)) << "by 8 %";
  next.containers[0].advised.cpu_request = CpuCores(0.52);
  EXPECT_TRUE(IsNews(Advice(), next));
  next = Advice();
  next.containers[0].now.cpu_limit = CpuCores(1);
  EXPECT_TRUE(IsNews(Advice(), next));
  EXPECT_TRUE(IsNews(std::nullopt, Advice()));
  EXPECT_FALSE(IsNews(Advice(), SizingAdvice{})) << "a new process has not looked yet";
}

TEST(AdviceStatus, StaysWhileANewProcessHasNotLooked) {
  ProfileStatus written;
  written.advice = Advice();
  ProfileStatus next;
  next.advice.emplace();
  EXPECT_EQ(Settled(written, next).advice, Advice());
  next.advice.reset();
  EXPECT_FALSE(Settled(written, next).advice) << "the profile asks for none any more";
}

TEST(AdviceStatus, IsToldOnceWithItsNumbers) {
  ProfileStatus before;
  ProfileStatus after;
  after.advice = Advice();
  const auto told = NoticesBetween(before, after);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0],
            (Notice{false, "RightSizingAdvised", "RightSizing",
                    "Container app: CPU 460m, memory 1168Mi in place of CPU 2, memory 4Gi. That is "
                    "0.147 an hour in place of 0.608. Nothing is applied: 'loadcurve why' prints "
                    "the patch."}));
  EXPECT_THAT(NoticesBetween(after, after), IsEmpty());
  after.advice->containers.clear();
  EXPECT_THAT(NoticesBetween(before, after), IsEmpty());
}

}  // namespace
}  // namespace loadcurve::kube
