#include "scaler/capacity/fleet/drain_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "scaler/capacity/fleet/interruption.h"
#include "tests/support/order_rig.h"

namespace loadcurve::capacity {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> Words(const std::vector<DrainAct>& acts) {
  static const std::map<DrainActKind, std::string> kWords = {
      {DrainActKind::kTaint, "taint"},
      {DrainActKind::kEvict, "evict "},
      {DrainActKind::kForceDelete, "delete "},
      {DrainActKind::kUntaint, "untaint"}};
  std::vector<std::string> words;
  for (const DrainAct& act : acts) words.push_back(kWords.at(act.kind) + act.pod);
  return words;
}

// Tainted, at 0 s.
NodeDrain Tainted(DrainTerms terms) {
  terms.node_id = "n";
  NodeDrain drain(std::move(terms));
  (void)drain.Next(0s);
  drain.OnTainted();
  return drain;
}

TEST(NodeDrain, TaintsBeforeItEvictsAndEvictsRankByRank) {
  NodeDrain drain({.node_id = "n",
                   .pods = {{"critical", DrainRank::kCritical},
                            {"web", DrainRank::kNormal},
                            {"agent", DrainRank::kDaemonSet}},
                   .deadline = 1h});
  EXPECT_THAT(Words(drain.Next(0s)), ElementsAre("taint"));
  EXPECT_THAT(drain.Next(0s), IsEmpty());
  drain.OnTainted();
  EXPECT_THAT(Words(drain.Next(1s)), ElementsAre("evict web"));
  drain.OnEviction("web", 201, "", 1s);
  EXPECT_THAT(drain.Next(2s), IsEmpty());
  drain.OnPodGone("web");
  EXPECT_THAT(Words(drain.Next(3s)), ElementsAre("evict agent"));
  drain.OnEviction("agent", 404, "", 3s);
  EXPECT_THAT(Words(drain.Next(4s)), ElementsAre("evict critical"));
  drain.OnEviction("critical", 409, "another uid", 4s);
  EXPECT_EQ(drain.state(), DrainState::kDrained);
}

// T11: 30 s of GCP.
TEST(NodeDrain, LetsShortGracesGoFirstAndForcesWhatWouldBeLate) {
  NodeDrain drain({.node_id = "n",
                   .pods = {{"slow", DrainRank::kNormal, 60s},
                            {"middling", DrainRank::kNormal, 10s},
                            {"quick", DrainRank::kNormal, 5s},
                            {"late", DrainRank::kCritical, 20s}},
                   .deadline = 30s});
  // The slow one would need a minute: it is told to end at once.
  EXPECT_THAT(Words(drain.Next(0s)), ElementsAre("taint", "delete slow"));
  drain.OnTainted();
  EXPECT_THAT(Words(drain.Next(0s)), ElementsAre("evict quick", "evict middling"));
  drain.OnEviction("quick", 201, "", 0s);
  drain.OnEviction("middling", 201, "", 0s);
  EXPECT_EQ(drain.NextAt(), Duration(10s));
  EXPECT_THAT(drain.Next(9s), IsEmpty());
  EXPECT_THAT(Words(drain.Next(10s)), ElementsAre("delete late"));
}

// T12, involuntary.
TEST(NodeDrain, TriesARefusedEvictionAgainAndForcesItAtTheLast) {
  NodeDrain drain = Tainted({.pods = {{"web", DrainRank::kNormal, 30s}}, .deadline = 120s});
  std::vector<double> asked;
  Duration now = 0s;
  std::vector<DrainAct> acts = drain.Next(now);
  while (acts.front().kind == DrainActKind::kEvict) {
    asked.push_back(Seconds(now));
    drain.OnEviction("web", 429, "Cannot evict pod: budget web-pdb", now);
    now = *drain.NextAt();
    acts = drain.Next(now);
    ASSERT_THAT(acts, SizeIs(1));
  }
  // After 100 ms, 200 ms ... 6.4 s, then every 10 s.
  ASSERT_GE(asked.size(), 9U);
  EXPECT_DOUBLE_EQ(asked[1], 0.1);
  EXPECT_DOUBLE_EQ(asked[2], 0.3);
  EXPECT_DOUBLE_EQ(asked[7], 12.7);
  EXPECT_DOUBLE_EQ(asked[8], 22.7);
  EXPECT_EQ(acts[0].kind, DrainActKind::kForceDelete);
  EXPECT_EQ(now, Duration(90s));
  drain.OnPodGone("web");
  EXPECT_EQ(drain.state(), DrainState::kDrained);
}

// T12, voluntary.
TEST(NodeDrain, GivesUpWhereItNeedNotAndPutsTheNodeBackInService) {
  NodeDrain drain = Tainted({.pods = {{"web"}}});
  Duration now = 0s;
  std::optional<Duration> untainted_at;
  while (drain.state() == DrainState::kDraining) {
    ASSERT_LE(now, Duration(11min));
    for (const DrainAct& act : drain.Next(now)) {
      ASSERT_NE(act.kind, DrainActKind::kForceDelete);
      if (act.kind == DrainActKind::kEvict)
        drain.OnEviction("web", 429, "Cannot evict pod: budget web-pdb", now);
      if (act.kind == DrainActKind::kUntaint) untainted_at = now;
    }
    if (drain.state() == DrainState::kDraining) now = *drain.NextAt();
  }
  EXPECT_EQ(drain.state(), DrainState::kGivenUp);
  EXPECT_EQ(untainted_at, Duration(10min));
  EXPECT_THAT(drain.alarms(), ElementsAre(HasSubstr("web-pdb"), HasSubstr("node n stays")));
  EXPECT_THAT(drain.Next(now), IsEmpty());
  // A notice after all.
  drain.OnDeadline(now + 120s);
  EXPECT_THAT(Words(drain.Next(now)), ElementsAre("taint"));
}

TEST(NodeDrain, KeepsAtItWhilePodsGetAway) {
  NodeDrain drain = Tainted({.pods = {{"a"}, {"b"}}});
  (void)drain.Next(0s);
  drain.OnEviction("a", 429, "budget", 0s);
  drain.OnEviction("b", 429, "budget", 0s);
  (void)drain.Next(9min);
  drain.OnEviction("a", 201, "", 9min);
  drain.OnEviction("b", 429, "budget", 9min);
  (void)drain.Next(12min);
  EXPECT_EQ(drain.state(), DrainState::kDraining);
}

// T13.
TEST(NodeDrain, TakesTwoBudgetsOnAPodForARefusalAndNamesThem) {
  NodeDrain drain = Tainted({.pods = {{"web"}}, .deadline = 120s});
  (void)drain.Next(0s);
  drain.OnEviction("web", 500, "This pod has more than one PodDisruptionBudget: a-pdb, b-pdb", 0s);
  EXPECT_EQ(drain.state(), DrainState::kDraining);
  EXPECT_THAT(drain.alarms(), ElementsAre(HasSubstr("a-pdb, b-pdb")));
  EXPECT_THAT(Words(drain.Next(100ms)), ElementsAre("evict web"));
}

// T10.
TEST(NodeDrain, EvictsNothingOnARecommendationUntilItsReplacementIsReady) {
  NodeDrain drain = Tainted({.pods = {{"web"}}, .waits_for_replacement = true});
  EXPECT_EQ(drain.state(), DrainState::kWaiting);
  EXPECT_THAT(drain.Next(20min), IsEmpty());
  NodeDrain noticed = drain;
  noticed.OnDeadline(22min);
  EXPECT_THAT(Words(noticed.Next(20min)), ElementsAre("evict web"));
  drain.OnReplacementReady();
  EXPECT_THAT(Words(drain.Next(20min)), ElementsAre("evict web"));
}

// T8 in simulated time: 50 of 100 nodes of one zone are noticed within 3 minutes, 30 pods each,
// a budget that lets one pod of each group go every 2 s, a hundred calls a second.
class MassInterruptionTest : public testing::Test {
 protected:
  struct Node {
    std::unique_ptr<NodeDrain> drain;
    Duration noticed_at{};
    Duration tainted_at{};
  };

  // The eviction API, one group of pods a node number.
  int Evict(const std::string& pod) {
    const std::string group = pod.substr(pod.rfind('-'));
    if (now_ < free_at_[group]) return 429;
    free_at_[group] = now_ + 2s;
    return 201;
  }

  void Notice(int number) {
    std::vector<DrainPod> pods;
    for (int i = 0; i < 30; ++i)
      pods.push_back({"n" + std::to_string(number) + "/web-" + std::to_string(i)});
    nodes_.push_back(
        {std::make_unique<NodeDrain>(DrainTerms{.node_id = "i-" + std::to_string(number),
                                                .pods = pods,
                                                .begun_at = now_,
                                                .deadline = now_ + 120s}),
         now_});
    losing_.insert("i-" + std::to_string(number));
  }

  void Act(const DrainAct& act) {
    const auto node = std::ranges::find_if(
        nodes_, [&](const Node& known) { return known.drain->node_id() == act.node_id; });
    if (act.kind == DrainActKind::kTaint) {
      node->drain->OnTainted();
      node->tainted_at = now_;
    }
    if (act.kind == DrainActKind::kForceDelete) {
      forced_after_.push_back(now_ - node->noticed_at);
      node->drain->OnPodGone(act.pod);
    }
    if (act.kind != DrainActKind::kEvict) return;
    const int status = Evict(act.pod);
    node->drain->OnEviction(act.pod, status, "budget", now_);
    if (status == 201) node->drain->OnPodGone(act.pod);
    if (status == 201 && !first_evicted_at_) first_evicted_at_ = now_;
  }

  std::vector<Node> nodes_;
  std::set<std::string> losing_;
  std::map<std::string, Duration> free_at_;
  std::vector<Duration> forced_after_;
  std::optional<Duration> first_evicted_at_;
  Duration now_{};
};

TEST_F(MassInterruptionTest, TaintsEveryNodeWithinSecondsAndForcesNothingEarly) {
  CallBudget calls({.per_second = 100, .burst = 200}, 1);
  for (int tick = 0; tick < 3100; ++tick) {
    now_ = tick * 100ms;
    // Thirty, one every 6 s, and a burst of 20 at once in the middle.
    if (tick % 60 == 0 && tick < 1800) Notice(tick / 60);
    if (tick == 900)
      for (int i = 0; i < 20; ++i) Notice(100 + i);
    std::vector<NodeDrain*> drains;
    for (const Node& node : nodes_) drains.push_back(node.drain.get());
    for (const DrainAct& act : NextActs(drains, calls, now_)) Act(act);
  }
  ASSERT_EQ(nodes_.size(), 50U);
  std::vector<Duration> waits;
  for (const Node& node : nodes_) {
    EXPECT_EQ(node.drain->state(), DrainState::kDrained);
    EXPECT_GT(node.tainted_at + 1ms, node.noticed_at);
    waits.push_back(node.tainted_at - node.noticed_at);
  }
  EXPECT_LE(*std::ranges::max_element(waits), Duration(1s));
  for (const Duration after : forced_after_) EXPECT_GE(after, Duration(90s)) << "deadline - grace";
}

// Replacements are ordered in the same tick, before any pod has left, and in other zones.
TEST(MassInterruption, OrdersReplacementsInOtherZonesBeforeTheFirstPodLeaves) {
  OrderRig rig;
  rig.cloud.AddPool("a", "us-1a", 0.30, 1000);
  rig.cloud.AddPool("b", "us-1b", 0.31, 1000);
  rig.cloud.AddPool("c", "eu-1c", 0.35, 1000);
  rig.Settle();
  (void)rig.Tick(100);
  ASSERT_EQ(rig.cloud.PaidIn("a"), 100);
  rig.cloud.SetStock("a", 0);  // the zone is going
  Interruptions all({});
  for (int i = 0; i < 50; ++i)
    all.OnNotice({"i-" + std::to_string(i), NoticeKind::kAwsInterruption, rig.cloud.now(), {}});
  rig.losing = all.Losing(rig.cloud.now(), 100);
  const OrderReport report = rig.Tick(100, OrderUrgency::kReplacement);
  EXPECT_EQ(rig.cloud.PaidIn("b") + rig.cloud.PaidIn("c"), 50);
  EXPECT_THAT(report.unmet, IsEmpty());
  for (const NodeLoss& loss : all.Losses(rig.cloud.now(), 100)) {
    NodeDrain drain({.node_id = loss.node_id, .pods = {{"web"}}, .deadline = loss.deadline});
    EXPECT_EQ(drain.Next(rig.cloud.now()).front().kind, DrainActKind::kTaint);
  }
}

}  // namespace
}  // namespace loadcurve::capacity
