#include "scaler/twin/oracle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve::twin {
namespace {

using testing::ElementsAre;

TEST(OracleCounts, AsksForAStepAsEarlyAsTheStartUpNeeds) {
  const std::vector<double> demand = {1.5, 1.5, 1.5, 8, 1.5, 1.5};
  EXPECT_THAT(OracleCounts(demand, 2), ElementsAre(Replicas(2), Replicas(8), Replicas(8),
                                                   Replicas(8), Replicas(2), Replicas(2)));
  EXPECT_THAT(OracleCounts(demand, 0), ElementsAre(Replicas(2), Replicas(2), Replicas(2),
                                                   Replicas(8), Replicas(2), Replicas(2)));
}

TEST(OracleCounts, HoldsOneReplicaWhereNothingIsAskedOrMeasured) {
  const std::vector<double> demand = {0, std::nan(""), 2};
  EXPECT_THAT(OracleCounts(demand, 0), ElementsAre(Replicas(1), Replicas(1), Replicas(2)));
}

}  // namespace
}  // namespace loadcurve::twin
