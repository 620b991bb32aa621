#include "adapters/logs/elb_parser.h"

#include <gtest/gtest.h>

#include <string>

#include "base/time_text.h"

namespace loadcurve::logs {
namespace {

constexpr WantedFields kAll{.target = true, .workload = true};

// An ALB line that ended at 13:55:36.5; the request had come in at 13:55:30.
std::string AlbLine(const std::string& type, const std::string& target, const std::string& times,
                    const std::string& status) {
  return type + " 2026-10-10T13:55:36.500000Z app/shop/50dc6c495c0c9188 192.0.2.7:2817 " + target +
         " " + times + " " + status +
         R"( 34 366 "GET https://shop.example:443/cart/42?x=1 HTTP/2.0" "curl/8 \x22a b\x22" )"
         "ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 "
         "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/checkout/73e2d6bc24d8 "
         R"("Root=1-58337262-36d228ad5d99923122bbe354" "shop.example" "-" 1 )"
         R"(2026-10-10T13:55:30.000000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-")";
}

BadLine ParseAlb(const std::string& line, LoggedRequest& request, WantedFields wanted = kAll) {
  return AlbParser(wanted).Parse(line, request);
}

TEST(AlbParser, CountsTheTimeOfTheTarget) {
  const std::string line = AlbLine("https", "10.0.0.1:80", "0.086 0.048 0.037", "200 200");
  LoggedRequest request;
  ASSERT_EQ(ParseAlb(line, request), BadLine::kNone);
  EXPECT_EQ(ToRfc3339(request.time), "2026-10-10T13:55:36.5Z");
  EXPECT_FALSE(request.time_is_start);
  EXPECT_EQ(request.duration, Duration(48'000));
  EXPECT_EQ(request.status, 200);
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "https://shop.example:443/cart/42?x=1");
  EXPECT_EQ(request.workload, "checkout");
  EXPECT_FALSE(request.is_upgrade);
}

TEST(AlbParser, CountsATargetThatHangsFromTheCreationOfTheRequest) {
  const std::string line = AlbLine("https", "10.0.0.1:80", "0.001 -1 -1", "504 -");
  LoggedRequest request;
  ASSERT_EQ(ParseAlb(line, request, {}), BadLine::kNone);
  EXPECT_EQ(request.duration, Duration(6'500'000));
  EXPECT_EQ(request.status, 504);
}

TEST(AlbParser, CountsARefusalWithoutTargetAsAnErrorOfNoDuration) {
  const std::string line = AlbLine("http", "-", "-1 -1 -1", "503 -");
  LoggedRequest request;
  ASSERT_EQ(ParseAlb(line, request), BadLine::kNone);
  EXPECT_EQ(request.duration, Duration(0));
  EXPECT_EQ(request.status, 503);
}

TEST(AlbParser, LeavesOutWhatTheBalancerAnsweredItself) {
  LoggedRequest request;
  const std::string line = AlbLine("http", "-", "-1 -1 -1", "301 -");
  EXPECT_EQ(ParseAlb(line, request), BadLine::kUnserved);
  EXPECT_FALSE(IsBad(BadLine::kUnserved));
}

TEST(AlbParser, HoldsAWebSocketFromItsCreationToItsEnd) {
  const std::string line = AlbLine("wss", "10.0.0.1:80", "0.001 0.003 0.000", "101 101");
  LoggedRequest request;
  ASSERT_EQ(ParseAlb(line, request, {}), BadLine::kNone);
  EXPECT_TRUE(request.is_upgrade);
  EXPECT_EQ(request.duration, Duration(6'500'000));
}

TEST(AlbParser, TakesTheWorkloadItIsTold) {
  const std::string line = AlbLine("h2", "10.0.0.1:80", "0.0 0.1 0.0", "200 200");
  LoggedRequest request;
  AlbParser by_target(kAll, WorkloadSource::kUpstream);
  ASSERT_EQ(by_target.Parse(line, request), BadLine::kNone);
  EXPECT_EQ(request.workload, "10.0.0.1:80");
  AlbParser by_host(kAll, WorkloadSource::kHost);
  ASSERT_EQ(by_host.Parse(line, request), BadLine::kNone);
  EXPECT_EQ(request.workload, "shop.example");
}

TEST(AlbParser, SaysWhatIsWrong) {
  LoggedRequest request;
  EXPECT_EQ(ParseAlb("", request), BadLine::kShape);
  EXPECT_EQ(ParseAlb(AlbLine("ftp", "-", "0 0 0", "200 200"), request), BadLine::kShape);
  EXPECT_EQ(ParseAlb("http soon elb c:1 t:1 0 0 0 200 200 0 0 \"GET / HTTP/1.1\"", request),
            BadLine::kTime);
  EXPECT_EQ(ParseAlb(AlbLine("http", "t:1", "0 0 0", "OK 200"), request), BadLine::kStatus);
  EXPECT_EQ(ParseAlb(AlbLine("http", "t:1", "0 x 0", "200 200"), request), BadLine::kDuration);
  EXPECT_EQ(ParseAlb(AlbLine("http", "t:1", "0 - 0", "200 200"), request), BadLine::kDuration);
}

std::string ElbLine(const std::string& backend, const std::string& times,
                    const std::string& status) {
  return "2026-10-10T13:55:36.000000Z shop-elb 192.0.2.7:2817 " + backend + " " + times + " " +
         status + R"( 0 29 "GET http://shop.example:80/cart HTTP/1.1" "curl/7.38.0" - -)";
}

TEST(ClassicElbParser, StartsWhenTheBackendGotTheRequest) {
  const std::string line = ElbLine("10.0.0.1:80", "0.000073 0.001048 0.000057", "200 200");
  ClassicElbParser parser(kAll);
  LoggedRequest request;
  ASSERT_EQ(parser.Parse(line, request), BadLine::kNone);
  EXPECT_EQ(ToRfc3339(request.time), "2026-10-10T13:55:36.000073Z");
  EXPECT_TRUE(request.time_is_start);
  EXPECT_EQ(request.duration, Duration(1'048));
  EXPECT_EQ(request.status, 200);
  EXPECT_EQ(request.workload, "10.0.0.1:80");
  EXPECT_EQ(request.target, "http://shop.example:80/cart");
}

TEST(ClassicElbParser, CountsErrorsWithoutAnAnswer) {
  ClassicElbParser parser(kAll);
  LoggedRequest request;
  ASSERT_EQ(parser.Parse(ElbLine("-", "-1 -1 -1", "503 0"), request), BadLine::kNone);
  EXPECT_EQ(request.duration, Duration(0));
  EXPECT_EQ(request.status, 503);
  EXPECT_EQ(ToRfc3339(request.time), "2026-10-10T13:55:36Z");
  EXPECT_EQ(parser.Parse(ElbLine("-", "-1 -1 -1", "400 0"), request), BadLine::kUnserved);
}

TEST(ClassicElbParser, ReadsAConnectionOfATcpListener) {
  ClassicElbParser parser(kAll);
  LoggedRequest request;
  ASSERT_EQ(parser.Parse(R"(2026-10-10T13:55:36.000000Z shop-elb 192.0.2.7:2817 10.0.0.1:80 )"
                         R"(0.001069 0.000028 0.000041 - - 82 305 "- - - " "-" - -)",
                         request),
            BadLine::kNone);
  EXPECT_EQ(request.duration, Duration(28));
  EXPECT_EQ(request.status, 0);
  EXPECT_EQ(request.target, "");
}

TEST(ClassicElbParser, IsNotTakenInByAnAlbLine) {
  ClassicElbParser parser(kAll);
  LoggedRequest request;
  EXPECT_NE(parser.Parse(AlbLine("http", "t:1", "0 0 0", "200 200"), request), BadLine::kNone);
}

}  // namespace
}  // namespace loadcurve::logs
