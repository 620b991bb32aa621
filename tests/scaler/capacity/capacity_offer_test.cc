#include "scaler/capacity/capacity_offer.h"

#include <gtest/gtest.h>

namespace loadcurve::capacity {
namespace {

TEST(CapacityClassTest, IsNamedAsLabelsOfNodesNameIt) {
  EXPECT_EQ(Name(CapacityClass::kReserved), "reserved");
  EXPECT_EQ(Name(CapacityClass::kOnDemand), "on-demand");
  EXPECT_EQ(Name(CapacityClass::kSpot), "spot");
}

}  // namespace
}  // namespace loadcurve::capacity
