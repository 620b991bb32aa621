#include "adapters/kube/profile_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/kube/profile_conditions.h"
#include "adapters/kube/profile_notices.h"
#include "adapters/kube/status_writer.h"
#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::kube {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Script = ScriptedHttpTransport;

// As an API server sends it, with all that it adds.
json Object(const std::string& name, int generation = 1) {
  return json::parse(R"({
    "apiVersion": "loadcurve.dev/v1alpha1", "kind": "ScalingProfile",
    "metadata": {"name": ")" +
                     name + R"(", "namespace": "shop", "uid": "u-)" + name + R"(",
      "generation": )" +
                     std::to_string(generation) + R"(, "resourceVersion": "5",
      "creationTimestamp": "2026-10-10T00:00:00Z", "managedFields": [{"manager": "kubectl"}],
      "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{\"a\":\"\\u2028\"}",
                      "team": "shop"}},
    "spec": {"load": {"source": {"kind": "logs", "workload": "10.0.0.1:8080"},
                      "weights": {"kind": "occupancy", "referenceSeconds": 0.1},
                      "perReplica": {"metricsqps": 50, "weightsVersion": "occupancy-100ms"}},
             "startup": {"p95": "90s"}, "bounds": {"minReplicas": 2, "maxReplicas": 40}},
    "status": {"observedGeneration": 1, "load": 12.5, "conditions": [],
               "calibration": {"time": "2026-10-09T00:00:00Z", "verdict": "fitted"}}})");
}

class ProfileStoreTest : public testing::Test {
 protected:
  void Tell(const json& object) {
    store_.OnEvent({WatchEvent::Kind::kChanged,
                    "shop/" + object["metadata"]["name"].get<std::string>(), &object});
  }
  const StoredProfile& Only() {
    all_ = store_.All();
    EXPECT_EQ(all_.size(), 1U);
    return *all_.front();
  }

  ProfileStore store_;
  ProfileStore::Profiles all_;
};

TEST_F(ProfileStoreTest, ReadsWhatTheServerSends) {
  Tell(Object("web"));
  const StoredProfile& stored = Only();
  ASSERT_TRUE(stored.profile) << stored.profile.error().message;
  const auto& fields = stored.profile->fields();
  EXPECT_EQ(fields.metadata.name, "web");
  EXPECT_EQ(fields.metadata.namespace_name, "shop");
  EXPECT_THAT(fields.metadata.annotations, ElementsAre(std::pair("team", "shop")));
  EXPECT_EQ(fields.load.source.workload, "10.0.0.1:8080");
  EXPECT_EQ(fields.startup, Duration(90s));
  EXPECT_EQ(fields.calibration->verdict, "fitted");
  EXPECT_EQ(stored.uid, "u-web");
  EXPECT_EQ(stored.generation, 1);
  EXPECT_EQ(stored.status.load, MetricsQps(12.5));
}

TEST_F(ProfileStoreTest, LetsABrokenProfileStopNoOther) {
  json broken = Object("broken");
  broken["spec"]["bounds"]["minReplicas"] = 50;
  Tell(broken);
  Tell(Object("web"));
  const auto all = store_.All();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]->profile.error().message,
            "spec.bounds.minReplicas is '50'; expected at most maxReplicas, 40");
  EXPECT_FALSE(all[0]->last_good);
  EXPECT_TRUE(all[1]->profile);
}

TEST_F(ProfileStoreTest, KeepsTheLastGoodOneOfAProfileBrokenByHand) {
  Tell(Object("web"));
  json broken = Object("web", 2);
  broken["spec"]["load"]["weights"]["kind"] = "guess";
  Tell(broken);
  EXPECT_THAT(Only().profile.error().message, HasSubstr("'guess' is no kind of weights"));
  ASSERT_TRUE(Only().last_good);
  EXPECT_EQ(Only().last_good->fields().bounds.max, Replicas(40));
  // Of another object of that name nothing is known.
  broken["metadata"]["uid"] = "another";
  Tell(broken);
  EXPECT_FALSE(Only().last_good);
}

TEST_F(ProfileStoreTest, ReadsNothingAnewForAStatus) {
  Tell(Object("web"));
  const auto version = store_.version();
  json written = Object("web");
  written["metadata"]["resourceVersion"] = "6";
  written["status"]["load"] = 99;
  Tell(written);
  EXPECT_EQ(store_.version(), version);
  EXPECT_EQ(Only().status.load, MetricsQps(99));
  written["metadata"]["annotations"]["loadcurve.dev/paused"] = "true";
  Tell(written);
  EXPECT_GT(store_.version(), version);
}

TEST_F(ProfileStoreTest, ForgetsWhatIsDeletedAndKnowsWhenItKnowsAll) {
  EXPECT_FALSE(store_.is_synced());
  Tell(Object("web"));
  store_.OnEvent({WatchEvent::Kind::kSynced, "", nullptr});
  EXPECT_TRUE(store_.is_synced());
  store_.OnEvent({WatchEvent::Kind::kDeleted, "shop/web", nullptr});
  EXPECT_THAT(store_.All(), IsEmpty());
}

TEST_F(ProfileStoreTest, SurvivesAnyJson) {
  for (const char* text :
       {"null", "[1]", "{}", R"({"metadata":[],"spec":"x","status":{"load":{}}})",
        R"({"status":{"conditions":[5,{"type":"Stale"}],"decision":[]}})"}) {
    const json object = json::parse(text);
    store_.OnEvent({WatchEvent::Kind::kChanged, "shop/x", &object});
    EXPECT_FALSE(store_.All().front()->profile) << text;
  }
}

// ---- status

ProfileStatus Working(double load = 100, int desired = 4) {
  ProfileStatus status;
  status.load = MetricsQps(load);
  status.forecast = MetricsQps(load * 1.2);
  status.decision =
      DecisionStatus{.time = std::chrono::sys_days(std::chrono::year(2026) / 10 / 10) + 1h,
                     .current = Replicas(4),
                     .desired = Replicas(desired),
                     .reasons = {{DecisionStage::kTarget, Replicas(4), Replicas(desired),
                                  "load " + std::to_string(load)}}};
  status.conditions[ProfileConditionType::kActive] = {ConditionState::kTrue, "DecisionServed",
                                                      "Wanted.", status.decision->time};
  return status;
}

TEST(ProfileStatus, ReadsBackWhatItWrites) {
  ProfileStatus status = Working();
  status.observed_generation = 3;
  status.conditions[ProfileConditionType::kStale] = {ConditionState::kUnknown, "NothingCounted",
                                                     "m", status.decision->time};
  status.calibration = CalibrationStatus{
      .calibrated_at = status.decision->time,
      .verdict = "fitted",
      .lag = 1500ms,
      .idle_cores = CpuCores(0.02),
      .condition_number = 12.5,
      .windows_used = 300,
      .windows_excluded = {{"saturated", 4}},
      .out_of_sample = {{"count", {.r2 = 0.4, .correlation = 0.7, .r2_error = 0.1}}}};
  EXPECT_EQ(ProfileStatusFrom(ToJson(status)), status);
}

TEST(ProfileStatus, RoundsLoadsToThreeDigitsAndTimesToSeconds) {
  ProfileStatus status = Working(1234.56);
  status.decision->time += 123ms;
  const json object = ToJson(status);
  EXPECT_EQ(object["load"], 1230);
  EXPECT_EQ(object["decision"]["time"], "2026-10-10T01:00:00Z");
}

TEST(ProfileStatus, IsNewsWhereAPersonSeesADifference) {
  const ProfileStatus written = Working();
  EXPECT_FALSE(IsNews(written, Working(110)));  // other words, same decision
  EXPECT_TRUE(IsNews(written, Working(100, 5)));
  ProfileStatus next = Working();
  next.conditions[ProfileConditionType::kActive].state = ConditionState::kFalse;
  EXPECT_TRUE(IsNews(written, next));
  next = Working();
  next.observed_generation = 2;
  EXPECT_TRUE(IsNews(written, next));
  next = Working();
  next.decision.reset();
  EXPECT_TRUE(IsNews(written, next));
}

TEST(ProfileStatus, HasMovedByAFifth) {
  EXPECT_FALSE(HasMoved(Working(100), Working(119)));
  EXPECT_TRUE(HasMoved(Working(100), Working(130)));
  EXPECT_TRUE(HasMoved(Working(100), Working(70)));
  EXPECT_TRUE(HasMoved(Working(0), Working(1)));
  EXPECT_FALSE(HasMoved(Working(0), Working(0)));
}

class StatusWriterTest : public testing::Test {
 protected:
  StatusWriterTest() {
    transport_.Play([this](const http::HttpRequest& request) -> std::optional<Script::Answer> {
      if (request.method == "PATCH") statuses_.push_back(json::parse(request.body));
      if (request.method == "POST") told_.push_back(json::parse(request.body));
      return Script::Ok("{}");
    });
  }

  bool Write(const ProfileStatus& next) {
    const auto written = writer_.Write(profile_, next);
    EXPECT_TRUE(written) << written.error().message;
    return written && *written;
  }

  SimulatedClock clock_;
  Script transport_;
  KubeClient client_{transport_, {.server = "https://api"}, clock_};
  EventRecorder events_{client_, clock_, "loadcurve-0"};
  StatusWriter writer_{client_, events_, clock_};
  StoredProfile profile_{.namespace_name = "shop",
                         .name = "web",
                         .uid = "u-1",
                         .generation = 1,
                         .profile = Fail(ErrorCode::kInternal, ""),
                         .last_good = std::nullopt,
                         .status = {}};
  std::vector<json> statuses_;
  std::vector<json> told_;
};

TEST_F(StatusWriterTest, AppliesTheStatusAndNothingElse) {
  EXPECT_TRUE(Write(Working()));
  const auto request = transport_.last();
  EXPECT_THAT(request.url, HasSubstr("/namespaces/shop/scalingprofiles/web/status?"
                                     "fieldManager=loadcurve&force=true"));
  ASSERT_EQ(statuses_.size(), 1U);
  EXPECT_EQ(statuses_[0]["metadata"], json::parse(R"({"name":"web","namespace":"shop"})"));
  EXPECT_FALSE(statuses_[0].contains("spec"));
  EXPECT_EQ(statuses_[0]["apiVersion"], "loadcurve.dev/v1alpha1");
  EXPECT_EQ(statuses_[0]["kind"], "ScalingProfile");
  EXPECT_EQ(statuses_[0]["status"]["observedGeneration"], 1);
  EXPECT_EQ(statuses_[0]["status"]["decision"]["stage"], "target");
}

TEST_F(StatusWriterTest, WritesOnlyNews) {
  EXPECT_TRUE(Write(Working(100)));
  for (int i = 0; i < 100; ++i) {
    clock_.Advance(15s);
    EXPECT_FALSE(Write(Working(100 + i % 10)));
  }
  EXPECT_TRUE(Write(Working(100, 5)));
  EXPECT_EQ(statuses_.size(), 2U);
}

TEST_F(StatusWriterTest, WritesNothingThatIsThereAlready) {
  profile_.status = Working();
  profile_.status.observed_generation = 1;
  EXPECT_FALSE(Write(Working()));
}

TEST_F(StatusWriterTest, KeepsTimesOfWhatStays) {
  EXPECT_TRUE(Write(Working(100)));
  ProfileStatus later = Working(200);
  later.decision->time += 1h;
  later.conditions[ProfileConditionType::kActive].since += 1h;
  EXPECT_TRUE(Write(later));
  const json& status = statuses_.back()["status"];
  EXPECT_EQ(status["decision"]["time"], "2026-10-10T01:00:00Z");
  EXPECT_EQ(status["conditions"][0]["lastTransitionTime"], "2026-10-10T01:00:00Z");
}

// The promise of the manual: ten thousand profiles, each with a load that trembles by far more
// than a fifth, cost less than five writes a second.
TEST_F(StatusWriterTest, IsKindToTheServerWithManyProfiles) {
  constexpr int kProfiles = 500;
  const auto round = [&](double load) {
    for (int i = 0; i < kProfiles; ++i) {
      profile_.uid = std::to_string(i);
      EXPECT_TRUE(writer_.Write(profile_, Working(load)));
      clock_.Advance(Duration(15s) / kProfiles);
    }
  };
  for (int i = 0; i < 10; ++i) round(100);
  EXPECT_EQ(statuses_.size(), 500U) << "a hundred at once, then 4 a second";
  statuses_.clear();
  for (int i = 0; i < 10; ++i) round(i % 2 == 0 ? 300 : 100);
  EXPECT_LE(statuses_.size(), 150U * 5U);
  EXPECT_LE(statuses_.size(), 150U * 2U + 1U);
}

TEST_F(StatusWriterTest, WritesNewsOfManyProfilesInTurns) {
  for (int step = 0; step < 40; ++step) {
    for (int i = 0; i < 500; ++i) {
      profile_.uid = std::to_string(i);
      EXPECT_TRUE(writer_.Write(profile_, Working(100, 5 + step)));
    }
    clock_.Advance(15s);
  }
  EXPECT_EQ(statuses_.size(), 100U + 39U * 15U * 4U) << "a hundred at once, then 4 a second";
}

TEST_F(StatusWriterTest, CountsEventsAmongItsWrites) {
  for (int step = 0; step < 40; ++step) {
    const auto state = step % 2 == 0 ? ConditionState::kTrue : ConditionState::kFalse;
    for (int i = 0; i < 500; ++i) {
      profile_.uid = std::to_string(i);
      ProfileStatus status = Working(100, 5 + step);
      status.conditions[ProfileConditionType::kStale] = {
          state, "Aged" + std::to_string(step), "m", {}};
      EXPECT_TRUE(writer_.Write(profile_, status));
    }
    clock_.Advance(15s);
  }
  EXPECT_GT(told_.size(), 100U);
  EXPECT_LE(statuses_.size() + told_.size(), 100U + 39U * 15U * 4U + 1U);
}

TEST_F(StatusWriterTest, TellsPeopleWhatTurnsBadAndGoodAgain) {
  ProfileStatus status = Working();
  EXPECT_TRUE(Write(status));
  EXPECT_THAT(told_, IsEmpty());
  status.conditions[ProfileConditionType::kStale] = {
      ConditionState::kTrue, "MeasurementsTooOld", "The latest window ended long ago.", {}};
  EXPECT_TRUE(Write(status));
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_EQ(told_[0]["type"], "Warning");
  EXPECT_EQ(told_[0]["reason"], "MeasurementsTooOld");
  EXPECT_EQ(told_[0]["action"], "Stale");
  EXPECT_EQ(told_[0]["regarding"]["uid"], "u-1");
  EXPECT_EQ(told_[0]["eventTime"], "2026-10-10T00:00:00.000000Z");
  EXPECT_EQ(told_[0]["reportingInstance"], "loadcurve-0");
  status.conditions[ProfileConditionType::kStale] = {ConditionState::kFalse, "Fresh", "m", {}};
  EXPECT_TRUE(Write(status));
  ASSERT_EQ(told_.size(), 2U);
  EXPECT_EQ(told_[1]["type"], "Normal");
}

TEST_F(StatusWriterTest, DoesNotRepeatAnEventOfTheLastTenMinutes) {
  const auto flap = [&] {
    ProfileStatus status = Working();
    status.conditions[ProfileConditionType::kStale] = {ConditionState::kTrue, "Old", "m", {}};
    EXPECT_TRUE(Write(status));
    status.conditions[ProfileConditionType::kStale].state = ConditionState::kUnknown;
    EXPECT_TRUE(Write(status));
  };
  flap();
  flap();
  EXPECT_EQ(told_.size(), 1U);
  clock_.Advance(10min);
  flap();
  EXPECT_EQ(told_.size(), 2U);
}

TEST_F(StatusWriterTest, ForgetsWhatItWroteWhenAnotherMayHaveWritten) {
  EXPECT_TRUE(Write(Working()));
  EXPECT_FALSE(Write(Working()));
  writer_.Forget();
  EXPECT_TRUE(Write(Working()));
}

// ---- conditions

WorkloadStatus Step() {
  WorkloadStatus status;
  status.at = std::chrono::sys_days(std::chrono::year(2026) / 10 / 10) + 2h;
  status.step = 1min;
  status.coverage = Ratio(1);
  status.latest = LoadSample{.window_start = status.at - 1min, .load = MetricsQps(100)};
  status.forecast = MetricsQps(120);
  status.forecast_model = "blend";
  status.per_replica = MetricsQps(50);
  status.decision =
      ReplicaDecision{.current = Replicas(2),
                      .desired = Replicas(3),
                      .reasons = {{DecisionStage::kTarget, Replicas(2), Replicas(3), "why"}}};
  return status;
}

ProfileCondition ConditionOf(const WorkloadStatus& step, ProfileConditionType type) {
  return StatusOf(step).conditions.at(type);
}

TEST(ProfileConditions, SayWhereOnlySomeReplicasWereHeardOf) {
  WorkloadStatus step = Step();
  step.coverage = Ratio(0.5);
  const auto measured = ConditionOf(step, ProfileConditionType::kMeasured);
  EXPECT_EQ(measured.state, ConditionState::kTrue);
  EXPECT_EQ(measured.reason, "PartlyCounted");
  EXPECT_THAT(measured.message, HasSubstr("only 50 % of the replicas were heard of"));
}

TEST(ProfileConditions, SayThatALoadIsToldAndWhereInPartOnly) {
  WorkloadStatus step = Step();
  step.counts_requests = false;
  step.coverage = Ratio(1);
  EXPECT_EQ(ConditionOf(step, ProfileConditionType::kMeasured).reason, "LoadTold");
  step.coverage = Ratio(0);
  const auto measured = ConditionOf(step, ProfileConditionType::kMeasured);
  EXPECT_EQ(measured.state, ConditionState::kTrue);
  EXPECT_EQ(measured.reason, "PartlyTold");
  EXPECT_THAT(measured.message, HasSubstr("in part only, or not at all"));
}

TEST(ProfileConditions, SayWhyTheCountCouldNotBeSet) {
  WorkloadStatus step = Step();
  step.not_applied = Error{ErrorCode::kConflict, "HorizontalPodAutoscaler shop/web owns it"};
  const auto active = ConditionOf(step, ProfileConditionType::kActive);
  EXPECT_EQ(active.state, ConditionState::kFalse);
  EXPECT_EQ(active.reason, "CountNotSet");
  EXPECT_THAT(active.message, HasSubstr("shop/web owns it"));
}

TEST(ProfileConditions, AreAllGoodWhenAllIsWell) {
  using enum ProfileConditionType;
  const ProfileStatus status = StatusOf(Step());
  EXPECT_EQ(status.load, MetricsQps(100));
  EXPECT_EQ(status.decision->desired, Replicas(3));
  EXPECT_EQ(status.conditions.size(), 10U);
  for (const auto type : {kMeasured, kCalibrated, kForecasting, kActive})
    EXPECT_EQ(status.conditions.at(type).state, ConditionState::kTrue) << Name(type);
  for (const auto type : {kAtLimit, kStale, kPaused, kDoubtful, kFleetBraked, kRollingOut})
    EXPECT_EQ(status.conditions.at(type).state, ConditionState::kFalse) << Name(type);
}

TEST(ProfileConditions, SayWhatIsWrongAndWhatToDo) {
  using enum ProfileConditionType;
  WorkloadStatus step = Step();
  step.at += 5min;
  step.problems = {{ErrorCode::kUnavailable, "Prometheus does not answer"}};
  EXPECT_EQ(ConditionOf(step, kStale).state, ConditionState::kTrue);
  EXPECT_EQ(ConditionOf(step, kStale).message, "Prometheus does not answer");

  step = Step();
  step.latest.reset();
  step.decision.reset();
  step.per_replica.reset();
  EXPECT_EQ(ConditionOf(step, kMeasured).state, ConditionState::kFalse);
  EXPECT_EQ(ConditionOf(step, kStale).state, ConditionState::kUnknown);
  EXPECT_EQ(ConditionOf(step, kActive).state, ConditionState::kFalse);
  EXPECT_THAT(ConditionOf(step, kCalibrated).message, HasSubstr("loadcurve calibrate"));

  step = Step();
  step.decision->reasons.push_back(
      {DecisionStage::kBounds, Replicas(9), Replicas(3), "at limit: maxReplicas 3"});
  EXPECT_EQ(ConditionOf(step, kAtLimit).reason, "BoundReached");
  EXPECT_EQ(ConditionOf(step, kAtLimit).message, "at limit: maxReplicas 3");
}

TEST(ProfileConditions, TellOfAPauseUntilItIsOver) {
  using enum ProfileConditionType;
  WorkloadStatus step = Step();
  step.why_paused = "paused by hand";
  const ProfileStatus paused = StatusOf(step);
  EXPECT_EQ(paused.conditions.at(kPaused).message, "The count stays as it is: paused by hand.");
  const auto begun = NoticesBetween(StatusOf(Step()), paused);
  ASSERT_EQ(begun.size(), 1U);
  EXPECT_EQ(begun[0].reason, "CountHeld");
  EXPECT_TRUE(begun[0].is_warning);
  const auto ended = NoticesBetween(paused, StatusOf(Step()));
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].reason, "NotPaused");
  EXPECT_FALSE(ended[0].is_warning);
}

TEST(ProfileConditions, TellOfARolloutWithoutAnEvent) {
  WorkloadStatus step = Step();
  step.observed = ScaleObservation{.revision = "h2", .is_rolling_out = true};
  const auto rolling = ConditionOf(step, ProfileConditionType::kRollingOut);
  EXPECT_EQ(rolling.state, ConditionState::kTrue);
  EXPECT_EQ(rolling.reason, "TwoRevisions");
  EXPECT_THAT(rolling.message, HasSubstr("older revision than h2"));
  EXPECT_THAT(NoticesBetween(StatusOf(Step()), StatusOf(step)), IsEmpty());
  EXPECT_THAT(NoticesBetween(StatusOf(step), StatusOf(Step())), IsEmpty());
}

TEST(ProfileConditions, OfARivalNameTheOneThatRules) {
  ProfileStore store;
  const json object = Object("web");
  store.OnEvent({WatchEvent::Kind::kChanged, "shop/web", &object});
  const auto status = StatusOfRival(*store.All().front(), "shop/first", TimePoint());
  const auto& active = status.conditions.at(ProfileConditionType::kActive);
  EXPECT_EQ(active.state, ConditionState::kFalse);
  EXPECT_EQ(active.reason, "TargetTaken");
  EXPECT_THAT(active.message, HasSubstr("shop/first"));
  EXPECT_FALSE(status.load);
  EXPECT_EQ(status.calibration->verdict, "fitted");
}

TEST(ProfileConditions, OfABrokenProfileSayThatTheOldOneStaysInForce) {
  ProfileStore store;
  const json good = Object("web");
  store.OnEvent({WatchEvent::Kind::kChanged, "shop/web", &good});
  json broken = Object("web", 2);
  broken["spec"]["startup"]["p95"] = "90";
  store.OnEvent({WatchEvent::Kind::kChanged, "shop/web", &broken});
  const auto status = StatusOfBroken(*store.All().front(), TimePoint());
  const auto& active = status.conditions.at(ProfileConditionType::kActive);
  EXPECT_EQ(active.reason, "InvalidProfile");
  EXPECT_EQ(active.message,
            "spec.startup.p95 is '90'; expected a duration with a unit, as in 60s or 1.5h. What "
            "was valid before stays in force.");
}

}  // namespace
}  // namespace loadcurve::kube
