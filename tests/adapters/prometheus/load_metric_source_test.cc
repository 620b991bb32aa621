#include "adapters/prometheus/load_metric_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapters/prometheus/scripted_prometheus.h"
#include "tests/support/measured.h"

namespace loadcurve::prometheus {
namespace {

using std::chrono::seconds;

class LoadByExpression : public testing::Test {
 protected:
  // The windows that begin at 60 s, 120 s and 180 s.
  Result<ToldLoad> Read() {
    auto client = QueryClient::Make(server_, {.base_url = "http://p"}).value();
    LC_TRY(LoadMetricSource source,
           LoadMetricSource::Make(std::move(client), {.expression = "jobs", .scale = "raw-1"}));
    return ToldBy(source, TimePoint(seconds(60)), TimePoint(seconds(240)));
  }

  ScriptedPrometheus server_;
};

TEST_F(LoadByExpression, IsWhatTheExpressionYieldsAtTheEndOfEachWindow) {
  server_.Answer("jobs", "matrix", R"([{"metric":{},"values":[[120,"7.5"],[180,"0"]]}])");
  const auto load = Read();
  ASSERT_TRUE(load) << load.error().message;
  EXPECT_EQ(load->scale, "raw-1");
  EXPECT_FALSE(load->fault);
  ASSERT_EQ(load->windows.size(), 2U);  // the third is missing, and not zero
  EXPECT_EQ(load->windows[0].window_start, TimePoint(seconds(60)));
  EXPECT_EQ(load->windows[0].load, MetricsQps(7.5));
  EXPECT_TRUE(load->windows[0].is_complete);
  EXPECT_EQ(load->windows[1].load, MetricsQps(0));  // idle
}

TEST_F(LoadByExpression, LeavesOutWhatCanBeNoLoadAndNamesIt) {
  server_.Answer("jobs", "matrix",
                 R"([{"metric":{},"values":[[120,"5"],[180,"NaN"],[240,"+Inf"]]}])");
  const auto load = Read();
  ASSERT_TRUE(load) << load.error().message;
  EXPECT_EQ(load->windows.size(), 1U);
  EXPECT_EQ(load->fault->code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(load->fault->message, "the expression jobs is inf; expected a finite number >= 0");
}

TEST_F(LoadByExpression, IsALowerBoundWhereTheAnswerMayNotBeWhole) {
  server_.Answer("jobs", "matrix", R"([{"metric":{},"values":[[120,"600"]]}])");
  server_.WarnAlways("a store is away");
  const auto load = Read();
  ASSERT_TRUE(load) << load.error().message;
  ASSERT_EQ(load->windows.size(), 1U);
  EXPECT_FALSE(load->windows[0].is_complete);
}

TEST_F(LoadByExpression, IsNotFoundWhereNobodyTellsIt) {
  server_.Answer("jobs", "matrix", "[]");
  EXPECT_EQ(Read().error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace loadcurve::prometheus
