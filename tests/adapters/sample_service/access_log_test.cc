#include "adapters/sample_service/access_log.h"

#include <gtest/gtest.h>

namespace loadcurve::sample {
namespace {

using std::chrono::microseconds;

TEST(AccessLog, WritesTheLineOfItsFormat) {
  // 1'700'000'000 is 2023-11-14 22:13:20 UTC.
  const ServedRequest request{.ended = TimePoint(microseconds(1'700'000'000'123'400)),
                              .duration = microseconds(41'600),
                              .path = "/expensive",
                              .status = 200,
                              .body_bytes = 5};
  EXPECT_EQ(LogLine(request),
            "- - - [14/Nov/2023:22:13:20 +0000] \"GET /expensive HTTP/1.1\" 200 5 \"-\" \"-\" "
            "1700000000.123 0.042\n");
}

TEST(AccessLog, SaysWhichFileItCannotWrite) {
  const auto log = AccessLog::Open("/no/such/folder/access.log");
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().message,
            "cannot write /no/such/folder/access.log: No such file or directory");
}

TEST(AccessLog, SaysThatTheDiskIsFull) {
  const auto log = AccessLog::Open("/dev/full");
  ASSERT_TRUE(log);
  const auto appended = log->Append({});
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().message, "cannot write /dev/full: No space left on device");
}

}  // namespace
}  // namespace loadcurve::sample
