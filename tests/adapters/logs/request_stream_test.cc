#include "adapters/logs/request_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/time_text.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve::logs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Line(int second, const std::string& path) {
  return "10.0.0.9 - - [10/Oct/2026:13:55:" + std::to_string(second) + " +0000] \"GET " + path +
         " HTTP/1.1\" 200 1 \"-\" \"a\" 0.001\n";
}

class ForEachRequestTest : public testing::Test {
 protected:
  Result<std::vector<std::string>> Targets(const std::string& text, LogOptions options = {}) {
    options.paths = {folder_.Write("access.log", text)};
    std::vector<std::string> targets;
    LC_TRY_VOID(ForEachRequest(
        options, {.target = true},
        [&](const LoggedRequest& request, TimePoint) { targets.emplace_back(request.target); }));
    return targets;
  }

  ScratchFolder folder_;
};

TEST_F(ForEachRequestTest, GivesThoseThatEndedWithinTheTimesInOrder) {
  LogOptions options;
  options.since = ParseTime("2026-10-10T13:55:11Z").value();
  options.until = ParseTime("2026-10-10T13:55:14Z").value();
  const auto targets =
      Targets(Line(10, "/a") + Line(12, "/b") + Line(11, "/c") + Line(14, "/d"), options);
  ASSERT_TRUE(targets) << targets.error().message;
  EXPECT_THAT(*targets, ElementsAre("/b", "/c"));
}

TEST_F(ForEachRequestTest, TakesALastLineWithoutABreakWhereItIsWhole) {
  std::string whole = Line(11, "/b");
  whole.pop_back();
  EXPECT_THAT(Targets(Line(10, "/a") + whole).value(), ElementsAre("/a", "/b"));
  EXPECT_THAT(Targets(Line(10, "/a") + whole.substr(0, 40)).value(), ElementsAre("/a"));
}

TEST_F(ForEachRequestTest, RefusesTimesThatLeaveNothing) {
  LogOptions options;
  options.since = options.until = ParseTime("2026-10-10T13:55:11Z").value();
  const auto targets = Targets(Line(10, "/a"), options);
  ASSERT_FALSE(targets);
  EXPECT_EQ(targets.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(targets.error().message, HasSubstr("expected since before until"));
}

}  // namespace
}  // namespace loadcurve::logs
