#include "adapters/prometheus/expression_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapters/prometheus/scripted_prometheus.h"

namespace loadcurve::prometheus {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsNan;

TimePoint At(std::int64_t s) {
  return TimePoint(seconds(s));
}

class Expression : public testing::Test {
 protected:
  Result<LoadSeries> Read(std::int64_t since, std::int64_t until) {
    return SeriesOf(client_, "load", "v1", minutes(1), At(since), At(until));
  }

  ScriptedPrometheus server_;
  QueryClient client_ = QueryClient::Make(server_, {.base_url = "http://p"}).value();
};

TEST_F(Expression, TakesTheValueAtTheEndOfAWindowForIt) {
  server_.Answer("load", "matrix", R"([{"metric":{},"values":[[120,"5"],[180,"7.5"],[240,"0"]]}])");
  const auto series = Read(60, 250);
  ASSERT_TRUE(series);
  EXPECT_EQ(series->start(), At(60));
  EXPECT_EQ(series->weights_version(), "v1");
  EXPECT_THAT(series->values(), ElementsAre(5, 7.5, 0));
  EXPECT_EQ(server_.asked()[0].form.at("start"), "120.000");
  EXPECT_EQ(server_.asked()[0].form.at("end"), "240.000");
}

TEST_F(Expression, TakesWhatIsNoLoadForMissing) {
  server_.Answer("load", "matrix",
                 R"([{"metric":{},"values":[[120,"NaN"],[180,"-1"],[240,"+Inf"],[360,"2"]]}])");
  const auto series = Read(30, 360);
  ASSERT_TRUE(series);
  EXPECT_THAT(series->values(), ElementsAre(IsNan(), IsNan(), IsNan(), IsNan(), 2));
}

TEST_F(Expression, RefusesSeveralSeriesAndReportsNone) {
  server_.Answer(
      "load", "matrix",
      R"([{"metric":{"a":"1"},"values":[[120,"1"]]},{"metric":{},"values":[[120,"1"]]}])");
  EXPECT_EQ(Read(60, 120).error().code, ErrorCode::kInvalidArgument);
  server_.Answer("load", "matrix", "[]");
  EXPECT_EQ(Read(60, 120).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Read(60, 119).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace loadcurve::prometheus
