#include "scaler/replica_path.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <vector>

namespace loadcurve {
namespace {

using Path = std::vector<PathStretch>;

TEST(CheapestPath, StaysWhereAChangeSavesLessThanItCosts) {
  // Two replicas too many for ten steps are 20 replica-steps.
  const Path path = {{10, 8}};
  EXPECT_EQ(CheapestPath(Replicas(10), path, 21).count, Replicas(10));
  EXPECT_EQ(CheapestPath(Replicas(10), path, 19).count, Replicas(8));
}

TEST(CheapestPath, ChangesNothingWhereItSavesNothing) {
  EXPECT_EQ(CheapestPath(Replicas(10), Path{{10, 8}}, 20).count, Replicas(10));
  EXPECT_EQ(CheapestPath(Replicas(10), Path{{10, 10}}, 0).count, Replicas(10));
}

TEST(CheapestPath, GrowsAtOnceForWhatIsNeededSoonAfter) {
  // 6 now and 9 from the fifth step on: three replicas for five steps cost 15.
  const Path path = {{5, 6}, {30, 9}};
  const PathStart with_dear_changes = CheapestPath(Replicas(5), path, 16);
  EXPECT_EQ(with_dear_changes.count, Replicas(9));
  EXPECT_EQ(with_dear_changes.stretches, 2U);
  const PathStart with_cheap_changes = CheapestPath(Replicas(5), path, 14);
  EXPECT_EQ(with_cheap_changes.count, Replicas(6));
  EXPECT_DOUBLE_EQ(with_cheap_changes.cost, 14 + 6 * 5 + 14 + 9 * 30);
}

TEST(CheapestPath, KeepsWhatIsNeededAgainSoon) {
  const Path path = {{5, 6}, {30, 10}};
  EXPECT_EQ(CheapestPath(Replicas(10), path, 11).count, Replicas(10));
  EXPECT_EQ(CheapestPath(Replicas(10), path, 9).count, Replicas(6));
}

TEST(CheapestPath, RoundsNeedsUpToWholeReplicas) {
  EXPECT_EQ(CheapestPath(Replicas(1), Path{{1, 4.2}}, 0).count, Replicas(5));
  EXPECT_EQ(CheapestPath(Replicas(1), Path{{1, 5.0000000001}}, 0).count, Replicas(5));
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
    const int current = static_cast<int>(random() % 9);
    const auto change = static_cast<double>(random() % 40);
    const PathStart start = CheapestPath(Replicas(current), path, change);
    EXPECT_DOUBLE_EQ(start.cost, CheapestOfAll(current, path, change)) << round;
    EXPECT_GE(static_cast<double>(start.count.value()), path[0].need);
    EXPECT_LE(start.cost, start.other_cost);
  }
}

TEST(CheapestPath, NeedsTwiceAsManyForTwiceTheLoadOfTwiceTheService) {
  std::mt19937 random(4);
  for (int round = 0; round < 300; ++round) {
    Path path;
    for (int i = 0; i < 5; ++i)
      path.push_back(
          {static_cast<double>(1 + random() % 9), static_cast<double>(1 + random() % 50)});
    const auto current = static_cast<std::int64_t>(random() % 50);
    const auto change = static_cast<double>(random() % 200);
    const Replicas once = CheapestPath(Replicas(current), path, change).count;
    for (PathStretch& stretch : path) stretch.need *= 2;
    EXPECT_EQ(CheapestPath(Replicas(2 * current), path, 2 * change).count, once + once);
  }
}

}  // namespace
}  // namespace loadcurve
