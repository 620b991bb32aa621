#include "adapters/mock/service_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "adapters/mock/plan_reader.h"

namespace loadcurve::mock {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

std::shared_ptr<const MockPlan> Plan(const std::string& text) {
  auto plan = ParsePlan(text, "plan.yaml");
  EXPECT_TRUE(plan) << plan.error().message;
  return std::make_shared<const MockPlan>(*std::move(plan));
}

ServiceModel Model(const std::string& text, std::uint64_t seed = 1) {
  return ServiceModel(Plan(text), seed);
}

TEST(ServiceModel, AnswersByTheFirstRouteThatMatches) {
  ServiceModel model = Model(
      "routes:\n"
      "  - {route: GET /item/new, status: 201}\n"
      "  - {route: 'GET /item/{id}', latency: 7ms, size: 12}\n"
      "  - {match: '^[A-Z]+ /item', status: 405}\n");
  EXPECT_EQ(model.Answer("GET", "/item/new", Duration(0)).status, 201);
  const PlannedAnswer item = model.Answer("GET", "/item/9?x=1", Duration(0));
  EXPECT_EQ(item.status, 200);
  EXPECT_EQ(item.wait, milliseconds(7));
  EXPECT_EQ(item.bytes, 12U);
  EXPECT_EQ(model.Answer("PUT", "/item/9", Duration(0)).status, 405);
  EXPECT_EQ(model.Answer("GET", "/else", Duration(0)).status, 404);
}

TEST(ServiceModel, AnswersTheSameWhateverElseIsAskedBetween) {
  const std::string plan =
      "routes:\n"
      "  - {route: GET /a, latency: {uniform: {from: 1ms, to: 9ms}}, status: {200: 0.5, 500: "
      "0.5}}\n"
      "  - {route: GET /b, latency: {uniform: {from: 1ms, to: 9ms}}}\n"
      "faults: [{name: cut, kind: cut, share: 0.3}]\n";
  ServiceModel alone = Model(plan);
  ServiceModel mixed = Model(plan);
  ServiceModel other = Model(plan, 2);
  int differences = 0;
  for (int i = 0; i < 200; ++i) {
    mixed.Answer("GET", "/b", Duration(0));
    const PlannedAnswer a = alone.Answer("GET", "/a", Duration(0));
    const PlannedAnswer b = mixed.Answer("GET", "/a", Duration(0));
    EXPECT_EQ(a.wait, b.wait);
    EXPECT_EQ(a.status, b.status);
    EXPECT_EQ(a.outcome, b.outcome);
    differences += a.wait == other.Answer("GET", "/a", Duration(0)).wait ? 0 : 1;
  }
  EXPECT_GT(differences, 190) << "another seed is another service";
}

TEST(ServiceModel, KeepsToTheSharesOfStatusesAndOfFaults) {
  ServiceModel model = Model(
      "routes: [{route: GET /a, status: {200: 0.9, 404: 0.1}}]\n"
      "faults:\n"
      "  - {name: reset, kind: reset, share: 0.05}\n"
      "  - {name: outage, kind: status, status: 503, share: 0.2}\n");
  std::map<int, int> statuses;
  int resets = 0;
  for (int i = 0; i < 100'000; ++i) {
    const PlannedAnswer answer = model.Answer("GET", "/a", Duration(0));
    if (answer.outcome == Outcome::kReset)
      ++resets;
    else
      ++statuses[answer.status];
  }
  // Five standard deviations of a binomial of 100,000, rounded up.
  EXPECT_NEAR(resets, 5'000, 350);
  EXPECT_NEAR(statuses[503], 19'000, 630) << "0.2 of the 0.95 that were not reset";
  EXPECT_NEAR(statuses[404], 7'600, 430);
  EXPECT_EQ(model.faults()[0].hits, static_cast<std::uint64_t>(resets));
  EXPECT_EQ(model.faults()[1].hits, static_cast<std::uint64_t>(statuses[503]));
}

TEST(ServiceModel, LetsAFaultActOnlyFromAndUntil) {
  ServiceModel model = Model(
      "routes: [{route: GET /a}]\n"
      "faults: [{name: outage, kind: status, from: 30s, until: 90s}]\n");
  const auto status = [&](int second) { return model.Answer("GET", "/a", seconds(second)).status; };
  EXPECT_EQ(status(29), 200);
  EXPECT_EQ(status(30), 503);
  EXPECT_EQ(status(89), 503);
  EXPECT_EQ(status(90), 200);
}

TEST(ServiceModel, CountsTheTimeOfAFaultFromItsSwitch) {
  ServiceModel model = Model(
      "routes: [{route: GET /a}]\n"
      "faults: [{name: outage, kind: status, until: 10s, on: false}]\n");
  const auto status = [&](int second) { return model.Answer("GET", "/a", seconds(second)).status; };
  EXPECT_EQ(status(1), 200);
  ASSERT_TRUE(model.Switch("outage", true, seconds(100)));
  EXPECT_EQ(status(101), 503);
  EXPECT_EQ(status(110), 200) << "its 10 s are over";
  ASSERT_TRUE(model.Switch("outage", true, seconds(120)));
  EXPECT_EQ(status(121), 503);
  ASSERT_TRUE(model.Switch("outage", false, seconds(122)));
  EXPECT_EQ(status(123), 200);
  const auto unknown = model.Switch("storm", true, seconds(123));
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(unknown.error().message, HasSubstr("expected one of outage"));
}

TEST(ServiceModel, SlowsByAFactorAndADelay) {
  ServiceModel model = Model(
      "routes: [{route: GET /a, latency: 10ms}]\n"
      "faults: [{name: slow, kind: slow, factor: 3, delay: 5ms}]\n");
  EXPECT_EQ(model.Answer("GET", "/a", Duration(0)).wait, milliseconds(35));
}

TEST(ServiceModel, WarmsUpEvenly) {
  ServiceModel model = Model(
      "routes: [{route: GET /a, latency: 10ms}]\n"
      "faults: [{name: start, kind: slow_start, factor: 5, until: 100s}]\n");
  EXPECT_EQ(model.Answer("GET", "/a", seconds(0)).wait, milliseconds(50));
  EXPECT_EQ(model.Answer("GET", "/a", seconds(50)).wait, milliseconds(30));
  EXPECT_EQ(model.Answer("GET", "/a", seconds(75)).wait, milliseconds(20));
  EXPECT_EQ(model.Answer("GET", "/a", seconds(100)).wait, milliseconds(10));
}

TEST(ServiceModel, TouchesOnlyTheRoutesThatAFaultNames) {
  ServiceModel model = Model(
      "routes: [{route: GET /a}, {route: GET /b, name: b}]\n"
      "faults: [{name: outage, kind: status, routes: [b]}]\n");
  EXPECT_EQ(model.Answer("GET", "/a", Duration(0)).status, 200);
  EXPECT_EQ(model.Answer("GET", "/b", Duration(0)).status, 503);
}

TEST(ServiceModel, QueuesWhereAllWorkersOfThePoolAreBusy) {
  ServiceModel model = Model(
      "pools: {bank: {workers: 1, queue: 1, status: 429}}\n"
      "routes: [{route: GET /a, latency: 10ms, pool: bank}, {route: GET /b, latency: 1ms}]\n");
  EXPECT_EQ(model.Answer("GET", "/a", Duration(0)).wait, milliseconds(10));
  const PlannedAnswer second = model.Answer("GET", "/a", milliseconds(4));
  EXPECT_EQ(second.queued, milliseconds(6));
  EXPECT_EQ(second.wait, milliseconds(16));
  const PlannedAnswer third = model.Answer("GET", "/a", milliseconds(5));
  EXPECT_TRUE(third.is_overflow);
  EXPECT_EQ(third.status, 429);
  EXPECT_EQ(third.wait, Duration(0));
  EXPECT_EQ(model.Answer("GET", "/b", milliseconds(5)).wait, milliseconds(1)) << "no pool";
}

TEST(ServiceModel, HoldsAWorkerAsLongAsAnAnswerHangs) {
  ServiceModel model = Model(
      "pools: {bank: {workers: 1}}\n"
      "routes: [{route: GET /a, latency: 10ms, pool: bank}]\n"
      "faults: [{name: freeze, kind: hang, hang: 2s, until: 1s}]\n");
  const PlannedAnswer hung = model.Answer("GET", "/a", Duration(0));
  EXPECT_EQ(hung.outcome, Outcome::kHang);
  EXPECT_EQ(hung.wait, seconds(2));
  EXPECT_EQ(model.Answer("GET", "/a", seconds(1)).queued, seconds(1));
}

TEST(ServiceModel, AnswersWhatWasRecordedWithStatusSizeAndTimeOfOneRequest) {
  auto plan = std::make_shared<MockPlan>();
  plan->routes = {{.name = "GET /a",
                   .recorded = {{.latency_us = 1000, .bytes = 10, .status = 200},
                                {.latency_us = 9000, .bytes = 90, .status = 500}}},
                  {.name = "other", .recorded = {{.latency_us = 5, .bytes = 1, .status = 404}}}};
  ServiceModel model(plan, 1);
  std::map<int, int> statuses;
  for (int i = 0; i < 1000; ++i) {
    const PlannedAnswer answer = model.Answer("GET", "/a?q=" + std::to_string(i), Duration(0));
    ++statuses[answer.status];
    EXPECT_EQ(answer.wait, answer.status == 200 ? milliseconds(1) : milliseconds(9));
    EXPECT_EQ(answer.bytes, answer.status == 200 ? 10U : 90U);
  }
  EXPECT_NEAR(statuses[200], 500, 80) << "five standard deviations";
  EXPECT_EQ(model.Answer("GET", "/nowhere/at/all", Duration(0)).status, 404);
}

TEST(ServiceModel, BeginsAnewWithAnotherPlan) {
  ServiceModel model = Model("routes: [{route: GET /a, status: 201}]");
  const PlannedAnswer before = model.Answer("GET", "/a", Duration(0));
  model.Use(
      Plan("routes: [{route: GET /a, status: 202}]\nfaults: [{name: x, kind: cut, from: 5s}]"),
      seconds(60));
  EXPECT_EQ(model.Answer("GET", "/a", seconds(61)).status, 202);
  EXPECT_EQ(model.Answer("GET", "/a", seconds(61)).outcome, Outcome::kAnswer);
  EXPECT_EQ(model.Answer("GET", "/a", seconds(65)).outcome, Outcome::kCut) << "from the reload on";
  EXPECT_EQ(before.route->name, "GET /a") << "what is under way keeps its plan";
}

}  // namespace
}  // namespace loadcurve::mock
