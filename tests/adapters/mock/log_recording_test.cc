#include "adapters/mock/log_recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/mock/answer_sample.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve::mock {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class LogRecordingTest : public ::testing::Test {
 protected:
  logs::LogOptions Log(const std::string& name, const std::string& text) {
    logs::LogOptions options;
    options.paths = {folder_.Write(name, text)};
    return options;
  }

  ScratchFolder folder_;
};

std::string NginxLine(const std::string& request, int status, int bytes, const char* seconds) {
  return "10.0.0.1 - - [10/Oct/2026:13:55:36 +0000] \"" + request + "\" " + std::to_string(status) +
         " " + std::to_string(bytes) + " \"-\" \"curl/8\" " + seconds + "\n";
}

TEST_F(LogRecordingTest, TakesDurationSizeAndStatusByRoute) {
  const auto recording =
      RecordLogs(Log("access.log", NginxLine("GET /item/17?page=2 HTTP/1.1", 200, 512, "0.020") +
                                       NginxLine("GET /item/18 HTTP/1.1", 404, 9, "0.001") +
                                       NginxLine("POST /pay HTTP/1.1", 200, 2, "0.250")),
                 1);
  ASSERT_TRUE(recording) << recording.error().message;
  EXPECT_EQ(recording->requests, 3U);
  EXPECT_TRUE(recording->has_sizes);
  ASSERT_EQ(recording->plan.routes.size(), 2U);
  EXPECT_EQ(recording->plan.routes[0].name, "GET /item/{id}");
  EXPECT_THAT(recording->plan.routes[0].recorded,
              ElementsAre(RecordedAnswer{20'000, 512, 200}, RecordedAnswer{1'000, 9, 404}));
  EXPECT_EQ(recording->plan.routes[1].name, "POST /pay");
  EXPECT_THAT(recording->plan.routes[1].recorded, ElementsAre(RecordedAnswer{250'000, 2, 200}));
}

TEST_F(LogRecordingTest, ReadsTheSizesOfOtherFormats) {
  const auto bytes = [&](const std::string& name, const std::string& line) {
    const auto recording = RecordLogs(Log(name, line + "\n"), 1);
    EXPECT_TRUE(recording) << recording.error().message;
    return recording ? recording->plan.routes.at(0).recorded.at(0).bytes : 0;
  };
  EXPECT_EQ(bytes("envoy.log",
                  R"([2026-10-10T13:55:36.000Z] "GET /a HTTP/1.1" 200 - 0 1234 17 15 "-" "curl" )"
                  R"("id" "web" "10.0.0.2:80")"),
            1234U);
  EXPECT_EQ(bytes("json.log", R"({"time":"2026-10-10T13:55:36Z","duration_ms":5,"method":"GET",)"
                              R"("path":"/a","status":200,"bytes_sent":77})"),
            77U);
  EXPECT_EQ(bytes("apache.log", R"(10.0.0.1 - - [10/Oct/2026:13:55:36 +0000] "GET /a HTTP/1.1" )"
                                R"(200 4321 "-" "curl/8" 250000)"),
            4321U);
  EXPECT_EQ(bytes("alb.log",
                  R"(http 2026-10-10T13:55:36.000000Z app/web/1 10.0.0.1:4711 10.0.0.2:80 0.000 )"
                  R"(0.020 0.000 200 200 34 366 "GET http://web:80/a HTTP/1.1" "curl" - - )"
                  R"(arn:aws:elasticloadbalancing:x:1:targetgroup/web/1 "Root=1" "-" "-" 0 )"
                  R"(2026-10-10T13:55:35.980000Z "forward" "-" "-" "10.0.0.2:80" "200" "-" "-")"),
            366U);
}

TEST_F(LogRecordingTest, KeepsTheMostFrequentRoutesAndPutsTheRestTogether) {
  auto options = Log("access.log", NginxLine("GET /a HTTP/1.1", 200, 1, "0.001") +
                                       NginxLine("GET /a HTTP/1.1", 200, 1, "0.001") +
                                       NginxLine("GET /b HTTP/1.1", 200, 1, "0.002") +
                                       NginxLine("GET /c HTTP/1.1", 200, 1, "0.003"));
  options.max_routes = 1;
  const auto recording = RecordLogs(options, 1);
  ASSERT_TRUE(recording) << recording.error().message;
  ASSERT_EQ(recording->plan.routes.size(), 2U);
  EXPECT_EQ(recording->plan.routes[0].name, "GET /a");
  EXPECT_EQ(recording->plan.routes[1].name, "other");
  EXPECT_THAT(recording->plan.routes[1].recorded,
              UnorderedElementsAre(RecordedAnswer{2000, 1, 200}, RecordedAnswer{3000, 1, 200}));
}

TEST_F(LogRecordingTest, SaysWhyNothingCouldBeRecorded) {
  const auto recording =
      RecordLogs(Log("json.log", R"({"time":"2026-10-10T13:55:36Z","duration_ms":5,)"
                                 R"("route":"Checkout"})"
                                 "\n"),
                 1);
  ASSERT_FALSE(recording);
  EXPECT_EQ(recording.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(recording.error().message,
            "the log has no answer to record: 1 an operation's name and no path");
}

TEST(AnswerSample, KeepsAllWhileTheyAreFewAndThenEachAsLikely) {
  AnswerSample sample(1, "GET /a", 1000);
  for (std::uint32_t i = 0; i < 100'000; ++i) sample.Add({.latency_us = i});
  EXPECT_EQ(sample.seen(), 100'000U);
  const auto kept = sample.Take();
  ASSERT_EQ(kept.size(), 1000U);
  double sum = 0;
  for (const RecordedAnswer& answer : kept) sum += answer.latency_us;
  // A mean of 1000 draws from [0, 100000): a standard deviation of 28868 / sqrt(1000) = 913.
  EXPECT_NEAR(sum / 1000, 50'000, 4'600);
}

}  // namespace
}  // namespace loadcurve::mock
