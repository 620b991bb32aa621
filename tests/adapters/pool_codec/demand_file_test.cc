#include "adapters/pool_codec/demand_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace loadcurve::pool_codec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<capacity::PodGroup> Web() {
  capacity::PodGroupFields fields;
  fields.name = "web";
  fields.request.cpu = CpuCores(1);
  return {capacity::PodGroup::Make(fields).value()};
}

std::string Fault(const std::string& text) {
  const auto demand = ParseDemand(text, "d.csv", Web());
  return demand ? "no fault" : demand.error().message;
}

TEST(DemandFile, ReadsQuantilesOfEachWorkload) {
  const auto demand = ParseDemand(
      "time,workload,q0.5,q0.95\n2026-11-29T16:00Z,web,10,14\n2026-11-29T16:05Z,web,12,18\n",
      "d.csv", Web());
  ASSERT_TRUE(demand) << demand.error().message;
  EXPECT_THAT(demand->levels, ElementsAre(0.5, 0.95));
  ASSERT_EQ(demand->paths.size(), 1U);
  EXPECT_THAT(demand->paths[0].rows[1], ElementsAre(12, 18));
}

TEST(DemandFile, RefusesWhatNobodyCanPlanFor) {
  EXPECT_THAT(Fault("time,workload,q0.5\n2026-11-29T16:00Z,api,10\n"),
              HasSubstr("d.csv:2: workload is 'api'; expected one of the pools file's workloads"));
  EXPECT_THAT(Fault("time,workload,q0.5,q0.9\n2026-11-29T16:00Z,web,10,9\n"),
              HasSubstr("d.csv:2: q0.9 is '9'; expected at least what the quantile before it has"));
  EXPECT_THAT(Fault("time,workload,replicas\n2026-11-29T16:00Z,web,-1\n"),
              HasSubstr("d.csv:2: replicas is '-1'; expected a number >= 0"));
  EXPECT_THAT(Fault("time,workload,replicas\nnoon,web,1\n"), HasSubstr("d.csv:2: time is 'noon'"));
  EXPECT_THAT(Fault("time,workload,replicas\n2026-11-29T16:00Z,web,1\n2026-11-29T16:00Z,web,1\n"),
              HasSubstr("d.csv:3: time is"));
  EXPECT_THAT(Fault("time,workload,q0.9,q0.5\n"), HasSubstr("d.csv:1: column 'q0.5'"));
  EXPECT_THAT(Fault("time,workload\n"), HasSubstr("d.csv:1: expected the columns"));
}

}  // namespace
}  // namespace loadcurve::pool_codec
