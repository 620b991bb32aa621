#include "adapters/logs/log_metric_source.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "tests/support/counts_text.h"
#include "tests/support/measured.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve::logs {
namespace {

using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TimePoint At(std::string_view text) {
  return ParseTime(text).value();
}

// A request of a tenth of a second that ended then, served by that upstream.
std::string Line(std::string_view time, std::string_view upstream = "10.0.0.1:80") {
  return fmt::format(
      "1.1.1.1 - - [10/Oct/2026:{} +0000] \"GET /a HTTP/1.1\" 200 6 \"-\" \"x\" 0.100 0.100 {} .\n",
      time, upstream);
}

LogOptions Following(const std::string& path) {
  LogOptions options;
  options.paths = {path};
  options.format =
      "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent "
      "\"$http_referer\" \"$http_user_agent\" $request_time $upstream_response_time "
      "$upstream_addr $pipe";
  options.classifier.by_workload = true;
  return options;
}

TEST(LogMetricSource, CountsWhatOneWorkloadServed) {
  const ScratchFolder scratch;
  const std::string path =
      scratch.Write("a.log", Line("13:00:10") + Line("13:00:20", "10.0.0.2:80") + Line("13:01:10"));
  const auto logs = FollowedLogs::Open(Following(path), minutes(60)).value();
  LogMetricSource source(*logs, "10.0.0.1:80");
  const auto first =
      CountedBy(source, At("2026-10-10T13:00:00Z"), At("2026-10-10T13:01:00Z")).value();
  EXPECT_EQ(RequestsIn(first.counts), 1U);
  EXPECT_EQ(first.coverage, Ratio(1));
  EXPECT_GE(first.settling, std::chrono::milliseconds(100));
  scratch.Append("a.log", Line("13:02:10") + Line("13:02:20"));
  const auto next =
      CountedBy(source, At("2026-10-10T13:01:00Z"), At("2026-10-10T13:03:00Z")).value();
  EXPECT_EQ(RequestsIn(next.counts), 3U);
}

TEST(LogMetricSource, TakesAWindowForIdleOnlyWhereTheLogWentOn) {
  const ScratchFolder scratch;
  const std::string path = scratch.Write("a.log", Line("13:00:10") + Line("13:02:10", "other:80"));
  const auto logs = FollowedLogs::Open(Following(path), minutes(60)).value();
  LogMetricSource source(*logs, "10.0.0.1:80");
  const auto read =
      CountedBy(source, At("2026-10-10T13:00:00Z"), At("2026-10-10T13:05:00Z")).value();
  // 13:01 has no request, and the log went on to 13:02, which is not over yet.
  EXPECT_THAT(read.idle_windows, ElementsAre(read.counts.WindowOf(At("2026-10-10T13:01:00Z"))));
}

TEST(LogMetricSource, LeavesOutWindowsThatOnlyPartlyLieInTheSpan) {
  const ScratchFolder scratch;
  const std::string path = scratch.Write("a.log", Line("13:00:10") + Line("13:01:10"));
  const auto logs = FollowedLogs::Open(Following(path), minutes(60)).value();
  LogMetricSource source(*logs, "10.0.0.1:80");
  const auto read =
      CountedBy(source, At("2026-10-10T13:00:01Z"), At("2026-10-10T13:01:59Z")).value();
  EXPECT_EQ(RequestsIn(read.counts), 0U);
}

TEST(LogMetricSource, SaysThatItNeverHeardOfAWorkload) {
  const ScratchFolder scratch;
  const auto logs =
      FollowedLogs::Open(Following(scratch.Write("a.log", Line("13:00:10"))), minutes(60)).value();
  LogMetricSource source(*logs, "nobody");
  const auto read = CountedBy(source, At("2026-10-10T13:00:00Z"), At("2026-10-10T13:05:00Z"));
  EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(read.error().message, HasSubstr("'nobody'"));
}

TEST(LogMetricSource, ForgetsWhatIsOlderThanItsHistory) {
  const ScratchFolder scratch;
  const std::string path = scratch.Write("a.log", Line("10:00:10") + Line("13:00:10"));
  const auto logs = FollowedLogs::Open(Following(path), minutes(60)).value();
  LogMetricSource source(*logs, "10.0.0.1:80");
  const auto read =
      CountedBy(source, At("2026-10-10T09:00:00Z"), At("2026-10-10T13:05:00Z")).value();
  EXPECT_EQ(RequestsIn(read.counts), 1U);
}

}  // namespace
}  // namespace loadcurve::logs
