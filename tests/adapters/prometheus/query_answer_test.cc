#include "adapters/prometheus/query_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace loadcurve::prometheus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TimePoint At(double seconds) {
  return TimePoint(std::chrono::milliseconds(std::llround(seconds * 1e3)));
}

std::string Success(const std::string& type, const std::string& result,
                    const std::string& more = "") {
  return R"({"status":"success","data":{"resultType":")" + type + R"(","result":)" + result + "}" +
         more + "}";
}

TEST(ParseAnswer, ReadsVectorMatrixAndScalar) {
  const auto vector = ParseAnswer(
      200, Success("vector",
                   R"([{"metric":{"__name__":"up","pod":"a-1"},"value":[1435781451.781,"1"]}])"));
  ASSERT_TRUE(vector);
  ASSERT_EQ(vector->series.size(), 1U);
  EXPECT_EQ(LabelOf(vector->series[0].labels, "pod"), "a-1");
  EXPECT_EQ(LabelOf(vector->series[0].labels, "absent"), "");
  EXPECT_THAT(vector->series[0].points, ElementsAre(FloatPoint{At(1435781451.781), 1}));

  const auto matrix = ParseAnswer(
      200, Success("matrix", R"([{"metric":{},"values":[[60,"1e3"],[120.5,"-0.25"]]}])"));
  ASSERT_TRUE(matrix);
  EXPECT_THAT(matrix->series[0].points,
              ElementsAre(FloatPoint{At(60), 1000}, FloatPoint{At(120.5), -0.25}));
  EXPECT_EQ(matrix->PointCount(), 2U);

  const auto scalar = ParseAnswer(200, Success("scalar", R"([7,"42"])"));
  ASSERT_TRUE(scalar);
  EXPECT_THAT(scalar->series[0].points, ElementsAre(FloatPoint{At(7), 42}));
}

TEST(ParseAnswer, ReadsNotANumberAndInfinity) {
  const auto answer = ParseAnswer(
      200, Success("matrix",
                   R"([{"metric":{},"values":[[1,"NaN"],[2,"+Inf"],[3,"-Inf"],[4,"1e999"]]}])"));
  ASSERT_TRUE(answer);
  const auto& points = answer->series[0].points;
  EXPECT_TRUE(std::isnan(points[0].value));
  EXPECT_EQ(points[1].value, INFINITY);
  EXPECT_EQ(points[2].value, -INFINITY);
  EXPECT_EQ(points[3].value, INFINITY);
}

TEST(ParseAnswer, ReadsNativeHistogramsOfVectorAndMatrix) {
  const std::string histogram =
      R"({"count":"60","sum":"33","buckets":[[3,"-0.001","0.001","4"],[0,"0.5","1","56"]]})";
  const NativePoint expected{At(10), 60, 33, {{-0.001, 0.001, 4}, {0.5, 1, 56}}};
  const auto vector =
      ParseAnswer(200, Success("vector", R"([{"metric":{},"histogram":[10,)" + histogram + "]}]"));
  ASSERT_TRUE(vector);
  EXPECT_THAT(vector->series[0].histograms, ElementsAre(expected));
  const auto matrix =
      ParseAnswer(200, Success("matrix", R"([{"metric":{},"histograms":[[10,)" + histogram +
                                             R"(],[20,{"count":"0","sum":"0"}]]}])"));
  ASSERT_TRUE(matrix);
  EXPECT_THAT(matrix->series[0].histograms, ElementsAre(expected, NativePoint{At(20), 0, 0, {}}));
}

TEST(ParseAnswer, KeepsTheWarningsOfAnAnswerInPart) {
  const auto answer =
      ParseAnswer(200, Success("vector", "[]", R"(,"warnings":["store 3 did not answer"])"));
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->warnings, ElementsAre("store 3 did not answer"));
}

TEST(ParseAnswer, TellsByTheCodeWhatToDoNext) {
  const auto error = [](const std::string& type) {
    return R"({"status":"error","errorType":")" + type + R"(","error":"the story"})";
  };
  const struct {
    int status;
    std::string body;
    ErrorCode code;
  } cases[] = {
      {400, error("bad_data"), ErrorCode::kInvalidArgument},
      {422, error("execution"), ErrorCode::kInvalidArgument},
      {503, error("timeout"), ErrorCode::kDeadlineExceeded},
      {503, error("canceled"), ErrorCode::kUnavailable},
      {503, error("unavailable"), ErrorCode::kUnavailable},
      {500, error("internal"), ErrorCode::kUnavailable},
      {200, error("execution"), ErrorCode::kInvalidArgument},
      {503, "upstream connect error", ErrorCode::kUnavailable},
      {502, "<html>Bad Gateway</html>", ErrorCode::kUnavailable},
      {504, "", ErrorCode::kDeadlineExceeded},
      {429, "slow down", ErrorCode::kUnavailable},
      {401, "who are you", ErrorCode::kPermissionDenied},
      {403, error("forbidden"), ErrorCode::kPermissionDenied},
      {404, "404 page not found", ErrorCode::kInvalidArgument},
      {302, "", ErrorCode::kInvalidArgument},
      {200, "<html>log in</html>", ErrorCode::kUnavailable},
      {200, R"({"status":"success","data":{"resultType":"matrix","result":[{"metr)",
       ErrorCode::kUnavailable},
      {200, Success("vector", R"([{"metric":{},"value":[1,"x"]}])"), ErrorCode::kUnavailable},
      {200, Success("string", R"([1,"x"])"), ErrorCode::kInvalidArgument},
  };
  for (const auto& [status, body, code] : cases) {
    const auto answer = ParseAnswer(status, body);
    ASSERT_FALSE(answer) << status << " " << body;
    EXPECT_EQ(answer.error().code, code) << status << " " << body;
  }
}

TEST(ParseAnswer, SaysWhatCameBack) {
  const auto refused =
      ParseAnswer(400, R"({"status":"error","errorType":"bad_data","error":"1:3: parse error"})");
  EXPECT_THAT(refused.error().message, HasSubstr("HTTP 400, bad_data: 1:3: parse error"));
  const auto gateway = ParseAnswer(503, "no healthy\nupstream");
  EXPECT_THAT(gateway.error().message, HasSubstr("HTTP 503: 'no healthy upstream'"));
}

// Whatever arrives, an answer or an error: never a crash.
TEST(ParseAnswer, SurvivesEveryBeginningOfAnAnswer) {
  const std::string whole = Success(
      "matrix",
      R"([{"metric":{"a":"b"},"values":[[1,"2"]],"histograms":[[1,{"count":"1","sum":"2","buckets":[[0,"1","2","1"]]}]]}])");
  ASSERT_TRUE(ParseAnswer(200, whole));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(ParseAnswer(200, whole.substr(0, size))) << size;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = '0';
    static_cast<void>(ParseAnswer(200, changed));
  }
}

}  // namespace
}  // namespace loadcurve::prometheus
