#include "adapters/external_metrics/api_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "adapters/external_metrics/media_type.h"

namespace loadcurve::external_metrics {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kP(kRoot);

// Answers what it was told to, and remembers what it was asked.
class ScriptedReader final : public MetricReader {
 public:
  Result<MetricItem> Read(const MetricQuery& query) const override {
    last = query;
    return next;
  }
  Result<MetricItem> next = MetricItem{
      .labels = {{"workload", "web"}},
      .value = 12.5,
      .measured_at = TimePoint(std::chrono::sys_days(std::chrono::year(2026) / 11 / 23)) +
                     std::chrono::hours(10) + std::chrono::minutes(3) +
                     std::chrono::milliseconds(17900),
      .window = std::chrono::seconds(60)};
  mutable MetricQuery last;
};

class ApiRoutesTest : public ::testing::Test {
 protected:
  http::ServerResponse Get(const std::string& target, std::string_view accept = "",
                           std::string_view if_none_match = "") const {
    return routes_.Answer({.target = RequestTarget::Parse(target).value(),
                           .accept = accept,
                           .if_none_match = if_none_match});
  }
  // Checks what holds for every failure, and returns its Status.
  json Failure(const http::ServerResponse& response, int code, std::string_view reason) const {
    EXPECT_EQ(response.status, code);
    EXPECT_EQ(http::HeaderOf(response.headers, "Content-Type"), "application/json");
    EXPECT_EQ(http::HeaderOf(response.headers, "Cache-Control"), "no-cache, private");
    EXPECT_EQ(http::HeaderOf(response.headers, "Retry-After"), "");
    EXPECT_THAT(response.body, Not(HasSubstr("%")));
    json status = json::parse(response.body);
    EXPECT_EQ(status["kind"], "Status");
    EXPECT_EQ(status["apiVersion"], "v1");
    EXPECT_EQ(status["metadata"], json::object());
    EXPECT_EQ(status["status"], "Failure");
    EXPECT_EQ(status["reason"], reason);
    EXPECT_EQ(status["code"], code);
    return status;
  }

  ScriptedReader reader_;
  HealthChecks health_{{}};
  ApiRoutes routes_{MakeDocuments({}, {.git_version = "v0.3.1", .git_commit = "abc"}).value(),
                    reader_, health_, [] { return std::string("up 1\n"); }};
};

// C9
TEST_F(ApiRoutesTest, ListTheResourcesOfTheVersionNeverEmpty) {
  const auto response = Get(kP);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(http::HeaderOf(response.headers, "Content-Type"), "application/json");
  EXPECT_EQ(response.body, R"({"kind":"APIResourceList","apiVersion":"v1",)"
                           R"("groupVersion":"external.metrics.k8s.io/v1beta1","resources":[)"
                           R"({"name":"externalmetrics","singularName":"","namespaced":true,)"
                           R"("kind":"ExternalMetricValueList","verbs":["get"]}]})"
                           "\n");
  EXPECT_EQ(Get(kP + "/").body, response.body);
}

TEST_F(ApiRoutesTest, ListTheMetricsByNameWhereTheyAreGiven) {
  const ApiRoutes named(MakeDocuments({"a", "b"}, {}).value(), reader_, health_, {});
  const auto list = json::parse(named.Answer({.target = RequestTarget::Parse(kP).value()}).body);
  ASSERT_EQ(list["resources"].size(), 2U);
  EXPECT_EQ(list["resources"][1]["name"], "b");
}

// C10
TEST_F(ApiRoutesTest, DescribeTheGroup) {
  EXPECT_EQ(Get("/apis/external.metrics.k8s.io").body,
            R"({"kind":"APIGroup","apiVersion":"v1","name":"external.metrics.k8s.io",)"
            R"("versions":[{"groupVersion":"external.metrics.k8s.io/v1beta1",)"
            R"("version":"v1beta1"}],"preferredVersion":)"
            R"({"groupVersion":"external.metrics.k8s.io/v1beta1","version":"v1beta1"}})"
            "\n");
}

// C11
TEST_F(ApiRoutesTest, ListTheGroups) {
  const auto list = json::parse(Get("/apis", "application/json").body);
  EXPECT_EQ(list["kind"], "APIGroupList");
  EXPECT_EQ(list["apiVersion"], "v1");
  ASSERT_EQ(list["groups"].size(), 1U);
  json group = json::parse(Get("/apis/external.metrics.k8s.io").body);
  group.erase("kind");
  group.erase("apiVersion");
  EXPECT_EQ(list["groups"][0], group);
}

// C12
TEST_F(ApiRoutesTest, AggregateDiscoveryForThoseWhoAcceptIt) {
  const std::string accept(kAggregatedDiscoveryType);
  const auto response = Get("/apis", accept);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(http::HeaderOf(response.headers, "Content-Type"), accept);
  EXPECT_EQ(http::HeaderOf(response.headers, "Vary"), "Accept");
  EXPECT_EQ(http::HeaderOf(response.headers, "Cache-Control"), "public");
  EXPECT_EQ(
      response.body,
      R"({"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},)"
      R"("items":[{"metadata":{"name":"external.metrics.k8s.io","creationTimestamp":null},)"
      R"("versions":[{"version":"v1beta1","freshness":"Current","resources":[)"
      R"({"resource":"externalmetrics","responseKind":)"
      R"({"group":"","version":"","kind":"ExternalMetricValueList"},)"
      R"("scope":"Namespaced","singularResource":"","verbs":["get"]}]}]}]})"
      "\n");
  const std::string etag(http::HeaderOf(response.headers, "ETag"));
  EXPECT_TRUE(etag.size() > 2 && etag.front() == '"' && etag.back() == '"');
  const auto same = Get("/apis", accept, etag);
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(http::HeaderOf(same.headers, "ETag"), etag);
  EXPECT_EQ(Get("/apis", accept, "\"other\"").status, 200);
  EXPECT_EQ(Get("/apis", accept, "\"other\", W/" + etag).status, 304);
  EXPECT_EQ(Get("/apis", "application/json", etag).status, 200) << "another document";
  EXPECT_EQ(json::parse(Get("/apis",
                            "application/json;g=apidiscovery.k8s.io;v=v2beta1;"
                            "as=APIGroupDiscoveryList,application/json")
                            .body)["kind"],
            "APIGroupList");
}

// C13
TEST_F(ApiRoutesTest, IndexAndServeOpenApi3) {
  const std::string gv = "apis/external.metrics.k8s.io/v1beta1";
  const auto index = json::parse(Get("/openapi/v3").body);
  const std::string url = index["paths"][gv]["serverRelativeURL"];
  EXPECT_THAT(url, ::testing::StartsWith("/openapi/v3/" + gv + "?hash="));
  const auto response = Get(url);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(http::HeaderOf(response.headers, "Cache-Control"), "public, immutable");
  EXPECT_NE(http::HeaderOf(response.headers, "ETag"), "");
  EXPECT_EQ(http::HeaderOf(Get("/openapi/v3/" + gv).headers, "Cache-Control"), "no-cache, private");
  const auto document = json::parse(response.body);
  EXPECT_EQ(document["openapi"], "3.0.0");
  const std::string models = "io.k8s.metrics.pkg.apis.external_metrics.v1beta1.";
  EXPECT_TRUE(document["components"]["schemas"].contains(models + "ExternalMetricValue"));
  EXPECT_EQ(document["components"]["schemas"][models + "ExternalMetricValueList"]["properties"]
                    ["items"]["items"]["$ref"],
            "#/components/schemas/" + models + "ExternalMetricValue");
}

// C14
TEST_F(ApiRoutesTest, ServeOpenApi2) {
  const auto response = Get("/openapi/v2", "application/json");
  EXPECT_EQ(response.status, 200);
  const std::string etag(http::HeaderOf(response.headers, "ETag"));
  EXPECT_EQ(Get("/openapi/v2", "application/json", etag).status, 304);
  const auto document = json::parse(response.body);
  EXPECT_EQ(document["swagger"], "2.0");
  EXPECT_TRUE(document["paths"].contains(kP + "/namespaces/{namespace}/{metric}"));
  EXPECT_EQ(document["paths"].begin().value()["get"]["parameters"].size(), 3U);
  EXPECT_EQ(document["definitions"].size(), 2U);
  Failure(Get("/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"), 406,
          "NotAcceptable");
}

// Every reference of a document leads somewhere within it.
void CheckReferences(const json& document, const json& at) {
  if (at.is_object() && at.contains("$ref")) {
    const std::string reference = at["$ref"];
    EXPECT_TRUE(document.contains(json::json_pointer(reference.substr(1)))) << reference;
  }
  if (at.is_structured()) {
    for (const json& below : at) CheckReferences(document, below);
  }
}

TEST_F(ApiRoutesTest, ReferToNothingThatOpenApiDoesNotDefine) {
  for (const char* path : {"/openapi/v2", "/openapi/v3/apis/external.metrics.k8s.io/v1beta1"}) {
    const auto document = json::parse(Get(path).body);
    CheckReferences(document, document);
  }
}

// C15
TEST_F(ApiRoutesTest, TellTheVersion) {
  const auto version = json::parse(Get("/version").body);
  for (const char* field : {"major", "minor", "gitVersion", "gitCommit", "gitTreeState",
                            "buildDate", "goVersion", "compiler", "platform"})
    EXPECT_TRUE(version.contains(field)) << field;
  EXPECT_EQ(version["major"], "0");
  EXPECT_EQ(version["minor"], "3");
  EXPECT_EQ(version["gitVersion"], "v0.3.1");
}

TEST_F(ApiRoutesTest, ServeHealthAndMetrics) {
  EXPECT_EQ(Get("/readyz").body, "ok");
  EXPECT_EQ(Get("/livez/ping").body, "ok");
  EXPECT_EQ(Get("/metrics").body, "up 1\n");
  const ApiRoutes without(MakeDocuments({}, {}).value(), reader_, health_, {});
  EXPECT_EQ(without.Answer({.target = RequestTarget::Parse("/metrics").value()}).status, 404);
}

// D16
TEST_F(ApiRoutesTest, HaveNothingElse) {
  for (const std::string& path :
       {std::string("/"), std::string("/api"), std::string("/apis/apps"), std::string("/healthy"),
        std::string("/openapi/v4"), std::string("/openapi/v3/apis/apps/v1"), kP + "/load",
        kP + "/namespaces", kP + "/namespaces/shop", kP + "/namespaces/shop/g/load",
        kP + "/namespaces//load", kP + "/namespace/shop/load",
        std::string("/apis/external.metrics.k8s.io/v1beta2/namespaces/shop/load"),
        std::string("/apis//external.metrics.k8s.io/v1beta1")})
    Failure(Get(path), 404, "NotFound");
}

// D18
TEST_F(ApiRoutesTest, AskForTheMetricOfTheNamespaceWithTheSelector) {
  EXPECT_EQ(Get(kP + "/namespaces/shop/load?labelSelector=env+in+%28a%2Cb%29%2C%21c").status, 200);
  EXPECT_EQ(reader_.last.namespace_name, "shop");
  EXPECT_EQ(reader_.last.metric, "load");
  EXPECT_EQ(reader_.last.selector.ToString(), "!c,env in (a,b)");
  EXPECT_EQ(Get(kP + "/namespaces/shop/load?labelSelector=").status, 200);
  EXPECT_EQ(reader_.last.selector.ToString(), "");
  EXPECT_EQ(Get(kP + "/namespaces/shop/load/?limit=500&continue=&resourceVersion=0&"
                     "timeoutSeconds=5&pretty=true&fieldSelector=metadata.name%3Dx")
                .status,
            200);
  const json status =
      Failure(Get(kP + "/namespaces/shop/load?labelSelector=a+b"), 400, "BadRequest");
  EXPECT_EQ(status["message"],
            "label selector 'a b': found 'b', expected one of = == != in notin "
            "> <");
}

// D17
TEST_F(ApiRoutesTest, SupportNoWatch) {
  Failure(Get(kP + "/namespaces/shop/load?watch=true"), 405, "MethodNotAllowed");
  EXPECT_EQ(Get(kP + "/namespaces/shop/load?watch=false").status, 200);
}

// D19
TEST_F(ApiRoutesTest, GiveAListOfOneItem) {
  const auto response = Get(kP + "/namespaces/shop/load");
  EXPECT_EQ(response.body,
            R"({"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1",)"
            R"("metadata":{},"items":[{"metricName":"load","metricLabels":{"workload":"web"},)"
            R"("timestamp":"2026-11-23T10:03:17Z","window":60,"value":"12500m"}]})"
            "\n");
  EXPECT_EQ(http::HeaderOf(response.headers, "Cache-Control"), "no-cache, private");
}

TEST_F(ApiRoutesTest, AlwaysGiveLabelsAndATimeButNoWindowThatIsNone) {
  reader_.next->labels.clear();
  reader_.next->window = Duration(0);
  reader_.next->value = 0;
  const auto item = json::parse(Get(kP + "/namespaces/shop/load").body)["items"][0];
  EXPECT_EQ(item["metricLabels"], json::object());
  EXPECT_EQ(item["timestamp"], "2026-11-23T10:03:17Z");
  EXPECT_FALSE(item.contains("window"));
  EXPECT_EQ(item["value"], "0");
}

TEST_F(ApiRoutesTest, WriteAnyTextAsJson) {
  reader_.next->labels = {{"a\"b", "c\\d\n"}, {"\xc3\xa9", "\xff"}};
  const auto body = Get(kP + "/namespaces/shop/a%22%00b").body;
  const auto item = json::parse(body)["items"][0];
  EXPECT_EQ(item["metricName"], std::string("a\"\0b", 4));
  EXPECT_EQ(item["metricLabels"]["a\"b"], "c\\d\n");
  EXPECT_EQ(item["metricLabels"]["\xc3\xa9"], "\xef\xbf\xbd");
}

// D20
TEST_F(ApiRoutesTest, TakeAValueThatIsNoneForOurOwnFault) {
  for (const double value : {std::nan(""), -1.0, HUGE_VAL}) {
    reader_.next->value = value;
    Failure(Get(kP + "/namespaces/shop/load"), 500, "InternalError");
  }
}

// D21
TEST_F(ApiRoutesTest, AnswerJsonToTheHpaAnd406ToThoseWhoTakeNone) {
  EXPECT_EQ(Get(kP + "/namespaces/shop/load", "application/vnd.kubernetes.protobuf, */*").status,
            200);
  Failure(Get(kP + "/namespaces/shop/load", "application/vnd.kubernetes.protobuf"), 406,
          "NotAcceptable");
  Failure(Get(kP, "application/yaml"), 406, "NotAcceptable");
}

TEST_F(ApiRoutesTest, PrintPrettilyWhenAskedTo) {
  const auto response =
      routes_.Answer({.target = RequestTarget::Parse(kP).value(), .layout = Layout::kPretty});
  EXPECT_THAT(response.body, ::testing::StartsWith("{\n  \"kind\": \"APIResourceList\",\n"));
  EXPECT_EQ(json::parse(response.body), json::parse(Get(kP).body));
}

// E23, E24
TEST_F(ApiRoutesTest, SayWhatIsWrongWithAMetric) {
  const std::map<ErrorCode, std::pair<int, std::string>> cases = {
      {ErrorCode::kNotFound, {404, "NotFound"}},
      {ErrorCode::kInvalidArgument, {400, "BadRequest"}},
      {ErrorCode::kInsufficientData, {503, "ServiceUnavailable"}},
      {ErrorCode::kUnavailable, {503, "ServiceUnavailable"}},
      {ErrorCode::kDeadlineExceeded, {504, "Timeout"}},
      {ErrorCode::kPermissionDenied, {403, "Forbidden"}},
      {ErrorCode::kInternal, {500, "InternalError"}}};
  for (const auto& [code, expected] : cases) {
    reader_.next = Fail(code, "load of shop/web is 95 s old: Prometheus is down; is it up?");
    const json status = Failure(Get(kP + "/namespaces/shop/load"), expected.first, expected.second);
    EXPECT_EQ(status["message"], "load of shop/web is 95 s old: Prometheus is down; is it up?");
    EXPECT_EQ(status["details"], json::parse(R"({"name": "load", "kind": "load",
                                                 "group": "external.metrics.k8s.io"})"));
  }
}

// E25
TEST_F(ApiRoutesTest, KeepPercentSignsOutOfMessages) {
  reader_.next = Fail(ErrorCode::kInsufficientData, "85% of targets, %s %!d(BADINDEX)");
  EXPECT_EQ(Failure(Get(kP + "/namespaces/shop/load"), 503, "ServiceUnavailable")["message"],
            "85 percent of targets,  percents  percent!d(BADINDEX)");
}

}  // namespace
}  // namespace loadcurve::external_metrics
