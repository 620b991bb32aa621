#include "adapters/logs/json_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/time_text.h"

namespace loadcurve::logs {
namespace {

constexpr WantedFields kAll{.target = true, .workload = true};

JsonParser WellKnown() {
  return JsonParser(FieldMap::WellKnown(), kAll);
}

TEST(JsonParser, ReadsTheLineOfIstio) {
  JsonParser parser = WellKnown();
  LoggedRequest request;
  ASSERT_EQ(
      parser.Parse(
          R"({"start_time":"2026-10-10T13:55:36.310Z","route_name":"default","method":"GET",)"
          R"("path":"/status/418?x=1","protocol":"HTTP/1.1","response_code":200,)"
          R"("response_flags":"-","bytes_received":0,"bytes_sent":135,"duration":226,)"
          R"("upstream_service_time":"100","x_forwarded_for":null,"authority":"httpbin:8000",)"
          R"("upstream_host":"10.44.1.27:80","grpc_status":"Unavailable",)"
          R"("upstream_cluster":"outbound|8000||httpbin.foo.svc.cluster.local"})",
          request),
      BadLine::kNone);
  EXPECT_EQ(ToRfc3339(request.time), "2026-10-10T13:55:36.536Z");
  EXPECT_EQ(request.duration, Duration(100'000));
  EXPECT_EQ(request.status, 200);
  EXPECT_EQ(request.grpc_status, 14);
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/status/418?x=1");
  EXPECT_EQ(request.workload, "httpbin.foo");
}

TEST(JsonParser, TakesTheWholeDurationWhereNoUpstreamAnswered) {
  JsonParser parser = WellKnown();
  LoggedRequest request;
  for (const char* absent : {R"("-")", R"("")", "null"}) {
    ASSERT_EQ(parser.Parse(R"({"start_time":"2026-10-10T13:55:36Z","duration":7,)"
                           R"("response_code":503,"upstream_service_time":)" +
                               std::string(absent) + "}",
                           request),
              BadLine::kNone);
    EXPECT_EQ(request.duration, Duration(7'000)) << absent;
  }
}

TEST(JsonParser, ReadsTheLineOfNginx) {
  JsonParser parser = WellKnown();
  LoggedRequest request;
  ASSERT_EQ(parser.Parse(R"({"time_iso8601":"2026-10-10T13:55:36+00:00","msec":"1791640536.125",)"
                         R"("request":"POST /cart/7?token=x HTTP/1.1","status":"201",)"
                         R"("request_time":"1.500","upstream_response_time":"0.010, 0.020",)"
                         R"("upstream_addr":"10.0.0.1:80, 10.0.0.2:80"})",
                         request),
            BadLine::kNone);
  EXPECT_EQ(ToRfc3339(request.time), "2026-10-10T13:55:36.125Z");
  EXPECT_FALSE(request.time_is_start);
  EXPECT_EQ(request.duration, Duration(30'000));
  EXPECT_EQ(request.status, 201);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/cart/7?token=x");
  EXPECT_EQ(request.workload, "10.0.0.2:80");
}

TEST(JsonParser, ReadsNestedKeysByDots) {
  JsonParser parser(
      FieldMap::Parse("end=at.end:ms,duration=at.spent:us,path=req.url,method=req.method").value(),
      kAll);
  LoggedRequest request;
  ASSERT_EQ(parser.Parse(R"({"level":30,"other":{"url":"/no"},"req":{"id":1,"method":"GET",)"
                         R"("url":"/a\/b","headers":{"url":"/no"}},"at":{"end":1000,"spent":9}})",
                         request),
            BadLine::kNone);
  EXPECT_EQ(request.time, TimePoint(Duration(1'000'000)));
  EXPECT_EQ(request.duration, Duration(9));
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/a/b");
  EXPECT_EQ(parser.DurationSource(), "at.spent");
}

TEST(JsonParser, ReadsDurationsWithTheirOwnUnit) {
  JsonParser parser = WellKnown();
  LoggedRequest request;
  const auto duration_of = [&](const std::string& member) {
    EXPECT_EQ(parser.Parse(R"({"time":"2026-10-10T13:55:36Z",)" + member + "}", request),
              BadLine::kNone)
        << member;
    return request.duration.count();
  };
  EXPECT_EQ(duration_of(R"("duration":"1.5ms")"), 1'500);
  EXPECT_EQ(duration_of(R"("latency":"0.123s")"), 123'000);
  EXPECT_EQ(duration_of(R"("duration_us":250)"), 250);
  EXPECT_EQ(duration_of(R"("latencyMs":2.5)"), 2'500);
  EXPECT_EQ(duration_of(R"("latency":2000000,"latency_human":"2ms")"), 2'000);
  EXPECT_EQ(duration_of(R"("elapsed":3)"), 3'000);
  EXPECT_EQ(duration_of(R"("httpRequest":{"latency":"0.25s"})"), 250'000);
}

TEST(JsonParser, TakesTheDurationOfCaddyAsSeconds) {
  JsonParser parser = WellKnown();
  LoggedRequest request;
  ASSERT_EQ(parser.Parse(R"({"level":"info","ts":1791640536.25,"logger":"http.log.access",)"
                         R"("request":{"proto":"HTTP/2.0","method":"GET","host":"shop.example",)"
                         R"("uri":"/cart"},"duration":0.001926,"size":10900,"status":200})",
                         request),
            BadLine::kNone);
  EXPECT_EQ(request.duration, Duration(1'926));
  EXPECT_EQ(request.target, "/cart");
  EXPECT_EQ(request.workload, "shop.example");
}

TEST(JsonParser, ReadsTheLineOfTraefik) {
  JsonParser parser = WellKnown();
  LoggedRequest request;
  ASSERT_EQ(parser.Parse(R"({"DownstreamStatus":502,"Duration":5000000,"OriginDuration":4000000,)"
                         R"("RequestMethod":"GET","RequestPath":"/x","ServiceName":"shop@docker",)"
                         R"("StartUTC":"2026-10-10T13:55:36.1Z","time":"2026-10-10T13:55:36Z"})",
                         request),
            BadLine::kNone);
  EXPECT_EQ(request.duration, Duration(4'000));
  EXPECT_EQ(request.status, 502);
  EXPECT_EQ(request.workload, "shop@docker");
}

TEST(JsonParser, ReadsBytesThatAreNoUtf8AndEscapesThatAreNoJson) {
  JsonParser parser = WellKnown();
  LoggedRequest request;
  ASSERT_EQ(parser.Parse("{\"time\":\"2026-10-10T13:55:36Z\",\"duration_ms\":5,"
                         "\"path\":\"/caf\xE9\",\"user_agent\":\"a\tb\"}",
                         request),
            BadLine::kNone);
  EXPECT_EQ(request.target, "/caf?");
  ASSERT_EQ(
      parser.Parse(R"({"time":"2026-10-10T13:55:36Z","duration_ms":5,"path":"/a\x22b"})", request),
      BadLine::kNone);
  EXPECT_EQ(request.target, R"(/a\x22b)");
}

TEST(JsonParser, SaysWhatIsWrong) {
  JsonParser parser = WellKnown();
  LoggedRequest request;
  const auto parse = [&](std::string_view line) { return parser.Parse(line, request); };
  EXPECT_EQ(parse(""), BadLine::kShape);
  EXPECT_EQ(parse("plain words"), BadLine::kShape);
  EXPECT_EQ(parse("[1,2]"), BadLine::kShape);
  EXPECT_EQ(parse(R"({"time":"2026-10-10T13:55:36Z","duration_ms":5)"), BadLine::kShape);
  EXPECT_EQ(parse(R"({"time":"2026-10-10T13:55:36Z","duration_ms)"), BadLine::kShape);
  EXPECT_EQ(parse(R"({"duration_ms":5})"), BadLine::kTime);
  EXPECT_EQ(parse(R"({"time":"noon","duration_ms":5})"), BadLine::kTime);
  EXPECT_EQ(parse(R"({"time":"2026-10-10T13:55:36Z"})"), BadLine::kDuration);
  EXPECT_EQ(parse(R"({"time":"2026-10-10T13:55:36Z","duration_ms":"fast"})"), BadLine::kDuration);
  EXPECT_EQ(parse(R"({"time":"2026-10-10T13:55:36Z","duration_ms":true})"), BadLine::kDuration);
  EXPECT_EQ(parse(R"({"time":"2026-10-10T13:55:36Z","duration_ms":-5})"), BadLine::kImplausible);
  EXPECT_EQ(parse(R"({"time":"2026-10-10T13:55:36Z","duration_ms":5,"status":"OK"})"),
            BadLine::kStatus);
}

TEST(JsonParser, ForgetsTheLineBefore) {
  JsonParser parser = WellKnown();
  LoggedRequest request;
  ASSERT_EQ(
      parser.Parse(R"({"time":"2026-10-10T13:55:36Z","duration_ms":5,"status":500})", request),
      BadLine::kNone);
  EXPECT_EQ(parser.Parse(R"({"time":"2026-10-10T13:55:36Z"})", request), BadLine::kDuration);
  EXPECT_EQ(request.status, 0);
}

TEST(JsonParser, HoldsAnUpgradeForItsWholeDuration) {
  JsonParser parser = WellKnown();
  LoggedRequest request;
  ASSERT_EQ(parser.Parse(R"({"start_time":"2026-10-10T13:55:36Z","duration":60000,)"
                         R"("upstream_service_time":"3","response_code":101})",
                         request),
            BadLine::kNone);
  EXPECT_TRUE(request.is_upgrade);
  EXPECT_EQ(request.duration, Duration(60'000'000));
}

TEST(JsonParser, ReadsALineOfAMegabyte) {
  JsonParser parser = WellKnown();
  LoggedRequest request;
  const std::string line = R"({"agent":")" + std::string(1'000'000, 'a') +
                           R"(","time":"2026-10-10T13:55:36Z","duration_ms":5})";
  EXPECT_EQ(parser.Parse(line, request), BadLine::kNone);
}

TEST(JsonParser, ClonesReadTheSame) {
  JsonParser parser(FieldMap::Parse("end=t:s,duration=d:ms").value(), kAll);
  const auto clone = parser.Clone();
  LoggedRequest request;
  ASSERT_EQ(clone->Parse(R"({"t":100,"d":7})", request), BadLine::kNone);
  EXPECT_EQ(request.duration, Duration(7'000));
  EXPECT_EQ(clone->DurationSource(), "d");
}

}  // namespace
}  // namespace loadcurve::logs
