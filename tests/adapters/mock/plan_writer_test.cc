#include "adapters/mock/plan_writer.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include "adapters/mock/plan_reader.h"

namespace loadcurve::mock {
namespace {

TEST(PlanWriter, WritesWhatIsReadAsThePercentilesOfTheRecord) {
  MockPlan recorded;
  recorded.routes = {{.name = "GET /item/{id}"}, {.name = "GET /static/*.js"}, {.name = "other"}};
  for (std::uint32_t i = 0; i <= 1000; ++i)
    recorded.routes[0].recorded.push_back(
        {.latency_us = 1000 + i * 10, .bytes = 100 + i, .status = i < 4 ? 500 : 200});
  recorded.routes[1].recorded = {{.latency_us = 500, .bytes = 7, .status = 304}};
  recorded.routes[2].recorded = {{.latency_us = 100, .bytes = 0, .status = 404}};
  const auto plan = ParsePlan(WritePlan(recorded), "written.yaml");
  ASSERT_TRUE(plan) << plan.error().message << "\n" << WritePlan(recorded);
  ASSERT_EQ(plan->routes.size(), 2U);
  const MockRoute& item = plan->routes[0];
  EXPECT_EQ(item.name, "GET /item/{id}");
  EXPECT_NEAR(item.latency.At(0.5), 6000, 1e-6);
  EXPECT_NEAR(item.latency.At(0.99), 10'900, 1e-6);
  EXPECT_NEAR(item.latency.At(0.6), 7000, 1e-6) << "between the percentiles";
  EXPECT_NEAR(item.size->At(0.5), 600, 1e-6);
  ASSERT_EQ(item.statuses.size(), 2U);
  EXPECT_EQ(item.statuses[1].status, 500);
  EXPECT_NEAR(item.statuses[0].up_to, 997.0 / 1001, 1e-6);
  const MockRoute& script = plan->routes[1];
  EXPECT_TRUE(re2::RE2::PartialMatch("GET /static/app.9f3c2e1b.js", *script.match));
  EXPECT_FALSE(re2::RE2::PartialMatch("GET /other/app.js", *script.match));
  EXPECT_EQ(script.statuses.back().status, 304);
  EXPECT_EQ(plan->otherwise.statuses.back().status, 404);
  EXPECT_DOUBLE_EQ(plan->otherwise.latency.At(0.5), 100);
}

TEST(PlanWriter, WritesAnEmptyPlanThatCanBeRead) {
  EXPECT_TRUE(ParsePlan(WritePlan({}), "written.yaml"));
}

}  // namespace
}  // namespace loadcurve::mock
