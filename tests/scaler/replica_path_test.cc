#include "scaler/replica_path.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

namespace loadcurve {
namespace {

using Path = std::vector<PathStretch>;

TEST(CheapestPath, StaysWhereAChangeSavesLessThanItCosts) {
  // Two replicas too many for ten steps are 20 replica-steps.
  const Path path = {{10, 8}};
  EXPECT_EQ(CheapestPath(10, path, 21).count, 10);
  EXPECT_EQ(CheapestPath(10, path, 19).count, 8);
}

TEST(CheapestPath, ChangesNothingWhereItSavesNothing) {
  EXPECT_EQ(CheapestPath(10, Path{{10, 8}}, 20).count, 10);
  EXPECT_EQ(CheapestPath(10, Path{{10, 10}}, 0).count, 10);
}

TEST(CheapestPath, GrowsAtOnceForWhatIsNeededSoonAfter) {
  // 6 now and 9 from the fifth step on: three replicas for five steps cost 15.
  const Path path = {{5, 6}, {30, 9}};
  const PathStart with_dear_changes = CheapestPath(5, path, 16);
  EXPECT_EQ(with_dear_changes.count, 9);
  EXPECT_EQ(with_dear_changes.stretches, 2U);
  const PathStart with_cheap_changes = CheapestPath(5, path, 14);
  EXPECT_EQ(with_cheap_changes.count, 6);
  EXPECT_DOUBLE_EQ(with_cheap_changes.cost, 14 + 6 * 5 + 14 + 9 * 30);
}

TEST(CheapestPath, KeepsWhatIsNeededAgainSoon) {
  const Path path = {{5, 6}, {30, 10}};
  EXPECT_EQ(CheapestPath(10, path, 11).count, 10);
  EXPECT_EQ(CheapestPath(10, path, 9).count, 6);
}

TEST(CheapestPath, SaysWhetherTheCountStays) {
  EXPECT_TRUE(CheapestPath(10, Path{{10, 8}}, 21).stays);
  EXPECT_FALSE(CheapestPath(10, Path{{10, 8}}, 19).stays);
  EXPECT_FALSE(CheapestPath(7, Path{{10, 8}}, 1000).stays);
}

// Every path of whole counts up to 8, tried one by one.
double CheapestOfAll(int current, const Path& path, double change, std::size_t from = 0) {
  if (from == path.size()) return 0;
  double best = std::numeric_limits<double>::infinity();
  for (int count = 0; count <= 8; ++count) {
    if (count < path[from].need) continue;
    const double cost = (count == current ? 0 : change) + count * path[from].steps +
                        CheapestOfAll(count, path, change, from + 1);
    best = std::min(best, cost);
  }
  return best;
}

TEST(CheapestPath, CostsAsMuchAsTheBestOfAllPaths) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    Path path;
    for (int i = 0; i < 5; ++i)
      path.push_back({static_cast<double>(1 + random() % 9), static_cast<double>(random() % 9)});
    const auto current = static_cast<int>(random() % 9);
    const auto change = static_cast<double>(random() % 40);
    const PathStart start = CheapestPath(current, path, change);
    // What is more than a count that is enough for now is asked for when it is due.
    if (path[0].need <= current)
      for (PathStretch& stretch : path) stretch.need = std::min<double>(stretch.need, current);
    EXPECT_DOUBLE_EQ(start.cost, CheapestOfAll(current, path, change)) << round;
    EXPECT_GE(start.count, path[0].need);
    EXPECT_LE(start.cost, start.other_cost);
  }
}

TEST(CheapestPath, NeverBeginsWithLessForMoreOfTheSameCourse) {
  std::mt19937 random(4);
  for (int round = 0; round < 2000; ++round) {
    Path path = {{static_cast<double>(1 + random() % 9), 1}};
    for (int i = 0; i < 4; ++i)
      path.push_back(
          {static_cast<double>(1 + random() % 9), 0.5 + static_cast<double>(random() % 150) / 100});
    const auto current = static_cast<double>(random() % 60);
    const auto change = static_cast<double>(random() % 10);
    double before = 0;
    for (double need = 1; need < 80; need *= 1.3) {
      const double count = need * CheapestPath(current / need, path, change).count;
      EXPECT_GE(count, before * (1 - 1e-9)) << round;
      before = count;
    }
  }
}

}  // namespace
}  // namespace loadcurve
