#include "adapters/logs/request_classifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace loadcurve::logs {
namespace {

using testing::HasSubstr;

LoggedRequest Request(int status, int grpc_status = -1) {
  LoggedRequest request;
  request.status = status;
  request.grpc_status = grpc_status;
  request.method = "GET";
  request.target = "/users/42";
  request.workload = "10.0.0.3:8080";
  return request;
}

RequestClass ClassOf(const LoggedRequest& request, const ClassifierOptions& options = {}) {
  return RequestClassifier::Make(options).value().Classify(request).request_class;
}

TEST(RequestClassifier, CallsServerFailuresErrors) {
  EXPECT_EQ(ClassOf(Request(200)), RequestClass::kServed);
  EXPECT_EQ(ClassOf(Request(404)), RequestClass::kServed);
  EXPECT_EQ(ClassOf(Request(0)), RequestClass::kServed);
  EXPECT_EQ(ClassOf(Request(500)), RequestClass::kError);
  EXPECT_EQ(ClassOf(Request(503)), RequestClass::kError);
}

TEST(RequestClassifier, LetsTheGrpcStatusDecideOverHttp200) {
  EXPECT_EQ(ClassOf(Request(200, 0)), RequestClass::kServed);
  EXPECT_EQ(ClassOf(Request(200, 5)), RequestClass::kServed);  // NOT_FOUND is the client's
  EXPECT_EQ(ClassOf(Request(200, 14)), RequestClass::kError);
}

TEST(RequestClassifier, CallsTheFailuresOfAServerErrors) {
  std::string failures;
  for (int status = 0; status <= 16; ++status) {
    if (IsServerFailure(status)) failures += std::to_string(status) + " ";
  }
  EXPECT_EQ(failures, "2 4 8 12 13 14 15 ");
}

TEST(RequestClassifier, SetsLongLivedRequestsApart) {
  EXPECT_EQ(ClassOf(Request(101)), RequestClass::kLongLived);
  LoggedRequest upgrade = Request(200);
  upgrade.is_upgrade = true;
  EXPECT_EQ(ClassOf(upgrade), RequestClass::kLongLived);
  upgrade.status = 502;
  EXPECT_EQ(ClassOf(upgrade), RequestClass::kError);
}

TEST(RequestClassifier, TakesRulesForLongLivedRoutes) {
  const ClassifierOptions options{.long_lived = {"^GET /users/"}};
  EXPECT_TRUE(RequestClassifier::Make(options).value().wanted().target);
  EXPECT_EQ(ClassOf(Request(200), options), RequestClass::kLongLived);
  EXPECT_EQ(ClassOf(Request(200), {.long_lived = {"^POST "}}), RequestClass::kServed);
}

TEST(RequestClassifier, TellsApartOnlyWhatIsAsked) {
  RequestClassifier none = RequestClassifier::Make({}).value();
  EXPECT_FALSE(none.wanted().target);
  EXPECT_FALSE(none.wanted().workload);
  EXPECT_EQ(none.Classify(Request(200)).route, "");
  EXPECT_EQ(none.Classify(Request(200)).workload, "");

  RequestClassifier both = RequestClassifier::Make({.by_route = true, .by_workload = true}).value();
  EXPECT_EQ(both.Classify(Request(200)).route, "GET /users/{id}");
  EXPECT_EQ(both.Classify(Request(200)).workload, "10.0.0.3:8080");
}

TEST(RequestClassifier, TakesOperationNamesAsTheyStand) {
  LoggedRequest request = Request(200);
  request.method = "";
  request.target = "hipstershop.CartService/GetCart 42";
  request.target_is_route = true;
  RequestClassifier classifier = RequestClassifier::Make({.by_route = true}).value();
  EXPECT_EQ(classifier.Classify(request).route, "hipstershop.CartService/GetCart 42");
}

TEST(RequestClassifier, NamesWorkloadsByRule) {
  RequestClassifier classifier =
      RequestClassifier::Make(
          {.by_workload = true, .workload_from = {"upstream", R"(^10\.0\.0\.=checkout)"}})
          .value();
  EXPECT_EQ(classifier.workload_source(), WorkloadSource::kUpstream);
  EXPECT_EQ(classifier.Classify(Request(200)).workload, "checkout");
  LoggedRequest other = Request(200);
  other.workload = "10.9.0.1:80";
  EXPECT_EQ(classifier.Classify(other).workload, "10.9.0.1:80");
}

TEST(RequestClassifier, NamesTheOptionOfAWrongRule) {
  const auto rule = RequestClassifier::Make({.workload_from = {"somewhere"}});
  ASSERT_FALSE(rule);
  EXPECT_THAT(rule.error().message,
              HasSubstr("--workload-from 'somewhere': there is no '='; expected 'REGEX=NAME', or "
                        "host, upstream or cluster"));
  const auto expression = RequestClassifier::Make({.long_lived = {"["}});
  ASSERT_FALSE(expression);
  EXPECT_THAT(expression.error().message, HasSubstr("--long-lived '['"));
}

TEST(SeriesFinder, FindsTheSeriesThatInternGives) {
  RequestCounts counts =
      RequestCounts::Make(DurationBounds::Default(), std::chrono::seconds(60)).value();
  SeriesFinder finder(counts);
  // More series than the first table holds, twice, in both orders.
  std::vector<RequestCounts::SeriesId> first;
  for (int i = 0; i < 1000; ++i) {
    const std::string route = "route " + std::to_string(i / 3);
    const Classification classification{"shop", route, static_cast<RequestClass>(i % 3)};
    first.push_back(finder.Of(classification));
    EXPECT_EQ(first.back(), counts.Intern("shop", route, static_cast<RequestClass>(i % 3)));
  }
  EXPECT_EQ(counts.series().size(), 1000U);
  for (int i = 999; i >= 0; --i) {
    const std::string route = "route " + std::to_string(i / 3);
    EXPECT_EQ(finder.Of({"shop", route, static_cast<RequestClass>(i % 3)}),
              first[static_cast<std::size_t>(i)]);
  }
}

TEST(WorkloadOf, TakesClusterThenUpstreamThenHost) {
  const std::string_view cluster = "outbound|8080|v1|checkout.shop.svc.cluster.local";
  EXPECT_EQ(WorkloadOf({cluster, "10.0.0.1:80", "shop:8080"}, WorkloadSource::kBestKnown),
            "checkout.shop");
  EXPECT_EQ(WorkloadOf({"-", "10.0.0.1:80", "shop:8080"}, WorkloadSource::kBestKnown),
            "10.0.0.1:80");
  EXPECT_EQ(WorkloadOf({"", "-", "shop:8080"}, WorkloadSource::kBestKnown), "shop");
  EXPECT_EQ(WorkloadOf({"", "-", "-"}, WorkloadSource::kBestKnown), "");
  EXPECT_EQ(WorkloadOf({cluster, "10.0.0.1:80", "shop:8080"}, WorkloadSource::kHost), "shop");
  EXPECT_EQ(WorkloadOf({cluster, "10.0.0.1:80", "shop"}, WorkloadSource::kUpstream), "10.0.0.1:80");
}

TEST(WorkloadOf, TakesTheHostOfAnInboundSidecar) {
  EXPECT_EQ(
      WorkloadOf({"inbound|8080||", "127.0.0.1:8080", "checkout:80"}, WorkloadSource::kBestKnown),
      "checkout");
}

TEST(WithoutPort, KeepsAddressesOfVersionSix) {
  EXPECT_EQ(WithoutPort("[::1]:80"), "[::1]");
  EXPECT_EQ(WithoutPort("::1"), "::1");
  EXPECT_EQ(WithoutPort("shop.example"), "shop.example");
}

}  // namespace
}  // namespace loadcurve::logs
