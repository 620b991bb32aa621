#include "scaler/speed_learner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "scaler/workload_loop.h"
#include "tests/support/checkout_fields.h"
#include "tests/support/scripted_metric_source.h"

namespace loadcurve {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::IsEmpty;

const TimePoint kStart{hours(500'000)};

// Four pods on m5 and two on m7i, which take `share` of the CPU of the others for the same load.
struct Pods {
  double share = 0.8;
  double noise = 0;  // of every other window
  bool is_down = false;
  std::vector<TimePoint> asked{};

  static std::map<std::string, std::string> Types() {
    return {{"a", "m5.large"}, {"b", "m5.large"},  {"c", "m5.xlarge"},
            {"d", "m5.large"}, {"e", "m7i.large"}, {"f", "m7i.large"}};
  }

  Result<std::map<std::string, PodUse>> Read(TimePoint start) {
    asked.push_back(start);
    if (is_down) return Fail(ErrorCode::kUnavailable, "nobody answers");
    const double off = 1 + (asked.size() % 2 == 0 ? noise : -noise);
    std::map<std::string, PodUse> uses;
    for (const auto& [pod, type] : Types())
      uses[pod] = {MetricsQps(10), CpuCores(type == "m7i.large" ? 0.5 * share * off : 0.5)};
    return uses;
  }
};

class FakePods final : public PodUseSource {
 public:
  explicit FakePods(Pods& pods) : pods_(pods) {}
  Duration window() const override { return minutes(10); }
  [[nodiscard]] Result<std::map<std::string, PodUse>> Read(TimePoint start,
                                                           const RequestWeights&) override {
    return pods_.Read(start);
  }

 private:
  Pods& pods_;
};

class Learner : public testing::Test {
 protected:
  SpeedLearner Make(const InstanceSpeeds& stated) {
    return {std::make_unique<FakePods>(pods_), stated};
  }

  // As a loop does, every 15 s for so long.
  void Run(SpeedLearner& learner, Duration span) {
    for (const TimePoint end = now_ + span; now_ < end; now_ += seconds(15)) {
      learner.Note(now_, types_);
      if (learner.IsDue(now_)) learner.Look(now_, RequestWeights::Cudgx());
    }
  }

  Pods pods_;
  std::map<std::string, std::string> types_ = Pods::Types();
  TimePoint now_ = kStart;
};

TEST_F(Learner, LooksAtEachWindowOnceAMinuteAfterItsEnd) {
  SpeedLearner learner = Make({{"m5", 1}});
  Run(learner, minutes(31));
  // 500,000 h are whole windows: the one before the start, and those that end in 10, 20 minutes.
  ASSERT_EQ(pods_.asked.size(), 3U + 1);
  EXPECT_EQ(pods_.asked[0], kStart - minutes(20)) << "the last one is not settled yet";
  EXPECT_EQ(pods_.asked[1], kStart - minutes(10));
  EXPECT_EQ(pods_.asked[2], kStart);
  EXPECT_EQ(pods_.asked[3], kStart + minutes(10));
}

TEST_F(Learner, StandsOnASpeedOnceTwelveWindowsTellIt) {
  SpeedLearner learner = Make({{"m5", 1}, {"c6g", 0.9}});
  EXPECT_EQ(learner.InForce(), (InstanceSpeeds{{"m5", 1}, {"c6g", 0.9}}));
  Run(learner, minutes(100));
  EXPECT_EQ(learner.report().families.at("m7i").windows, 11U);
  EXPECT_FALSE(learner.InForce().contains("m7i"));
  Run(learner, minutes(20));
  EXPECT_EQ(learner.report().reference, "m5");
  EXPECT_NEAR(learner.InForce().at("m7i"), 1.25, 1e-9);
  EXPECT_DOUBLE_EQ(learner.InForce().at("c6g"), 0.9) << "was never seen, and is as stated";
}

TEST_F(Learner, PutsWhatIsLearntInThePlaceOfWhatWasStated) {
  SpeedLearner learner = Make({{"m5", 1}, {"m7i", 1.4}});
  Run(learner, hours(3));
  EXPECT_NEAR(learner.InForce().at("m7i"), 1.25, 1e-9);
}

// Every other window is 40 % off: an interval of well above 5 %.
TEST_F(Learner, DoesNotStandOnWhatIsNotCertain) {
  pods_.noise = 0.4;
  SpeedLearner learner = Make({{"m5", 1}, {"m7i", 1.4}});
  Run(learner, hours(3));
  EXPECT_EQ(learner.report().families.count("m7i"), 1U);
  EXPECT_DOUBLE_EQ(learner.InForce().at("m7i"), 1.4);
}

TEST_F(Learner, GoesOnWithWhatWasLearntBefore) {
  SpeedLearner before = Make({{"m5", 1}});
  Run(before, hours(3));
  pods_.share = 0.5;
  SpeedLearner learner = Make({{"m5", 1}});
  learner.Resume(before.report());
  Run(learner, hours(1));
  EXPECT_NEAR(learner.InForce().at("m7i"), 1.25, 1e-9) << "until as much is known anew";
  Run(learner, hours(2));
  EXPECT_NEAR(learner.InForce().at("m7i"), 2, 1e-9);

  SpeedLearner other = Make({{"m6i", 1}});
  other.Resume(before.report());
  EXPECT_THAT(other.report().families, IsEmpty()) << "compared with another family";
}

TEST_F(Learner, LearnsNothingWhereThereIsOneFamilyOrNobodyAnswers) {
  types_.erase("e");
  types_.erase("f");
  SpeedLearner alone = Make({{"m5", 1}});
  Run(alone, hours(3));
  EXPECT_THAT(alone.report().families, IsEmpty());
  EXPECT_EQ(alone.report().why, "pods of two families were not seen side by side yet");

  types_ = Pods::Types();
  pods_.is_down = true;
  SpeedLearner deaf = Make({{"m5", 1}});
  Run(deaf, hours(3));
  EXPECT_THAT(deaf.report().families, IsEmpty());
  EXPECT_EQ(deaf.report().why, "the last window could not be read: nobody answers");
}

// m7i is there for the first hour and a half only: its pods are known of while windows are read.
TEST_F(Learner, ReadsTheWindowInWhichPodsEnded) {
  SpeedLearner learner = Make({{"m5", 1}});
  Run(learner, minutes(110));
  types_.erase("e");
  types_.erase("f");
  Run(learner, minutes(10));
  EXPECT_EQ(learner.report().families.at("m7i").windows, 13U);
}

// A replica carries 10 at its limit on m5, is planned at 7 of these, and is half as fast again on
// m7i; the load is 48.
class LearningLoop : public Learner {
 protected:
  WorkloadStatus After(Duration span, LearningMode mode) {
    ScalingProfileFields fields = CheckoutFields();
    fields.load.source = {.kind = "prometheus",
                          .prometheus = PrometheusSource{.histogram = "seconds"}};
    fields.load.speeds = {{"m5", 1}};
    fields.load.speed_learning = mode;
    ScriptedMetricSource::Script script;
    script.qps = [](TimePoint) { return std::optional(48.0); };
    auto loop = WorkloadLoop::Make(ScalingProfile::Make(fields).value(),
                                   std::make_unique<ScriptedMetricSource>(script, minutes(1)),
                                   {.history = hours(3)})
                    .value();
    pods_.share = 1 / 1.5;
    loop.WatchPods(std::make_unique<FakePods>(pods_));
    WorkloadStatus status;
    for (TimePoint now = kStart; now < kStart + span; now += seconds(15)) {
      loop.Expect(ScaleObservation{
          .current = Replicas(6), .ready = Replicas(6), .instance_types = Pods::Types()});
      status = loop.Step(now, Replicas(6));
    }
    return status;
  }
};

TEST_F(LearningLoop, CountsReplicasByWhatWasLearnt) {
  const WorkloadStatus early = After(minutes(60), LearningMode::kOnline);
  EXPECT_EQ(early.decision->desired, Replicas(7)) << "48 / 7 = 6.9, and none is known to be faster";
  EXPECT_DOUBLE_EQ(early.replica_speed, 1);
  const WorkloadStatus late = After(minutes(150), LearningMode::kOnline);
  EXPECT_EQ(late.decision->desired, Replicas(6)) << "4 x 1 + 2 x 1.5 carry 7 of these";
  EXPECT_NEAR(late.replica_speed, 7.0 / 6, 1e-9);
}

TEST_F(LearningLoop, TellsWhatWasLearntAndChangesNothingWhereItObserves) {
  const WorkloadStatus status = After(minutes(150), LearningMode::kObserve);
  EXPECT_EQ(status.decision->desired, Replicas(7));
  EXPECT_DOUBLE_EQ(status.replica_speed, 1);
  ASSERT_TRUE(status.speeds);
  EXPECT_NEAR(BelievedOf(*status.speeds).at("m7i"), 1.5, 1e-9);
}

}  // namespace
}  // namespace loadcurve
