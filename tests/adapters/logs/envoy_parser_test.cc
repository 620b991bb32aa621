#include "adapters/logs/envoy_parser.h"

#include <gtest/gtest.h>

#include <string>

#include "base/time_text.h"

namespace loadcurve::logs {
namespace {

constexpr WantedFields kAll{.target = true, .workload = true};

constexpr std::string_view kEnvoyLine =
    R"([2026-10-10T13:55:36.310Z] "POST /api/v1/locations?id=7 HTTP/2" 204 - 154 0 226 100 )"
    R"("10.0.35.28" "client/1.0" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "shop:8080" )"
    R"("10.0.3.3:8080")";

constexpr std::string_view kIstioLine =
    R"([2026-10-10T13:55:36.310Z] "GET /status/418 HTTP/1.1" 418 - via_upstream - "-" 0 135 5 4 )"
    R"("-" "curl/8" "84961386-6d84-929d-98bd-c5aee93b5c88" "httpbin:8000" "10.44.1.27:80" )"
    R"(outbound|8000||httpbin.foo.svc.cluster.local 10.44.1.23:37652 10.0.45.184:8000 )"
    R"(10.44.1.23:46520 - default)";

TEST(EnvoyParser, ReadsTheDefaultLine) {
  EnvoyParser parser(kAll);
  LoggedRequest request;
  ASSERT_EQ(parser.Parse(kEnvoyLine, request), BadLine::kNone);
  // 36.310 + 226 ms; the upstream held it 100 of them.
  EXPECT_EQ(ToRfc3339(request.time), "2026-10-10T13:55:36.536Z");
  EXPECT_FALSE(request.time_is_start);
  EXPECT_EQ(request.duration, Duration(100'000));
  EXPECT_EQ(request.status, 204);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/api/v1/locations?id=7");
  EXPECT_EQ(request.workload, "10.0.3.3:8080");
  EXPECT_FALSE(request.is_upgrade);
}

TEST(EnvoyParser, ReadsTheLineOfIstio) {
  EnvoyParser parser(kAll);
  LoggedRequest request;
  ASSERT_EQ(parser.Parse(kIstioLine, request), BadLine::kNone);
  EXPECT_EQ(request.duration, Duration(4'000));
  EXPECT_EQ(request.status, 418);
  EXPECT_EQ(request.workload, "httpbin.foo");
}

TEST(EnvoyParser, TakesTheWorkloadItIsTold) {
  LoggedRequest request;
  EnvoyParser by_host(kAll, WorkloadSource::kHost);
  ASSERT_EQ(by_host.Parse(kIstioLine, request), BadLine::kNone);
  EXPECT_EQ(request.workload, "httpbin");
  EnvoyParser by_upstream(kAll, WorkloadSource::kUpstream);
  ASSERT_EQ(by_upstream.Parse(kIstioLine, request), BadLine::kNone);
  EXPECT_EQ(request.workload, "10.44.1.27:80");
}

TEST(EnvoyParser, CountsTheWholeDurationWhereNoUpstreamAnswered) {
  EnvoyParser parser(kAll);
  LoggedRequest request;
  ASSERT_EQ(parser.Parse(
                R"([2026-10-10T13:55:36.000Z] "GET / HTTP/1.1" 503 UH no_healthy_upstream - "-" )"
                R"(0 19 7 - "-" "curl/8" "id" "shop" "-" outbound|80||shop.ns.svc.cluster.local )"
                R"(- 10.0.0.1:80 10.0.0.2:1 - -)",
                request),
            BadLine::kNone);
  EXPECT_EQ(request.duration, Duration(7'000));
  EXPECT_EQ(request.status, 503);
  EXPECT_EQ(request.workload, "shop.ns");
}

TEST(EnvoyParser, CountsTheWholeDurationOfWhatIsHeldOpen) {
  EnvoyParser parser(kAll);
  LoggedRequest request;
  ASSERT_EQ(parser.Parse(R"([2026-10-10T13:55:36.000Z] "GET /ws HTTP/1.1" 101 - 5 9 60000 3 "-" )"
                         R"("-" "id" "shop" "10.0.0.1:80")",
                         request),
            BadLine::kNone);
  EXPECT_TRUE(request.is_upgrade);
  EXPECT_EQ(request.duration, Duration(60'000'000));
  EXPECT_EQ(ToRfc3339(request.time), "2026-10-10T13:56:36Z");
}

TEST(EnvoyParser, TakesAConnectionOfTheTcpProxyAsHeldOpen) {
  EnvoyParser parser(kAll);
  LoggedRequest request;
  ASSERT_EQ(parser.Parse(R"([2026-10-10T13:55:36.000Z] "- - -" 0 - - - "-" 1338 2114 90000 - "-" )"
                         R"("-" "-" "-" "10.0.0.9:3306" outbound|3306||db.ns.svc.cluster.local - )"
                         R"(10.0.0.1:3306 10.0.0.2:1 - -)",
                         request),
            BadLine::kNone);
  EXPECT_TRUE(request.is_upgrade);
  EXPECT_EQ(request.duration, Duration(90'000'000));
  EXPECT_EQ(request.workload, "db.ns");
  EXPECT_EQ(request.target, "");
}

TEST(EnvoyParser, SaysWhatIsWrong) {
  EnvoyParser parser(kAll);
  LoggedRequest request;
  const auto parse = [&](std::string_view line) { return parser.Parse(line, request); };
  EXPECT_EQ(parse(""), BadLine::kShape);
  EXPECT_EQ(parse("plain words"), BadLine::kShape);
  EXPECT_EQ(parse(R"([2026-10-10T13:55:36Z] "GET / HTTP/1.1" 200 - 1 2)"), BadLine::kShape);
  EXPECT_EQ(parse(R"([yesterday] "GET / HTTP/1.1" 200 - 1 2 3 4 "-")"), BadLine::kTime);
  EXPECT_EQ(parse(R"([2026-10-10T13:55:36Z] "GET / HTTP/1.1" OK - 1 2 3 4 "-")"), BadLine::kStatus);
  EXPECT_EQ(parse(R"([2026-10-10T13:55:36Z] "GET / HTTP/1.1" 200 - 1 2 - 4 "-")"),
            BadLine::kDuration);
  EXPECT_EQ(parse(R"([2026-10-10T13:55:36Z] "GET / HTTP/1.1" 200 - 1 2 3 x "-")"),
            BadLine::kDuration);
  EXPECT_EQ(parse(R"([2026-10-10T13:55:36Z] "GET / HTTP/1.1" 200 - 1 2 3 -4 "-")"),
            BadLine::kImplausible);
}

}  // namespace
}  // namespace loadcurve::logs
