#include "forecaster/tails_by_size.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace loadcurve {
namespace {

double Highest(const TailsBySize& tails, double size) {
  return tails.At(size)[static_cast<std::size_t>(
      std::find(kTailLevels.begin(), kTailLevels.end(), 0.99) - kTailLevels.begin())];
}

// 1,200 errors of sizes 0 to 11, a hundred of each: exponential tails, whose rate is `rate(size)`.
template <typename Rate>
TailsBySize TailsWith(const Rate& rate) {
  std::vector<SizedError> errors;
  for (int size = 0; size < 12; ++size)
    for (int i = 0; i < 100; ++i)
      errors.push_back({-std::log((i + 0.5) / 100) / rate(size), static_cast<double>(size)});
  return TailsBySize(errors);
}

TEST(TailsBySize, TellsLargeErrorsFromSmallOnesWhereTheirTailsDiffer) {
  const TailsBySize tails = TailsWith([](int size) { return size < 6 ? 2.0 : 1.0; });
  // Above the median, which is that of all errors.
  const auto median = [&](double size) { return tails.At(size)[3]; };
  ASSERT_EQ(kTailLevels[3], 0.5);
  const auto above = [&](double size) { return Highest(tails, size) - median(size); };
  EXPECT_NEAR(above(0), std::log(50) / 2, 0.25);
  EXPECT_NEAR(above(11), std::log(50), 0.5);
  EXPECT_NEAR(median(0), median(11), 1e-9);
}

TEST(TailsBySize, LieOnAStraightLineBetweenTheMiddlesOfTheParts) {
  const TailsBySize tails = TailsWith([](int size) { return size < 6 ? 2.0 : 1.0; });
  // The middles of the upper two parts have the sizes 6 and 9.
  EXPECT_NEAR(Highest(tails, 7.5), (Highest(tails, 6) + Highest(tails, 9)) / 2, 1e-9);
  EXPECT_EQ(Highest(tails, 9), Highest(tails, 100));
}

TEST(TailsBySize, AreOneTailWhereErrorsAreFew) {
  std::vector<SizedError> errors;
  for (int i = 0; i < 200; ++i) errors.push_back({i < 100 ? 1.0 : 2.0, i < 100 ? 0.0 : 1.0});
  const TailsBySize tails(errors);
  EXPECT_EQ(tails.At(0), tails.At(1));
  EXPECT_EQ(TailsBySize({}).At(0), TailsBySize({}).At(5));
}

}  // namespace
}  // namespace loadcurve
