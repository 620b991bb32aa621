#include "adapters/prometheus/rate_metric_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapters/prometheus/scripted_prometheus.h"
#include "tests/support/counts_text.h"
#include "tests/support/measured.h"

namespace loadcurve::prometheus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

class Rate : public testing::Test {
 protected:
  Result<MeasuredRequests> Read(RateExpressions expressions) {
    auto client = QueryClient::Make(server_, {.base_url = "http://p"}).value();
    auto source = RateMetricSource::Make(
        std::move(client), {.counted_as = "cart", .expressions = std::move(expressions)});
    if (!source) return tl::unexpected<Error>(source.error());
    return CountedBy(*source, TimePoint(seconds(0)), TimePoint(seconds(240)));
  }

  ScriptedPrometheus server_;
};

TEST_F(Rate, CountsRequestsOfTheUsualDuration) {
  server_.Answer("r", "matrix", R"([{"metric":{},"values":[[60,"2"],[180,"0"],[240,"0.5"]]}])");
  const auto measured = Read({.rate = "r", .usual_duration = milliseconds(20)});
  ASSERT_TRUE(measured) << measured.error().message;
  const std::string bucket = std::to_string(DurationBounds::Default().BucketOf(milliseconds(20)));
  EXPECT_EQ(TextOf(measured->counts), "0 cart  served " + bucket +
                                          " 120 2400000 0 0\n3 cart  served " + bucket +
                                          " 30 600000 0 0\n");
  EXPECT_THAT(measured->idle_windows, ElementsAre(2));  // window 1 is missing
  EXPECT_EQ(measured->coverage, Ratio(1));
}

TEST_F(Rate, TakesTheMeanDurationWhereItIsMeasured) {
  server_.Answer("r", "matrix", R"([{"metric":{},"values":[[60,"1"],[120,"1"],[180,"0"]]}])");
  server_.Answer("m", "matrix",
                 R"([{"metric":{},"values":[[60,"0.25"],[120,"NaN"],[180,"NaN"]]}])");
  const auto measured = Read({.rate = "r", .mean_seconds = "m"});
  ASSERT_TRUE(measured);
  EXPECT_EQ(RequestsIn(measured->counts), 60U);
  EXPECT_THAT(measured->idle_windows, ElementsAre(2));  // without requests a mean is none
}

TEST_F(Rate, HasNoCoverageWithoutAValue) {
  server_.Answer("r", "matrix", R"([{"metric":{},"values":[[60,"NaN"]]}])");
  EXPECT_EQ(Read({.rate = "r"})->coverage, Ratio(0));
  EXPECT_EQ(Read({.rate = ""}).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Rate, LeavesOutWhatNoServiceCanHaveDone) {
  server_.Answer("r", "matrix", R"([{"metric":{},"values":[[60,"1e300"]]}])");
  EXPECT_TRUE(Read({.rate = "r"})->counts.IsEmpty());
}

}  // namespace
}  // namespace loadcurve::prometheus
