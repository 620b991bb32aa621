#include "adapters/mock/plan_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include "adapters/mock/plan_fields.h"

namespace loadcurve::mock {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

// The message about a plan that is refused.
std::string WhyNot(const std::string& text) {
  const auto plan = ParsePlan(text, "plan.yaml");
  EXPECT_FALSE(plan) << text;
  if (plan) return "";
  EXPECT_EQ(plan.error().code, ErrorCode::kInvalidArgument);
  return plan.error().message;
}

TEST(PlanReader, ReadsRoutesPoolsAndFaults) {
  const auto plan = ParsePlan(R"(
routes:
  - route: GET /item/{id}
    latency: {lognormal: {median: 20ms, p99: 200ms}}
    size: {uniform: {from: 1000, to: 3000}}
  - match: '^POST /pay'
    name: pay
    latency: 5ms
    status: {200: 0.75, 402: 0.25}
    headers: {Content-Type: application/json}
    body: '{"ok": true}'
    pool: bank
otherwise: {status: 501}
pools:
  bank: {workers: 8, queue: 100, status: 429}
faults:
  - {name: outage, kind: status, status: 500, share: 0.2, from: 30s, until: 90s, routes: [pay]}
  - {name: warming, kind: slow_start, factor: 5, until: 60s}
  - {name: freeze, kind: hang, hang: 3s, on: false}
)",
                              "plan.yaml");
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->routes.size(), 2U);
  EXPECT_EQ(plan->routes[0].name, "GET /item/{id}");
  EXPECT_NEAR(plan->routes[0].latency.At(0.5), 20'000, 1e-6);
  EXPECT_NEAR(plan->routes[0].latency.At(0.99), 200'000, 1e-6);
  EXPECT_DOUBLE_EQ(plan->routes[0].size->At(0.5), 2000);
  const MockRoute& pay = plan->routes[1];
  EXPECT_EQ(pay.name, "pay");
  EXPECT_EQ(pay.latency.At(0.1), 5000);
  ASSERT_EQ(pay.statuses.size(), 2U);
  EXPECT_EQ(pay.statuses[0].status, 200);
  EXPECT_DOUBLE_EQ(pay.statuses[0].up_to, 0.75);
  EXPECT_EQ(pay.statuses[1].status, 402);
  EXPECT_THAT(pay.headers, ElementsAre(std::pair("Content-Type", "application/json")));
  EXPECT_EQ(pay.body, R"({"ok": true})");
  EXPECT_EQ(plan->otherwise.statuses.back().status, 501);
  EXPECT_EQ(plan->pools.at("bank").workers, 8U);
  EXPECT_EQ(plan->pools.at("bank").max_waiting, 100U);
  EXPECT_EQ(plan->pools.at("bank").overflow_status, 429);
  ASSERT_EQ(plan->faults.size(), 3U);
  EXPECT_EQ(plan->faults[0].status, 500);
  EXPECT_DOUBLE_EQ(plan->faults[0].share, 0.2);
  EXPECT_EQ(plan->faults[0].from, seconds(30));
  EXPECT_EQ(plan->faults[0].until, seconds(90));
  EXPECT_THAT(plan->faults[0].routes, ElementsAre("pay"));
  EXPECT_EQ(plan->faults[1].kind, FaultKind::kSlowStart);
  EXPECT_EQ(plan->faults[2].hang, seconds(3));
  EXPECT_FALSE(plan->faults[2].is_on);
}

TEST(PlanReader, PutsItsRoutesBesideThoseOfALog) {
  MockPlan base;
  base.routes = {{.name = "GET /a", .recorded = {{.latency_us = 7}}}};
  const auto plan =
      ParsePlan("faults: [{name: cut, kind: cut, routes: ['GET /a']}]", "plan.yaml", base);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->routes.size(), 1U);
}

TEST(PlanReader, NamesFileLineFieldValueAndWhatIsExpected) {
  EXPECT_EQ(WhyNot("routes:\n  - route: GET /a\n    latency: 20\n"),
            "plan.yaml:3: routes[0].latency is '20'; expected a duration with a unit, as in 60s or "
            "1.5h");
  EXPECT_EQ(WhyNot("routes:\n  - route: GET /a\n    status: 99\n"),
            "plan.yaml:3: routes[0].status is '99'; expected a whole number from 200 to 599");
  EXPECT_THAT(WhyNot("routes:\n  - route: GET /a\n    latenzy: 1ms\n"),
              HasSubstr("plan.yaml:3: routes[0].latenzy is not a known field; expected one of: "));
  EXPECT_EQ(WhyNot("routes:\n  - route: GET /a\n    pool: bank\n"),
            "plan.yaml:3: routes[0].pool is 'bank'; expected the name of one of the pools");
  EXPECT_THAT(WhyNot("faults:\n  - {name: a, kind: fire}\n"),
              HasSubstr("plan.yaml:2: faults[0].kind is 'fire'; expected one of status, reset"));
  EXPECT_THAT(WhyNot("routes: [\n"), HasSubstr("plan.yaml:"));
  EXPECT_THAT(WhyNot(""), HasSubstr("expected a mapping"));
}

TEST(PlanReader, TellsAllMistakesAtOnce) {
  const std::string why = WhyNot(
      "routes:\n"
      "  - route: /a\n"
      "  - match: '('\n"
      "  - route: GET /b\n"
      "    status: {200: 0.5, 404: 0.4}\n"
      "    headers: {Content-Length: '7'}\n");
  EXPECT_THAT(why, HasSubstr("plan.yaml:2: routes[0].route is '/a'"));
  EXPECT_THAT(why, HasSubstr("plan.yaml:3: routes[1].match is '('"));
  EXPECT_THAT(why, HasSubstr("plan.yaml:5: routes[2].status is a mapping; expected"));
  EXPECT_THAT(why, HasSubstr("routes[2].headers.Content-Length is '7'"));
}

TEST(PlanReader, RefusesDistributionsThatAreNone) {
  const auto latency = [](const std::string& text) {
    return WhyNot("routes:\n  - route: GET /a\n    latency: " + text + "\n");
  };
  EXPECT_THAT(latency("{uniform: {from: 5ms, to: 2ms}}"), HasSubstr("uniform.to is '2ms'"));
  EXPECT_THAT(latency("{lognormal: {median: 5ms}}"), HasSubstr("lognormal.p99 is absent"));
  EXPECT_THAT(latency("{percentiles: {p50: 20ms, p99: 10ms}}"), HasSubstr("do not fall"));
  EXPECT_THAT(latency("{percentiles: {median: 20ms}}"), HasSubstr("names from p0 to p100"));
  EXPECT_THAT(latency("{constant: 1ms, uniform: {from: 1ms, to: 2ms}}"),
              HasSubstr("routes[0].latency is a mapping; expected one of"));
}

TEST(PlanReader, RefusesFaultsOfRoutesThatAreNone) {
  EXPECT_THAT(WhyNot("faults:\n  - {name: a, kind: cut, routes: [GET /x]}\n"),
              HasSubstr("faults[0].routes is a list; expected names of routes; 'GET /x' is none"));
  EXPECT_THAT(WhyNot("faults:\n  - {name: a, kind: slow}\n"),
              HasSubstr("faults[0].delay is absent"));
  EXPECT_THAT(WhyNot("faults:\n  - {name: a, kind: slow_start, factor: 3}\n"),
              HasSubstr("faults[0].until is absent"));
  EXPECT_THAT(WhyNot("faults:\n  - {name: a, kind: cut, from: 9s, until: 9s}\n"),
              HasSubstr("faults[0].until is '9s'; expected a duration that is longer than from"));
}

TEST(ExpressionOf, TakesPartsOfPathsAndAQueryBehind) {
  const auto matches = [](const std::string& route, const std::string& request) {
    return re2::RE2::PartialMatch(request, ExpressionOf(route).value());
  };
  EXPECT_TRUE(matches("GET /item/{id}", "GET /item/7"));
  EXPECT_TRUE(matches("GET /item/{id}", "GET /item/7?page=2"));
  EXPECT_FALSE(matches("GET /item/{id}", "GET /item/7/reviews"));
  EXPECT_FALSE(matches("GET /item/{id}", "GET /item/"));
  EXPECT_FALSE(matches("GET /item/{id}", "POST /item/7"));
  EXPECT_TRUE(matches("* /static/*", "HEAD /static/a/b.js"));
  EXPECT_FALSE(matches("GET /a.b", "GET /axb")) << "a dot is a dot";
  EXPECT_FALSE(ExpressionOf("GET item"));
  EXPECT_FALSE(ExpressionOf("GET /item/{id"));
  EXPECT_FALSE(ExpressionOf("GET /item?page=2"));
}

}  // namespace
}  // namespace loadcurve::mock
