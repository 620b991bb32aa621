#include "adapters/logs/log_follower.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/logs/log_reader.h"
#include "tests/support/compressed.h"
#include "tests/support/counts_text.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve::logs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string Lines(int first, int count) {
  std::string lines;
  for (int i = first; i < first + count; ++i)
    lines += fmt::format(
        "10.0.0.1 - - [10/Oct/2026:13:{:02}:{:02} +0000] \"GET /a HTTP/1.1\" 200 6 \"-\" \"x\" "
        "0.{:03}\n",
        i / 60 % 60, i % 60, i % 1000);
  return lines;
}

LogOptions Following(const std::string& path) {
  LogOptions options;
  options.paths = {path};
  return options;
}

std::uint64_t Next(LogFollower& follower) {
  return RequestsIn(follower.Step().value());
}

TEST(LogFollower, ReadsWhatIsThereAndThenWhatIsAdded) {
  const ScratchFolder scratch;
  LogFollower follower = LogFollower::Open(Following(scratch.Write("a.log", Lines(0, 3)))).value();
  EXPECT_EQ(Next(follower), 3U);
  EXPECT_EQ(Next(follower), 0U);
  scratch.Append("a.log", Lines(3, 2));
  EXPECT_EQ(Next(follower), 2U);
  EXPECT_EQ(follower.Report().requests, 5U);
}

TEST(LogFollower, WaitsForTheEndOfALine) {
  const ScratchFolder scratch;
  LogFollower follower = LogFollower::Open(Following(scratch.Write("a.log", Lines(0, 1)))).value();
  EXPECT_EQ(Next(follower), 1U);
  const std::string line = Lines(1, 1);
  scratch.Append("a.log", line.substr(0, 30));
  EXPECT_EQ(Next(follower), 0U);
  scratch.Append("a.log", line.substr(30));
  EXPECT_EQ(Next(follower), 1U);
  EXPECT_EQ(follower.Report().bad, 0U);
}

TEST(LogFollower, ReadsARenamedLogToItsEndAndThenTheNewOne) {
  const ScratchFolder scratch;
  const std::string path = scratch.Write("a.log", Lines(0, 2));
  LogFollower follower = LogFollower::Open(Following(path)).value();
  EXPECT_EQ(Next(follower), 2U);
  scratch.Append("a.log", Lines(2, 3));
  std::filesystem::rename(path, scratch.Path("a.log.1"));
  scratch.Append("a.log.1", Lines(5, 1));  // until it is told to, the writer goes on
  EXPECT_EQ(Next(follower), 4U);
  scratch.Append("a.log.1", Lines(6, 1));
  scratch.Write("a.log", Lines(7, 5));
  EXPECT_EQ(Next(follower), 6U);
  EXPECT_EQ(follower.Report().requests, 12U);
}

TEST(LogFollower, BeginsAgainWhenALogIsCutToNothing) {
  const ScratchFolder scratch;
  const std::string path = scratch.Write("a.log", Lines(0, 4));
  LogFollower follower = LogFollower::Open(Following(path)).value();
  EXPECT_EQ(Next(follower), 4U);
  std::filesystem::resize_file(path, 0);
  EXPECT_EQ(Next(follower), 0U);
  scratch.Append("a.log", Lines(4, 2));
  EXPECT_EQ(Next(follower), 2U);
}

TEST(LogFollower, ReadsEachFileOfARotationThatBeginsWithAByteOrderMark) {
  const std::string line =
      "\xEF\xBB\xBF{\"time\":\"2026-10-10T13:55:36Z\",\"duration_ms\":5,\"path\":\"/a\"}\n";
  const ScratchFolder scratch;
  LogFollower follower = LogFollower::Open(Following(scratch.Write("a.log", line))).value();
  EXPECT_EQ(Next(follower), 1U);
  std::filesystem::rename(scratch.Path("a.log"), scratch.Path("a.log.1"));
  scratch.Write("a.log", line);
  EXPECT_EQ(Next(follower), 1U);
  EXPECT_EQ(follower.Report().bad, 0U);
}

TEST(LogFollower, WaitsForALogThatIsNotThereYet) {
  const ScratchFolder scratch;
  LogFollower follower = LogFollower::Open(Following(scratch.Path("a.log"))).value();
  EXPECT_EQ(Next(follower), 0U);
  scratch.Write("a.log", "");
  EXPECT_EQ(Next(follower), 0U);
  scratch.Append("a.log", Lines(0, 2));
  EXPECT_EQ(Next(follower), 2U);
}

TEST(LogFollower, CountsWhatReadingAtOnceCounts) {
  const ScratchFolder scratch;
  const std::string log = Lines(0, 500) + std::string(3 << 20, 'y') + "\n" + Lines(500, 500);
  const std::string whole = scratch.Write("whole.log", log);
  LogOptions options = Following(scratch.Write("a.log", ""));
  options.max_bad = Ratio(1);
  LogFollower follower = LogFollower::Open(options).value();
  RequestCounts sum = RequestCounts::Make(options.bounds, options.step).value();
  for (std::size_t at = 0, size = 1; at < log.size(); at += size, size = size * 2 + 7) {
    scratch.Append("a.log", log.substr(at, size));
    ASSERT_TRUE(sum.Merge(follower.Step().value()));
  }
  options.paths = {whole};
  const LogReading expected = ReadLogs(options).value();
  EXPECT_EQ(TextOf(sum), TextOf(expected.counts));
  EXPECT_EQ(follower.Report().by_reason, expected.lines.by_reason);
  EXPECT_THAT(follower.Report().examples,
              ElementsAre(Pair("too_long", ElementsAre(testing::EndsWith("a.log:501")))));
}

TEST(LogFollower, RefusesWhatCannotGrow) {
  const ScratchFolder scratch;
  const auto packed = LogFollower::Open(Following(scratch.Write("a.gz", Gzipped(Lines(0, 1)))));
  ASSERT_FALSE(packed);
  EXPECT_EQ(packed.error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(LogFollower::Open(Following("-")));
}

TEST(LogFollower, NamesTheLogOfNoKnownFormat) {
  const ScratchFolder scratch;
  LogFollower follower = LogFollower::Open(Following(scratch.Write("a.log", "hello\n"))).value();
  const auto step = follower.Step();
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(step.error().message, HasSubstr("a.log: none of the first 1 lines"));
}

// Time passes when somebody waits, and with it the log grows; after three waits the user
// has had enough.
class GrowingClock final : public Clock {
 public:
  explicit GrowingClock(const ScratchFolder& scratch) : scratch_(scratch) {}

  TimePoint Now() const override { return TimePoint(now_); }
  Duration MonotonicNow() const override { return now_; }
  void SleepUntil(Duration when, const std::stop_token&) const override {
    now_ = when;
    scratch_.Append("a.log", Lines(++waits_, 1));
    if (waits_ == 3) stop_.request_stop();
  }
  std::stop_token stop() const { return stop_.get_token(); }

 private:
  const ScratchFolder& scratch_;
  mutable std::stop_source stop_;
  mutable Duration now_{0};
  mutable int waits_ = 0;
};

TEST(FollowLogs, HandsOnWhatIsNewUntilItIsStoppedAndMissesNothing) {
  const ScratchFolder scratch;
  const GrowingClock clock(scratch);
  std::vector<std::uint64_t> batches;
  const auto done =
      FollowLogs(Following(scratch.Write("a.log", Lines(0, 1))), clock, std::chrono::seconds(1),
                 clock.stop(), [&](const RequestCounts& counts, const LineReport&) {
                   batches.push_back(RequestsIn(counts));
                   return Result<void>();
                 });
  ASSERT_TRUE(done);
  EXPECT_THAT(batches, ElementsAre(1, 1, 1, 1));
  EXPECT_EQ(clock.MonotonicNow(), std::chrono::seconds(3));
}

}  // namespace
}  // namespace loadcurve::logs
