#include "adapters/kube/pod_index.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/time_text.h"

namespace loadcurve::kube {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr TimePoint kStart = std::chrono::sys_days(std::chrono::year(2026) / 10 / 10);

json Pod(const std::string& name, const std::string& hash, Duration created,
         std::optional<Duration> ready_after) {
  json pod = {{"metadata",
               {{"namespace", "shop"},
                {"name", name},
                {"uid", name},
                {"creationTimestamp", ToRfc3339(kStart + created)},
                {"labels", {{"app", "web"}, {"pod-template-hash", hash}}}}},
              {"status", {{"phase", "Running"}, {"conditions", json::array()}}}};
  if (ready_after)
    pod["status"]["conditions"].push_back(
        {{"type", "Ready"},
         {"status", "True"},
         {"lastTransitionTime", ToRfc3339(kStart + created + *ready_after)}});
  return pod;
}

class PodIndexTest : public testing::Test {
 protected:
  void Tell(const json& pod) {
    index_.OnEvent(
        {WatchEvent::Kind::kChanged, "shop/" + pod["metadata"]["name"].get<std::string>(), &pod});
  }
  PodSummary Web() const { return index_.Of("shop", *LabelSelector::Parse("app=web")); }

  PodIndex index_;
};

TEST_F(PodIndexTest, CountsReadyPodsOfOneWorkload) {
  Tell(Pod("a", "h1", 0s, 20s));
  Tell(Pod("b", "h1", 5s, std::nullopt));
  json other = Pod("c", "h9", 9s, 1s);
  other["metadata"]["labels"]["app"] = "api";
  Tell(other);
  EXPECT_EQ(Web().total, Replicas(2));
  EXPECT_EQ(Web().ready, Replicas(1));
  EXPECT_EQ(Web().revision, "h1");
  EXPECT_FALSE(Web().is_rolling_out);
  EXPECT_EQ(Web().startup_p95, Duration(20s));
  EXPECT_EQ(index_.Of("other", {}).total, Replicas(0));
}

TEST_F(PodIndexTest, LeavesOutPodsThatEndOrAreEnded) {
  json ended = Pod("a", "h1", 0s, 20s);
  ended["status"]["phase"] = "Failed";
  Tell(ended);
  json ending = Pod("b", "h1", 0s, 20s);
  ending["metadata"]["deletionTimestamp"] = ToRfc3339(kStart + 1h);
  Tell(ending);
  Tell(Pod("c", "h1", 0s, 20s));
  EXPECT_EQ(Web().total, Replicas(1));
  index_.OnEvent({WatchEvent::Kind::kDeleted, "shop/c", nullptr});
  EXPECT_EQ(Web().total, Replicas(0));
}

TEST_F(PodIndexTest, NamesTheNewestRevisionWhileItRollsOut) {
  for (int i = 0; i < 4; ++i) Tell(Pod("old" + std::to_string(i), "h1", i * 1s, 10s));
  Tell(Pod("new0", "h2", 60s, 40s));
  EXPECT_EQ(Web().revision, "h2");
  EXPECT_TRUE(Web().is_rolling_out);
  EXPECT_EQ(Web().startup_p95, Duration(40s));  // of all five: the largest
  Tell(Pod("new1", "h2", 61s, 50s));
  Tell(Pod("new2", "h2", 62s, 55s));
  EXPECT_EQ(Web().startup_p95, Duration(55s));  // of the new revision's three
}

// As the pods of a canary whose labels the selector matches too.
TEST_F(PodIndexTest, TellsWhatSelectorsOfOthersKnowTheNewestPodBy) {
  Tell(Pod("old", "h1", 0s, 10s));
  Tell(Pod("new", "h2", 60s, 10s));
  const PodMarks newest{"shop", {{"app", "web"}, {"pod-template-hash", "h2"}}};
  EXPECT_EQ(Web().marks, newest);
}

TEST_F(PodIndexTest, TakesPodsOfAnotherDeploymentForNoRollout) {
  const auto owned = [](const std::string& name, const std::string& deployment,
                        const std::string& hash) {
    json pod = Pod(name, hash, 0s, 20s);
    pod["metadata"]["ownerReferences"] = {
        {{"kind", "ReplicaSet"}, {"name", deployment + "-" + hash}, {"controller", true}}};
    return pod;
  };
  Tell(owned("a", "web", "h1"));
  Tell(owned("b", "web-canary", "h2"));
  EXPECT_FALSE(Web().is_rolling_out);
  Tell(owned("c", "web", "h3"));
  EXPECT_TRUE(Web().is_rolling_out);
}

TEST_F(PodIndexTest, SeesTheRolloutOfAStatefulSet) {
  for (const char* hash : {"web-1", "web-2"}) {
    json pod = Pod(hash, "", 0s, 20s);
    pod["metadata"]["labels"] = {{"app", "web"}, {"controller-revision-hash", hash}};
    pod["metadata"]["ownerReferences"] = {
        {{"kind", "StatefulSet"}, {"name", "web"}, {"controller", true}}};
    EXPECT_FALSE(Web().is_rolling_out);
    Tell(pod);
  }
  EXPECT_TRUE(Web().is_rolling_out);
}

TEST_F(PodIndexTest, TakesTheNearestRankForThe95thPercentile) {
  for (int i = 1; i <= 100; ++i) Tell(Pod("p" + std::to_string(i), "h1", 0s, i * 1s));
  EXPECT_EQ(Web().startup_p95, Duration(95s));
}

TEST_F(PodIndexTest, KeepsTheFirstStartOfAPodThatFlaps) {
  Tell(Pod("a", "h1", 0s, 20s));
  Tell(Pod("a", "h1", 0s, std::nullopt));
  EXPECT_EQ(Web().ready, Replicas(0));
  EXPECT_EQ(Web().startup_p95, Duration(20s));
  Tell(Pod("a", "h1", 0s, 3h));
  EXPECT_EQ(Web().startup_p95, Duration(20s));
  json again = Pod("a", "h1", 1h, 30s);
  again["metadata"]["uid"] = "another";
  Tell(again);
  EXPECT_EQ(Web().startup_p95, Duration(30s));
}

TEST_F(PodIndexTest, LearnsNothingFromRestartedPodsAndNothingNegative) {
  json restarted = Pod("a", "h1", 0s, 3h);
  restarted["status"]["containerStatuses"] = {{{"restartCount", 2}}};
  Tell(restarted);
  EXPECT_FALSE(Web().startup_p95);
  Tell(Pod("b", "h1", 10s, -3s));
  EXPECT_EQ(Web().startup_p95, Duration(0));
}

TEST_F(PodIndexTest, KnowsRevisionsOfStatefulSetsAndRollouts) {
  for (const char* label : {"controller-revision-hash", "rollouts-pod-template-hash"}) {
    json pod = Pod("a", "h1", 0s, 20s);
    pod["metadata"]["labels"] = {{"app", "web"}, {label, "r7"}};
    Tell(pod);
    EXPECT_EQ(Web().revision, "r7") << label;
  }
}

TEST_F(PodIndexTest, IsSyncedOnceAllAreKnown) {
  EXPECT_FALSE(index_.is_synced());
  index_.OnEvent({WatchEvent::Kind::kSynced, "", nullptr});
  EXPECT_TRUE(index_.is_synced());
}

TEST_F(PodIndexTest, SurvivesAnyJson) {
  for (const char* text : {"null", "[]", "{}", R"({"metadata":{"labels":[1]},"status":5})",
                           R"({"status":{"conditions":[1,{"type":"Ready","status":"True"}]}})"}) {
    const json object = json::parse(text);
    index_.OnEvent({WatchEvent::Kind::kChanged, "shop/x", &object});
  }
  EXPECT_EQ(index_.Of("shop", {}).total, Replicas(1));
}

TEST_F(PodIndexTest, KnowsWhatTheNewestPodAsksFor) {
  Tell(Pod("a", "h1", 0s, 20s));
  EXPECT_TRUE(Web().containers.empty());
  json newest = Pod("b", "h2", 60s, std::nullopt);
  newest["spec"]["containers"] = {
      {{"name", "app"},
       {"resources",
        {{"requests", {{"cpu", "250m"}, {"memory", "1.5Gi"}}}, {"limits", {{"cpu", 2}}}}}},
      {{"name", "proxy"}}};
  newest["spec"]["initContainers"] = {{{"name", "init"}}};
  Tell(newest);
  EXPECT_EQ(Web().containers,
            (std::vector<ContainerResources>{{.name = "app",
                                              .cpu_request = CpuCores(0.25),
                                              .cpu_limit = CpuCores(2),
                                              .memory_request = Bytes(std::int64_t{1536} << 20)},
                                             {.name = "proxy"}}));
}

}  // namespace
}  // namespace loadcurve::kube
