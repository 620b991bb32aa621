#include "adapters/spot_trace/spot_trace_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scratch_folder.h"

namespace loadcurve::spot_trace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string ErrorOf(std::string_view text) {
  const auto trace = ParseTrace(text, "t.json");
  return trace ? "none" : trace.error().message;
}

TEST(SpotTraceFile, HoldsAPoolItsStepAndItsStock) {
  const auto trace = ParseTrace(R"({"metadata":{"gap_seconds":195,"x":1},"data":[0,1,1]})",
                                "traces/us-east-1a_v100_1.json.xz");
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace->pool, "us-east-1a_v100_1");
  EXPECT_EQ(trace->region, "us-east-1");
  EXPECT_EQ(trace->gap, std::chrono::seconds(195));
  EXPECT_THAT(trace->stock, ElementsAre(0, 1, 1));
}

TEST(SpotTraceFile, APoolWithoutAZoneIsARegionOfItsOwn) {
  const auto region = [](const std::string& path) {
    return ParseTrace(R"({"metadata":{"gap_seconds":60},"data":[1]})", path)->region;
  };
  EXPECT_EQ(region("ap-southeast-2b.json"), "ap-southeast-2");
  EXPECT_EQ(region("us-central1-a_n2.json"), "us-central1");
  EXPECT_EQ(region("mine.json"), "mine");
}

TEST(SpotTraceFile, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(ErrorOf("[1]"), HasSubstr("t.json: is not JSON as {\"metadata\""));
  EXPECT_THAT(ErrorOf("{"), HasSubstr("is not JSON"));
  EXPECT_THAT(ErrorOf(R"({"data":[1]})"), HasSubstr("metadata.gap_seconds is missing"));
  EXPECT_THAT(ErrorOf(R"({"metadata":{"gap_seconds":0},"data":[1]})"),
              HasSubstr("metadata.gap_seconds is 0; expected a number above 0"));
  EXPECT_THAT(ErrorOf(R"({"metadata":{"gap_seconds":"5m"},"data":[1]})"),
              HasSubstr("metadata.gap_seconds is \"5m\""));
  EXPECT_THAT(ErrorOf(R"({"metadata":{"gap_seconds":5}})"), HasSubstr("data is missing"));
  EXPECT_THAT(ErrorOf(R"({"metadata":{"gap_seconds":5},"data":[]})"), HasSubstr("data is []"));
  EXPECT_THAT(ErrorOf(R"({"metadata":{"gap_seconds":5},"data":[1,0.5]})"),
              HasSubstr("data[1] is 0.5; expected a whole number of nodes"));
  EXPECT_THAT(ErrorOf(R"({"metadata":{"gap_seconds":5},"data":[1,-1]})"),
              HasSubstr("data[1] is -1"));
  EXPECT_THAT(ErrorOf(R"({"metadata":{"gap_seconds":5},"data":[null]})"),
              HasSubstr("data[0] is null"));
}

TEST(SpotTraceFile, IsReadFromDisk) {
  const ScratchFolder folder;
  const auto path = folder.Write("a.json", R"({"metadata":{"gap_seconds":5},"data":[1]})");
  EXPECT_EQ(ReadTrace(path)->pool, "a");
  EXPECT_EQ(ReadTrace(folder.Path("none.json")).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace loadcurve::spot_trace
