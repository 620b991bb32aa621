#include "scaler/twin/cluster.h"

#include <gtest/gtest.h>

namespace loadcurve::twin {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const TimePoint kStart(std::chrono::hours(500'000));

TEST(Cluster, HasAReplicaReadyAfterTheStartUpTimeAndPaysFromTheOrder) {
  Cluster cluster(Replicas(2), minutes(2), kStart);
  cluster.Ask(Replicas(5), kStart);
  cluster.BeginSpan(kStart);
  cluster.EndSpan(kStart + minutes(1));
  EXPECT_EQ(cluster.ready(), Replicas(2));
  EXPECT_EQ(cluster.total(), Replicas(5));
  EXPECT_DOUBLE_EQ(cluster.PaidSeconds(), 5 * 60);
  cluster.BeginSpan(kStart + minutes(1));
  cluster.EndSpan(kStart + minutes(2));
  EXPECT_EQ(cluster.LeastReady(), Replicas(2));
  cluster.BeginSpan(kStart + minutes(2));
  EXPECT_EQ(cluster.LeastReady(), Replicas(5));
}

TEST(Cluster, GivesUpWhatStartsBeforeWhatIsReady) {
  Cluster cluster(Replicas(4), minutes(2), kStart);
  cluster.Ask(Replicas(7), kStart);
  cluster.Ask(Replicas(9), kStart + seconds(10));
  cluster.Ask(Replicas(6), kStart + seconds(20));  // 2 of the second order and 1 of the first
  EXPECT_EQ(cluster.ready(), Replicas(4));
  EXPECT_EQ(cluster.total(), Replicas(6));
  cluster.EndSpan(kStart + minutes(2));
  EXPECT_EQ(cluster.ready(), Replicas(6));
  cluster.Ask(Replicas(1), kStart + minutes(3));
  EXPECT_EQ(cluster.ready(), Replicas(1));
}

TEST(Cluster, RemembersTheFewestReadyReplicasOfASpan) {
  Cluster cluster(Replicas(4), seconds(30), kStart);
  cluster.BeginSpan(kStart);
  cluster.Ask(Replicas(2), kStart + seconds(10));
  cluster.Ask(Replicas(6), kStart + seconds(20));  // ready at 50 s
  cluster.EndSpan(kStart + minutes(1));
  EXPECT_EQ(cluster.LeastReady(), Replicas(2));
  EXPECT_EQ(cluster.ready(), Replicas(6));
  // 4 for 10 s, 2 for 10 s, 6 for 40 s.
  EXPECT_DOUBLE_EQ(cluster.PaidSeconds(), 40 + 20 + 240);
}

// One node for two replicas stands, three are the most, and each takes two minutes.
Provisioning OnNodes(Duration startup) {
  return {.startup = StartupTimes(startup),
          .nodes = NodeLimits{.standing = 1, .most = 3, .replicas_per_node = 2}};
}

TEST(Cluster, LetsReplicasWaitForANodeWhereThereIsNoRoom) {
  Cluster cluster(Replicas(1), OnNodes(seconds(30)), kStart);
  cluster.BeginSpan(kStart);
  cluster.Ask(Replicas(4), kStart);  // one has room, two wait for one node
  EXPECT_EQ(cluster.waiting(), Replicas(2));
  EXPECT_EQ(cluster.total(), Replicas(4));
  cluster.EndSpan(kStart + seconds(30));
  EXPECT_EQ(cluster.ready(), Replicas(2));
  cluster.EndSpan(kStart + seconds(149));
  EXPECT_EQ(cluster.ready(), Replicas(2));
  cluster.EndSpan(kStart + seconds(150));  // the node is there after 120 s, they after 30 more
  EXPECT_EQ(cluster.ready(), Replicas(4));
  EXPECT_DOUBLE_EQ(cluster.WaitingSeconds(), 2 * 120);
  EXPECT_DOUBLE_EQ(cluster.PaidSeconds(), 4 * 150);
}

TEST(Cluster, NeverHasMoreReplicasReadyThanItsNodesHaveRoomFor) {
  Cluster cluster(Replicas(1), OnNodes(seconds(0)), kStart);
  cluster.Ask(Replicas(20), kStart);
  cluster.EndSpan(kStart + std::chrono::hours(1));
  EXPECT_EQ(cluster.ready(), Replicas(6));
  EXPECT_EQ(cluster.waiting(), Replicas(14));
  // Those without a node go first.
  cluster.Ask(Replicas(6), kStart + std::chrono::hours(1));
  EXPECT_EQ(cluster.ready(), Replicas(6));
  EXPECT_EQ(cluster.waiting(), Replicas(0));
}

TEST(Cluster, TakesANodeBackTenMinutesAfterItsLastReplica) {
  const auto ready_again_after = [](Duration idle) {
    Cluster cluster(Replicas(4), OnNodes(seconds(0)), kStart);
    cluster.Ask(Replicas(1), kStart + minutes(1));
    cluster.Ask(Replicas(1), kStart + minutes(1) + idle);
    cluster.Ask(Replicas(4), kStart + minutes(1) + idle);
    return cluster.ready();
  };
  EXPECT_EQ(ready_again_after(minutes(9)), Replicas(4));
  EXPECT_EQ(ready_again_after(minutes(10)), Replicas(2));
}

TEST(Cluster, BeginsWithoutThoseThatMayHaveNoNode) {
  const Cluster cluster(Replicas(9), OnNodes(seconds(0)), kStart);
  EXPECT_EQ(cluster.ready(), Replicas(6));
  EXPECT_EQ(cluster.total(), Replicas(9));
}

TEST(Cluster, GivesEachReplicaAStartUpTimeOfItsOwn) {
  const std::vector<Duration> measured = {seconds(10), seconds(40)};
  Cluster cluster(Replicas(0), {StartupTimes::Measured(measured).value(), {}, 1}, kStart);
  std::vector<ReadyChange> path;
  cluster.Trace(path);
  cluster.Ask(Replicas(100), kStart);
  cluster.EndSpan(kStart + seconds(39));
  // Half of a hundred, within four standard deviations of 5.
  EXPECT_GT(cluster.ready(), Replicas(30));
  EXPECT_LT(cluster.ready(), Replicas(70));
  const Replicas early = cluster.ready();
  cluster.EndSpan(kStart + seconds(40));
  EXPECT_EQ(cluster.ready(), Replicas(100));
  ASSERT_EQ(path.size(), 101U);
  EXPECT_EQ(path[static_cast<std::size_t>(early.value())].at, kStart + seconds(10));
  EXPECT_EQ(path.back().at, kStart + seconds(40));
  EXPECT_EQ(path.back().ready, Replicas(100));
}

}  // namespace
}  // namespace loadcurve::twin
