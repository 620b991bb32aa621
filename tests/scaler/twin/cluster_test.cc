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

}  // namespace
}  // namespace loadcurve::twin
