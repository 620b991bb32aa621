#include "forecaster/hour_shape.h"

#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve {
namespace {

constexpr std::size_t kDay = 288;
const HourPast::Options kOptions = {kDay, 12, 1e-9};

// Rows of the first regression at five-minute steps: six spans, four waves, the level, nine of the
// days, four of the likest moments.
constexpr Eigen::Index kWaves = 6;
constexpr Eigen::Index kDays = kWaves + 5;

TEST(HourShapes, SeeNothingInALoadThatStays) {
  HourShapes shapes(kOptions, {0, 11});
  for (std::size_t i = 0; i < 8 * kDay; ++i) shapes.Observe(40);
  const HourShape shape = shapes.Shape();
  EXPECT_NEAR(shape.level, std::log(40), 1e-6);
  ASSERT_EQ(shape.courses.rows(), 24);
  ASSERT_EQ(shape.courses.cols(), 2);
  // Midnight: sin 0, cos 1.
  EXPECT_NEAR(shape.courses(kWaves + 1, 0), 1, 1e-12);
  for (Eigen::Index row = 0; row < 24; ++row) {
    if (row >= kWaves && row < kWaves + 4) continue;
    EXPECT_NEAR(shape.courses(row, 1), 0, 1e-5) << row;
  }
}

TEST(HourShapes, SeeWhereTheLoadStoodAndWentOnTheDaysBefore) {
  HourShapes shapes(kOptions, {11});
  // 10 in the first half of a day, 20 in the second; now it is noon, and 5.
  for (std::size_t i = 0; i < 8 * kDay; ++i) shapes.Observe(i % kDay < kDay / 2 ? 10 : 20);
  for (std::size_t i = 0; i < kDay / 2; ++i) shapes.Observe(5);
  const HourShape shape = shapes.Shape();
  for (const Eigen::Index stand : {0, 1, 2, 8})
    EXPECT_NEAR(shape.courses(kDays + stand, 0), std::log(20.0 / 5), 1e-6) << stand;
  for (const Eigen::Index rise : {3, 4, 5, 6, 7})
    EXPECT_NEAR(shape.courses(kDays + rise, 0), std::log(20.0 / 10), 1e-6) << rise;
}

TEST(HourShapes, AreTheSameForTheSameLoadInAnotherUnit) {
  HourShapes one(kOptions, {0, 11});
  HourShapes thousand({kDay, 12, 1e-6}, {0, 11});
  for (std::size_t i = 0; i < 4 * kDay; ++i) {
    const double load = 50 + 30 * std::sin(0.1 * static_cast<double>(i));
    one.Observe(load);
    thousand.Observe(1000 * load);
  }
  EXPECT_TRUE(one.Shape().courses.isApprox(thousand.Shape().courses, 1e-3));
  EXPECT_TRUE(one.Shape().spreads.isApprox(thousand.Shape().spreads, 1e-3));
}

}  // namespace
}  // namespace loadcurve
