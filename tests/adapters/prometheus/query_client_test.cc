#include "adapters/prometheus/query_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapters/prometheus/scripted_prometheus.h"

namespace loadcurve::prometheus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

TimePoint At(std::int64_t s) {
  return TimePoint(seconds(s));
}

QueryClient ClientOf(http::HttpTransport& transport, QueryOptions options = {}) {
  if (options.base_url.empty()) options.base_url = "http://prometheus:9090";
  return QueryClient::Make(transport, std::move(options)).value();
}

TEST(QueryClient, PostsAForm) {
  ScriptedPrometheus server;
  ASSERT_TRUE(ClientOf(server).At("up{job=\"a b\"} + 1", At(1'700'000'000) + milliseconds(250)));
  const auto& asked = server.asked()[0];
  EXPECT_EQ(asked.url, "http://prometheus:9090/api/v1/query");
  EXPECT_EQ(http::HeaderOf(asked.headers, "content-type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(asked.form.at("query"), "up{job=\"a b\"} + 1");
  EXPECT_EQ(asked.form.at("time"), "1700000000.250");
  EXPECT_EQ(asked.form.at("timeout"), "30.000");
  EXPECT_EQ(asked.deadline, seconds(30));
}

TEST(QueryClient, SendsCredentialsHeadersAndParameters) {
  ScriptedPrometheus server;
  int calls = 0;
  QueryOptions options;
  options.base_url = "https://mimir/prometheus/";
  options.bearer_token = [&]() -> Result<std::string> { return "t" + std::to_string(++calls); };
  options.headers = {{"X-Scope-OrgID", "shop"}};
  options.parameters = {{"partial_response", "false"}};
  const QueryClient client = ClientOf(server, options);
  ASSERT_TRUE(client.At("1", At(0)));
  ASSERT_TRUE(client.At("1", At(0)));
  EXPECT_EQ(server.asked()[0].url, "https://mimir/prometheus/api/v1/query");
  EXPECT_EQ(http::HeaderOf(server.asked()[0].headers, "Authorization"), "Bearer t1");
  EXPECT_EQ(http::HeaderOf(server.asked()[1].headers, "Authorization"), "Bearer t2");
  EXPECT_EQ(http::HeaderOf(server.asked()[0].headers, "X-Scope-OrgID"), "shop");
  EXPECT_EQ(server.asked()[0].form.at("partial_response"), "false");

  QueryOptions basic;
  basic.basic = BasicCredentials{"Aladdin", "open sesame"};  // RFC 7617, section 2
  ASSERT_TRUE(ClientOf(server, basic).At("1", At(0)));
  EXPECT_EQ(http::HeaderOf(server.asked()[2].headers, "Authorization"),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

TEST(QueryClient, AsksForLongRangesInPieces) {
  ScriptedPrometheus server;
  QueryOptions options;
  options.most_points = 3;
  const auto answer = ClientOf(server, options).Over("x", {At(0), At(300), seconds(60)});
  ASSERT_TRUE(answer);
  ASSERT_EQ(server.asked().size(), 2U);
  EXPECT_EQ(server.asked()[0].url, "http://prometheus:9090/api/v1/query_range");
  EXPECT_EQ(server.asked()[0].form.at("start"), "0.000");
  EXPECT_EQ(server.asked()[0].form.at("end"), "120.000");
  EXPECT_EQ(server.asked()[1].form.at("start"), "180.000");
  EXPECT_EQ(server.asked()[1].form.at("end"), "300.000");
  EXPECT_EQ(server.asked()[1].form.at("step"), "60.000");
}

TEST(QueryClient, PutsPiecesTogetherByLabels) {
  ScriptedPrometheus server;
  server.Answer(
      "x", "matrix",
      R"([{"metric":{"a":"1"},"values":[[0,"1"]]},{"metric":{"a":"2"},"values":[[0,"2"]]}])");
  QueryOptions options;
  options.most_points = 1;
  const auto answer = ClientOf(server, options).Over("x", {At(0), At(60), seconds(60)});
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->series.size(), 2U);
  EXPECT_EQ(answer->series[1].points.size(), 2U);
}

TEST(QueryClient, GivesSamplesAfterTheLeftEdgeOnly) {
  ScriptedPrometheus server;
  server.Add("x", {{"pod", "a"}}, {{60, 1}, {75, 2}, {90, 3}});
  server.Add("x", {{"pod", "gone"}}, {{60, 1}});
  const auto answer = ClientOf(server).SamplesOf("x{pod!=\"\"}", At(60), At(90));
  ASSERT_TRUE(answer);
  EXPECT_EQ(server.Queries()[0], "x{pod!=\"\"}[30000ms]");
  ASSERT_EQ(answer->series.size(), 1U);
  EXPECT_THAT(answer->series[0].points, ElementsAre(FloatPoint{At(75), 2}, FloatPoint{At(90), 3}));
}

TEST(QueryClient, NamesTheAddressAndTheQueryInErrors) {
  ScriptedPrometheus server;
  server.AnswerAll(503, "no healthy upstream");
  const auto answer = ClientOf(server).At("up", At(0));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(answer.error().message,
            "http://prometheus:9090, query up: HTTP 503: 'no healthy upstream'");

  server.FailAll({ErrorCode::kDeadlineExceeded, "nothing came in 30s"});
  EXPECT_EQ(ClientOf(server).At("up", At(0)).error().code, ErrorCode::kDeadlineExceeded);
}

TEST(QueryClient, AsksNobodyWithoutAToken) {
  ScriptedPrometheus server;
  QueryOptions options;
  options.bearer_token = []() -> Result<std::string> {
    return Fail(ErrorCode::kNotFound, "no token file");
  };
  EXPECT_THAT(ClientOf(server, options).At("up", At(0)).error().message,
              HasSubstr("no token file"));
  EXPECT_TRUE(server.asked().empty());
}

TEST(QueryClient, RefusesWhatItCannotAsk) {
  ScriptedPrometheus server;
  for (const char* url : {"", "prometheus:9090", "ftp://x", "http://x/?a=b"})
    EXPECT_EQ(QueryClient::Make(server, {.base_url = url}).error().code,
              ErrorCode::kInvalidArgument)
        << url;
  QueryOptions both;
  both.base_url = "http://x";
  both.basic = BasicCredentials{};
  both.bearer_token = []() -> Result<std::string> { return "t"; };
  EXPECT_FALSE(QueryClient::Make(server, both));
  const QueryClient client = ClientOf(server);
  EXPECT_FALSE(client.Over("x", {At(60), At(0), seconds(60)}));
  EXPECT_FALSE(client.Over("x", {At(0), At(60), Duration(0)}));
  EXPECT_FALSE(client.SamplesOf("x", At(60), At(60)));
  EXPECT_TRUE(server.asked().empty());
}

}  // namespace
}  // namespace loadcurve::prometheus
