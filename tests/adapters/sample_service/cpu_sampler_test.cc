#include "adapters/sample_service/cpu_sampler.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "adapters/sample_service/cpu_time.h"

namespace loadcurve::sample {
namespace {

using std::chrono::milliseconds;

// A clock that jumps to whenever it is asked to sleep until, and stops the sleeper after
// some sleeps.
class JumpingClock final : public Clock {
 public:
  explicit JumpingClock(std::stop_source stop, int sleeps) : stop_(stop), sleeps_left_(sleeps) {}

  TimePoint Now() const override { return TimePoint(kEpoch + now_); }
  Duration MonotonicNow() const override { return now_; }
  void SleepUntil(Duration when, const std::stop_token&) const override {
    now_ = when;
    if (--sleeps_left_ < 0) stop_.request_stop();
  }

 private:
  // 2023-11-14 22:13:20.3
  static constexpr Duration kEpoch = milliseconds(1'700'000'000'300);
  mutable std::stop_source stop_;
  mutable int sleeps_left_;
  mutable Duration now_{0};
};

TEST(SampleCpu, ReadsAtWholeMultiplesOfTheStep) {
  std::stop_source stop;
  const JumpingClock clock(stop, 3);
  const auto samples = SampleCpu(getpid(), milliseconds(500), clock, stop.get_token());
  ASSERT_TRUE(samples);
  // Reads at .5 (which opens the first sample), 1.0 and 1.5.
  ASSERT_EQ(samples->size(), 2U);
  EXPECT_EQ((*samples)[0].time, TimePoint(milliseconds(1'700'000'001'000)));
  EXPECT_EQ((*samples)[1].time, TimePoint(milliseconds(1'700'000'001'500)));
  EXPECT_GE((*samples)[0].cores, CpuCores(0));
}

TEST(SampleCpu, RefusesWhatDoesNotRun) {
  // Linux counts up to 2^22.
  constexpr pid_t kBeyondAnyPid = 1 << 23;
  const std::stop_source stop;
  const auto samples = SampleCpu(kBeyondAnyPid, milliseconds(500), SystemClock(), stop.get_token());
  ASSERT_FALSE(samples);
  EXPECT_EQ(samples.error().code, ErrorCode::kNotFound);
}

TEST(CpuSampleCsv, HasALineASample) {
  const std::vector<CpuSample> samples = {
      {TimePoint(milliseconds(1'700'000'000'500)), CpuCores(0.25)}};
  EXPECT_EQ(ToCsv(samples), "time,cpu_cores\n2023-11-14T22:13:20.5Z,0.250000\n");
}

TEST(BurnCpu, UsesWhatItIsAskedTo) {
  const auto before = CpuTimeOf(getpid());
  BurnCpu(milliseconds(30));
  const auto after = CpuTimeOf(getpid());
  ASSERT_TRUE(before && after);
  EXPECT_GE(*after - *before, milliseconds(30));
  // One round of arithmetic beyond is microseconds; sanitizers make it slower.
  EXPECT_LT(*after - *before, milliseconds(60));
}

}  // namespace
}  // namespace loadcurve::sample
