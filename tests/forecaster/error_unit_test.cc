#include "forecaster/error_unit.h"

#include <gtest/gtest.h>

#include <cmath>

namespace loadcurve {
namespace {

// At each of `count` origins, a step apart, the load of the next step is missed by what its place
// in a season of two says.
std::vector<RollingOrigin> MissedBy(double even, double odd, std::size_t count) {
  std::vector<RollingOrigin> origins;
  for (std::size_t i = 0; i < count; ++i)
    origins.push_back({i, {100}, {100 + (i % 2 == 0 ? even : odd)}});
  return origins;
}

TEST(ErrorUnit, IsLargerWhereTheSeasonIsMissedByMore) {
  const ErrorUnit unit(MissedBy(1, 3, 100), 2);
  // Errors of 1 and 3, of 2 in the mean, 50 of each: (25 + 50) / 100 and (75 + 50) / 100.
  EXPECT_NEAR(unit.At(100, 1) / unit.At(100, 0), 1.25 / 0.75, 1e-12);
  EXPECT_EQ(unit.At(100, 7), unit.At(100, 1));
}

TEST(ErrorUnit, IsTheSameAllDayWhereThereIsNoSeasonOrNothingWasMissed) {
  const ErrorUnit unseasonal(MissedBy(1, 3, 100), 0);
  EXPECT_EQ(unseasonal.At(100, 0), unseasonal.At(100, 1));
  const ErrorUnit perfect(MissedBy(0, 0, 10), 2);
  EXPECT_EQ(perfect.At(100, 0), perfect.At(100, 1));
}

TEST(ErrorUnit, LeavesOutWhatIsMissing) {
  std::vector<RollingOrigin> origins = MissedBy(1, 3, 100);
  origins.push_back({101, {100, 100}, {std::nan(""), std::nan("")}});
  const ErrorUnit unit(origins, 2);
  EXPECT_NEAR(unit.At(100, 1) / unit.At(100, 0), 1.25 / 0.75, 1e-12);
}

}  // namespace
}  // namespace loadcurve
