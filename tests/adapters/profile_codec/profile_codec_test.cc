#include "adapters/profile_codec/profile_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <random>

#include "adapters/profile_codec/time_zones.h"

namespace loadcurve::profile_codec {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kSmall = R"(apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata:
  name: checkout
spec:
  load:
    weights:
      kind: cudgx
  bounds:
    minReplicas: 2
    maxReplicas: 20
)";

std::string With(std::string_view from, std::string_view to) {
  std::string text(kSmall);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string FaultOf(const std::string& text) {
  const auto profiles = ParseProfiles(text, "p.yaml");
  if (profiles) return "";
  EXPECT_EQ(profiles.error().code, ErrorCode::kInvalidArgument);
  return profiles.error().message;
}

// The source and the rest of spec.load, each field at a line of its own.
std::string ToldBy(const std::string& source, const std::string& rest) {
  return With("    weights:\n      kind: cudgx\n",
              "    source: {kind: prometheus, prometheus: " + source + "}\n" + rest);
}

TEST(ParseProfiles, ReadsHowFarDecisionsAreFollowed) {
  const auto stage_of = [](const std::string& rollout) {
    const auto profiles = ParseProfiles(With("  bounds:\n", rollout + "  bounds:\n"), "p.yaml");
    EXPECT_TRUE(profiles) << profiles.error().message;
    return profiles->front().fields().rollout;
  };
  EXPECT_EQ(stage_of(""), RolloutSpec{});
  EXPECT_EQ(stage_of("  rollout: {}\n"), RolloutSpec{});
  EXPECT_EQ(stage_of("  rollout: {stage: Auto, window: 12h}\n"),
            (RolloutSpec{std::nullopt, std::chrono::hours(12)}));
  EXPECT_EQ(stage_of("  rollout: {stage: UpOnly}\n").stage, RolloutStage::kUpOnly);
  EXPECT_THAT(FaultOf(With("  bounds:\n", "  rollout: {stage: Down}\n  bounds:\n")),
              HasSubstr("p.yaml:9: spec.rollout.stage is 'Down'; expected Auto, Observe, "
                        "Recommend, UpOnly or Full"));
  EXPECT_THAT(FaultOf(With("  bounds:\n", "  rollout: {window: 1m}\n  bounds:\n")),
              HasSubstr("spec.rollout.window is '1m'; expected a duration of 10m to 30d"));
}

TEST(ParseProfiles, ReadsWhatFamiliesOfInstancesCarry) {
  const auto with = [](const std::string& more) {
    return With("    weights:\n", "    " + more + "\n    weights:\n");
  };
  EXPECT_EQ(
      ParseProfiles(with("speeds: {m5: 1, m7i: 1.3}"), "p.yaml").value()[0].fields().load.speeds,
      (InstanceSpeeds{{"m5", 1}, {"m7i", 1.3}}));
  EXPECT_THAT(FaultOf(with("speeds: {m5: 0}")),
              HasSubstr("p.yaml:7: spec.load.speeds.m5 is '0'; expected a share of "
                        "perReplica.metricsqps in (0, 10]"));
  EXPECT_THAT(FaultOf(with("speeds: {m5: fast}")), HasSubstr("spec.load.speeds.m5 is 'fast'"));
  EXPECT_THAT(FaultOf(with("speeds: {m5: 1}\n    source: {kind: prometheus, prometheus: {preset: "
                           "istio}}\n    capacity: {mode: online}")),
              HasSubstr("spec.load.speeds is 'there'; expected none where costs"));
}

TEST(ParseProfiles, ReadsWhetherSpeedsAreLearnt) {
  const auto with = [](const std::string& source, const std::string& speeds) {
    return With("    weights:\n", "    source: {kind: prometheus, prometheus: " + source +
                                      "}\n    speedLearning: {mode: online}\n" + speeds +
                                      "    weights:\n");
  };
  const std::string spring = "{preset: spring}";
  EXPECT_EQ(ParseProfiles(with(spring, "    speeds: {m5: 1}\n"), "p.yaml")
                .value()[0]
                .fields()
                .load.speed_learning,
            LearningMode::kOnline);
  EXPECT_THAT(
      FaultOf(with(spring, "    speeds: {m5: 0.9}\n")),
      HasSubstr("spec.load.speedLearning.mode is 'online'; expected manual, where no family "
                "of spec.load.speeds is at 1"));
  EXPECT_THAT(FaultOf(with(spring, "")), HasSubstr("where no family of spec.load.speeds is at 1"));
  EXPECT_THAT(FaultOf(with("{rate: x}", "    speeds: {m5: 1}\n")),
              HasSubstr("spec.load.speedLearning.mode is 'online'; expected manual, since only a "
                        "Prometheus with a histogram or preset"));
}

TEST(ParseProfiles, ReadsForHowLongWhatIsGivenUpIsParked) {
  const auto with = [](const std::string& observation) {
    return With("  bounds:\n",
                "  behavior: {scaleDown: {observation: " + observation + "}}\n  bounds:\n");
  };
  EXPECT_EQ(ParseProfiles(kSmall, "p.yaml").value()[0].fields().behavior.observation, Duration(0));
  EXPECT_EQ(ParseProfiles(with("7d"), "p.yaml").value()[0].fields().behavior.observation,
            std::chrono::days(7));
  EXPECT_THAT(FaultOf(with("31d")),
              HasSubstr("p.yaml:9: spec.behavior.scaleDown.observation is '31d'; expected a "
                        "duration of 0s to 30d"));
  EXPECT_THAT(FaultOf(with("week")),
              HasSubstr("scaleDown.observation is 'week'; expected a duration"));
}

TEST(ParseProfiles, ReadsWhatAdviceOnRequestsIsAskedFor) {
  const auto asking = [](const std::string& sizing) {
    return With("  load:\n", "  rightSizing: " + sizing +
                                 "\n  load:\n    source: {kind: prometheus, prometheus: {preset: "
                                 "istio}}\n");
  };
  const auto sizing_of = [&](const std::string& sizing) {
    const auto profiles = ParseProfiles(asking(sizing), "p.yaml");
    EXPECT_TRUE(profiles) << profiles.error().message;
    return profiles->front().fields().right_sizing;
  };
  EXPECT_FALSE(ParseProfiles(kSmall, "p.yaml").value()[0].fields().right_sizing);
  EXPECT_EQ(sizing_of("{}"), RightSizingSpec{});
  EXPECT_EQ(sizing_of("{history: 3d, cpuHour: 0.03, gibHour: 0.004}"),
            (RightSizingSpec{std::chrono::days(3), ResourcePrices{0.03, 0.004}}));
  EXPECT_THAT(FaultOf(asking("{cpuHour: 0.03}")),
              HasSubstr("p.yaml:6: spec.rightSizing.gibHour is absent; expected what a GiB"));
  EXPECT_THAT(FaultOf(asking("{history: 1h}")),
              HasSubstr("p.yaml:6: spec.rightSizing.history is '1h'; expected a duration of 1d to "
                        "14d"));
  EXPECT_THAT(FaultOf(asking("{cpuHour: -1, gibHour: 1}")),
              HasSubstr("spec.rightSizing.cpuHour is '-1'; expected a price > 0"));
  EXPECT_THAT(FaultOf(With("  load:\n", "  rightSizing: {}\n  load:\n")),
              HasSubstr("spec.rightSizing is 'there'; expected none, since only a Prometheus"));
}

TEST(ParseProfiles, ReadsAQueueInPlaceOfWeights) {
  const auto profiles = ParseProfiles(
      ToldBy("{queue: {backlog: lag, arrivalRate: in}}", "    perReplica: {metricsqps: 50}\n"),
      "p.yaml");
  ASSERT_TRUE(profiles) << profiles.error().message;
  const LoadSpec& load = profiles->front().fields().load;
  EXPECT_EQ(load.source.prometheus->queue->backlog, "lag");
  EXPECT_EQ(load.source.prometheus->queue->arrival_rate, "in");
  EXPECT_EQ(load.source.prometheus->queue->drain_time, std::chrono::minutes(1));
  EXPECT_FALSE(load.weights);
  EXPECT_EQ(load.per_replica->weights_version, "queue-1m");
}

TEST(ParseProfiles, ReadsTheMemoryOfAReplica) {
  const auto with = [](const std::string& memory) {
    return ToldBy("{load: a}", "    perReplica: {metricsqps: 5, memory: " + memory + "}\n");
  };
  const auto profiles = ParseProfiles(with("{limit: 1Gi, idle: 256Mi}"), "p.yaml");
  ASSERT_TRUE(profiles) << profiles.error().message;
  EXPECT_EQ(profiles->front().fields().load.per_replica->memory,
            (ReplicaMemory{Bytes(1 << 30), Bytes(256 << 20)}));
  const auto without = ParseProfiles(with("{limit: 1500}"), "p.yaml");
  ASSERT_TRUE(without) << without.error().message;
  EXPECT_EQ(without->front().fields().load.per_replica->memory, (ReplicaMemory{Bytes(1500), {}}));
  EXPECT_EQ(FaultOf(with("{limit: 1 GB}")),
            "p.yaml:8: spec.load.perReplica.memory.limit is '1 GB'; expected an amount as "
            "Kubernetes writes it, as 512Mi");
  EXPECT_THAT(FaultOf(with("{idle: 1Mi}")), HasSubstr("spec.load.perReplica.memory.limit"));
  EXPECT_EQ(FaultOf(with("{limit: 1000Mi, idle: 700Mi}")),
            "p.yaml:8: spec.load.perReplica.memory.idle is '700Mi'; expected less than the "
            "targetUtilization of the limit: the rest is what load may fill");
}

TEST(ParseProfiles, ReadsALoadInPlaceOfWeights) {
  const auto profiles = ParseProfiles(ToldBy("{load: a}", ""), "p.yaml");
  ASSERT_TRUE(profiles) << profiles.error().message;
  // The published FNV-1a of "a".
  EXPECT_EQ(profiles->front().fields().load.Scale(), "raw-e40c292c");
}

TEST(ParseProfiles, SaysWhatALoadThatIsToldMustNotHave) {
  EXPECT_EQ(FaultOf(ToldBy("{load: a}", "    weights: {kind: cudgx}\n")),
            "p.yaml:8: spec.load.weights is 'cudgx'; expected none: the source tells the load "
            "itself, and there are no requests to weigh");
  EXPECT_EQ(FaultOf(ToldBy("{load: a}", "    perReplica: {metricsqps: 5, slots: 4}\n")),
            "p.yaml:8: spec.load.perReplica.slots is '4'; expected none, since no requests are "
            "counted");
  EXPECT_EQ(
      FaultOf(ToldBy("{load: a}", "    perReplica: {metricsqps: 5, weightsVersion: cudgx}\n")),
      "p.yaml:8: spec.load.perReplica.weightsVersion is 'cudgx'; expected none, or "
      "'raw-e40c292c', the scale of the load that the source tells");
  EXPECT_EQ(FaultOf(ToldBy("{load: \"\"}", "")),
            "p.yaml:7: spec.load.source.prometheus.load is ''; expected PromQL for the load");
  EXPECT_THAT(FaultOf(ToldBy("{rate: a}", "")),
              HasSubstr("spec.load.weights is absent; expected what requests cost"));
}

TEST(ParseProfiles, SaysWhatAQueueLacks) {
  const std::string at = "p.yaml:7: spec.load.source.prometheus.queue";
  EXPECT_THAT(FindProblems(ToldBy("{queue: sum(lag)}", ""), "p.yaml"),
              testing::ElementsAre(at + " is 'sum(lag)'; expected a mapping"));
  EXPECT_EQ(FaultOf(ToldBy("{queue: {arrivalRate: in}}", "")),
            at + ".backlog is absent; expected PromQL for the items that wait");
  EXPECT_EQ(FaultOf(ToldBy("{queue: {backlog: lag}}", "")),
            at + " is '0 of arrivalRate and serviceRate'; expected exactly one of them");
  EXPECT_EQ(FaultOf(ToldBy("{queue: {backlog: lag, arrivalRate: in, serviceRate: out}}", "")),
            at + " is '2 of arrivalRate and serviceRate'; expected exactly one of them");
  EXPECT_EQ(FaultOf(ToldBy("{queue: {backlog: lag, arrivalRate: in, drainTime: 0s}}", "")),
            at + ".drainTime is '0s'; expected a duration of 1s to 1d");
}

TEST(ParseProfiles, ReadsTheSmallestProfileWithDefaultsForTheRest) {
  const auto profiles = ParseProfiles(kSmall, "p.yaml");
  ASSERT_TRUE(profiles) << profiles.error().message;
  ASSERT_EQ(profiles->size(), 1U);
  const ScalingProfileFields& fields = profiles->front().fields();
  EXPECT_EQ(fields.metadata.name, "checkout");
  EXPECT_EQ(fields.load.Scale(), "cudgx");
  EXPECT_EQ(fields.bounds.min, Replicas(2));
  EXPECT_EQ(fields.bounds.max, Replicas(20));
  EXPECT_FALSE(fields.load.per_replica);
  EXPECT_EQ(fields.objective, Objective{});
}

TEST(ParseProfiles, NamesFileLineFieldValueAndWhatWasExpected) {
  EXPECT_EQ(FaultOf(With("minReplicas: 2", "minReplicas: x")),
            "p.yaml:10: spec.bounds.minReplicas is 'x'; expected a whole number >= 0");
  EXPECT_EQ(FaultOf(With("minReplicas: 2", "minReplicas: 2.5")),
            "p.yaml:10: spec.bounds.minReplicas is '2.5'; expected a whole number >= 0");
  EXPECT_EQ(FaultOf(With("minReplicas: 2", "minReplicas: \"2\"")),
            "p.yaml:10: spec.bounds.minReplicas is '2'; expected a whole number >= 0, "
            "without quotes");
  EXPECT_EQ(FaultOf(With("minReplicas: 2", "minReplicas: [2]")),
            "p.yaml:10: spec.bounds.minReplicas is a list; expected a whole number >= 0");
  EXPECT_EQ(FaultOf(With("minReplicas: 2", "minReplicas:")),
            "p.yaml:10: spec.bounds.minReplicas is empty; expected a whole number >= 0");
}

TEST(ParseProfiles, NamesTheLineOfAValueThatIsOutOfRange) {
  EXPECT_EQ(FaultOf(With("minReplicas: 2", "minReplicas: 21")),
            "p.yaml:10: spec.bounds.minReplicas is '21'; expected at most maxReplicas, 20");
  EXPECT_THAT(FaultOf(With("name: checkout", "name: Checkout")),
              StartsWith("p.yaml:4: metadata.name is 'Checkout'; expected a DNS label"));
}

TEST(ParseProfiles, RefusesUnknownFieldsWithTheKnownOnes) {
  EXPECT_EQ(FaultOf(With("minReplicas: 2", "minimum: 2")),
            "p.yaml:10: spec.bounds.minimum is not a known field; expected one of: maxReplicas, "
            "minReplicas");
  EXPECT_THAT(FaultOf(With("kind: cudgx", "kind: cudgx\n      referenceSeconds: 1")),
              StartsWith("p.yaml:9: spec.load.weights.referenceSeconds is not a known field"));
}

TEST(ParseProfiles, RefusesAFieldThatIsThereTwice) {
  EXPECT_EQ(FaultOf(With("maxReplicas: 20", "minReplicas: 3")),
            "p.yaml:11: spec.bounds.minReplicas is there twice; expected once");
}

TEST(ParseProfiles, RefusesWhatIsMissing) {
  EXPECT_EQ(FaultOf(With("  name: checkout", "  namespace: shop")),
            "p.yaml:4: metadata.name is absent; expected a DNS label");
  EXPECT_THAT(FaultOf(With("kind: cudgx", "kind: occupancy")),
              StartsWith("p.yaml:8: spec.load.weights.referenceSeconds is absent"));
}

TEST(ParseProfiles, ReadsWhatToAskPrometheusAndRefusesHalfAQuestion) {
  const auto with = [](const std::string& source) {
    return With("  load:\n", "  load:\n    source: " + source + "\n");
  };
  const auto profiles =
      ParseProfiles(with("{kind: prometheus, prometheus: {histogram: http_seconds, native: true, "
                         "routeLabels: [method, uri]}}"),
                    "p.yaml")
          .value();
  const PrometheusSource& source = *profiles[0].fields().load.source.prometheus;
  EXPECT_EQ(source.histogram, "http_seconds");
  EXPECT_TRUE(source.is_native);
  EXPECT_THAT(source.route_labels, testing::ElementsAre("method", "uri"));
  EXPECT_EQ(source.pod_label, "pod");
  EXPECT_THAT(FaultOf(with("{kind: prometheus}")),
              HasSubstr("expected prometheus where spec.load.source.prometheus says what to ask"));
  EXPECT_THAT(
      FaultOf(with("{kind: prometheus, prometheus: {preset: istio, rate: x}}")),
      HasSubstr("is '2 of preset, histogram, rate, queue and load'; expected exactly one of "
                "them"));
  EXPECT_THAT(FaultOf(with("{kind: prometheus, prometheus: {histogram: x, native: maybe}}")),
              HasSubstr("native is 'maybe'; expected true or false"));
  EXPECT_THAT(FaultOf(with("{kind: prometheus, prometheus: {histogram: x, unit: us}}")),
              HasSubstr("unit is 'us'; expected s or ms"));
}

TEST(ParseProfiles, ReadsWhetherCostsAreFoundAnewAndWhereThatCanBe) {
  const auto with = [](const std::string& source, const std::string& calibration) {
    return With("  load:\n", "  load:\n    source: {kind: prometheus, prometheus: " + source +
                                 "}\n    calibration: " + calibration + "\n");
  };
  const auto profiles =
      ParseProfiles(with("{preset: spring}", "{mode: online, every: 30m}"), "p.yaml").value();
  const CalibrationSpec& calibration = profiles[0].fields().load.calibration;
  EXPECT_TRUE(calibration.is_online);
  EXPECT_EQ(calibration.every, std::chrono::minutes(30));
  EXPECT_EQ(calibration.history, std::chrono::hours(48));
  EXPECT_FALSE(ParseProfiles(with("{preset: spring}", "{mode: manual}"), "p.yaml")
                   .value()[0]
                   .fields()
                   .load.calibration.is_online);
  EXPECT_THAT(FaultOf(with("{rate: x}", "{mode: online}")),
              HasSubstr("spec.load.calibration.mode is 'online'; expected manual, since only"));
  EXPECT_THAT(FaultOf(with("{preset: spring}", "{mode: always}")),
              HasSubstr("mode is 'always'; expected manual or online"));
  EXPECT_THAT(FaultOf(with("{preset: spring}", "{mode: online, every: 1s}")),
              HasSubstr("spec.load.calibration.every is '1s'; expected a duration of 10s to 7d"));
  EXPECT_THAT(FaultOf(with("{preset: spring}", "{mode: online, history: 1m}")),
              HasSubstr("spec.load.calibration.history is '1m'; expected"));
}

TEST(ParseProfiles, ReadsWhetherTheCapacityIsWatchedAndWhereThatCanBe) {
  const auto with = [](const std::string& source, const std::string& mode) {
    return With("  load:\n", "  load:\n    source: {kind: prometheus, prometheus: " + source +
                                 "}\n    capacity: {mode: " + mode + "}\n");
  };
  const auto mode_of = [&](const std::string& mode) {
    return ParseProfiles(with("{preset: spring}", mode), "p.yaml")
        .value()[0]
        .fields()
        .load.capacity_mode;
  };
  EXPECT_EQ(mode_of("manual"), LearningMode::kManual);
  EXPECT_EQ(mode_of("observe"), LearningMode::kObserve);
  EXPECT_EQ(mode_of("online"), LearningMode::kOnline);
  EXPECT_THAT(FaultOf(with("{preset: spring}", "sometimes")),
              HasSubstr("mode is 'sometimes'; expected manual, observe or online"));
  EXPECT_THAT(FaultOf(with("{rate: x}", "observe")),
              HasSubstr("spec.load.capacity.mode is 'observe'; expected manual, since only"));
}

// An objective in place of none.
std::string Aiming(const std::string& objective) {
  return With("  bounds:\n", "  objective: {" + objective + "}\n  bounds:\n");
}

TEST(ParseProfiles, ReadsWhatAServiceMayCost) {
  const auto objective = [](const std::string& text) {
    const auto profiles = ParseProfiles(Aiming(text), "p.yaml");
    EXPECT_TRUE(profiles) << profiles.error().message;
    return profiles->front().fields().objective;
  };
  EXPECT_DOUBLE_EQ(objective("violations: 0.1%").violations->value(), 0.001);
  EXPECT_DOUBLE_EQ(objective("violations: \"5 %\"").violations->value(), 0.05);
  const Objective money = objective("replicaHour: 0.04, shortageMinute: 2.5, survive: 2 pods");
  EXPECT_EQ(money.prices->replica_hour, 0.04);
  EXPECT_EQ(money.prices->shortage_minute, 2.5);
  EXPECT_EQ(money.survive->pods, Replicas(2));
  EXPECT_EQ(objective("survive: 1 pod").survive->pods, Replicas(1));
  EXPECT_EQ(objective("survive: zone, zones: 3").survive->zones, 3);
  EXPECT_EQ(objective("latencyTarget: 200ms").latency,
            (LatencyTarget{std::chrono::milliseconds(200), 0.95}));
  EXPECT_EQ(objective("latencyTarget: 1s, latencyQuantile: 0.99").latency,
            (LatencyTarget{std::chrono::seconds(1), 0.99}));
  EXPECT_EQ(objective("quantile: 0.9"), (Objective{.quantile = 0.9}));
}

TEST(ParseProfiles, SaysWhichFieldOfAnObjectiveIsWrong) {
  EXPECT_EQ(FaultOf(Aiming("violations: 0.001")),
            "p.yaml:9: spec.objective.violations is '0.001'; expected a share of the minutes, as "
            "0.1%");
  EXPECT_EQ(FaultOf(Aiming("violations: 70%")),
            "p.yaml:9: spec.objective.violations is '70%'; expected a share of the minutes of more "
            "than 0% and at most 50%, as 0.1%");
  EXPECT_EQ(FaultOf(Aiming("violations: 1%, replicaHour: 1, shortageMinute: 2")),
            "p.yaml:9: spec.objective.violations is '1%'; expected either it or replicaHour with "
            "shortageMinute");
  EXPECT_THAT(FaultOf(Aiming("replicaHour: 0.04")), HasSubstr("spec.objective.shortageMinute"));
  EXPECT_THAT(FaultOf(Aiming("replicaHour: 0, shortageMinute: 1")),
              HasSubstr("spec.objective.replicaHour is '0'; expected a price > 0"));
  EXPECT_THAT(FaultOf(Aiming("survive: node")),
              HasSubstr("spec.objective.survive is 'node'; expected a number of pods, as '2 pods', "
                        "or zone"));
  EXPECT_THAT(FaultOf(Aiming("survive: 0 pods")), HasSubstr("spec.objective.survive is '0 pods'"));
  EXPECT_THAT(FaultOf(Aiming("survive: zone")), HasSubstr("spec.objective.zones"));
  EXPECT_THAT(FaultOf(Aiming("survive: zone, zones: 1")),
              HasSubstr("spec.objective.zones is '1'; expected a whole number of 2 to 1000"));
  EXPECT_THAT(FaultOf(Aiming("latencyTarget: 0s")),
              HasSubstr("spec.objective.latencyTarget is '0s'; expected a duration of 1ms to 1h"));
  EXPECT_THAT(FaultOf(Aiming("latencyTarget: 1s, latencyQuantile: 1")),
              HasSubstr("spec.objective.latencyQuantile is '1'; expected a number in"));
  EXPECT_THAT(
      FaultOf(Aiming("latencyQuantile: 0.9")),
      testing::EndsWith("spec.objective.latencyTarget is absent; expected how late answers may "
                        "be, beside latencyQuantile"));
  EXPECT_THAT(FaultOf(Aiming("zones: 3")), testing::EndsWith("beside 'survive: zone' only"));
}

TEST(ParseProfiles, RefusesOtherKindsAndVersions) {
  EXPECT_EQ(FaultOf(With("v1alpha1", "v9")),
            "p.yaml:1: apiVersion is 'loadcurve.dev/v9'; expected loadcurve.dev/v1alpha1");
  EXPECT_EQ(FaultOf(With("kind: ScalingProfile", "kind: Deployment")),
            "p.yaml:2: kind is 'Deployment'; expected ScalingProfile");
}

TEST(ParseProfiles, RefusesTextThatIsNotYaml) {
  EXPECT_THAT(FaultOf("a: [1, 2\nb: 3\n"), HasSubstr("this is not YAML"));
  EXPECT_THAT(FaultOf(""), StartsWith("p.yaml:1: there is no ScalingProfile"));
  EXPECT_THAT(FaultOf("- a\n"), StartsWith("p.yaml:1: the document is a list"));
}

TEST(ParseProfiles, ReadsOneDocumentAWorkloadAndRefusesTheSameNameTwice) {
  const std::string two = std::string(kSmall) + "---\n" + With("name: checkout", "name: cart");
  const auto profiles = ParseProfiles(two, "p.yaml");
  ASSERT_TRUE(profiles) << profiles.error().message;
  EXPECT_EQ(profiles->size(), 2U);
  EXPECT_THAT(FaultOf(std::string(kSmall) + "---\n" + std::string(kSmall)),
              StartsWith("p.yaml:16: metadata.name is 'checkout', as in a document before"));
}

TEST(ParseProfiles, RefusesWeightsThatAreNotThoseOfTheirVersion) {
  const std::string fitted = With("kind: cudgx", R"(kind: fitted
      version: fitted-00000000
      referenceCpuSeconds: 0.01
      curves:
        - route: "*"
          knots:
            - {upperSeconds: 0, weight: 0.1}
            - {upperSeconds: 0.25, weight: 1})");
  EXPECT_THAT(FaultOf(fitted),
              StartsWith("p.yaml:9: spec.load.weights.version is 'fitted-00000000'; expected "
                         "'fitted-"));
}

TEST(ParseProfiles, NamesTheLineOfWeightsThatCannotBe) {
  const std::string falling = With("kind: cudgx", R"(kind: fitted
      referenceCpuSeconds: 0.01
      curves:
        - route: "*"
          knots:
            - {upperSeconds: 0, weight: 3}
            - {upperSeconds: 0.25, weight: 1})");
  EXPECT_THAT(FaultOf(falling), StartsWith("p.yaml:7: spec.load.weights: "));
}

TEST(ReadProfiles, SaysThatAFileIsNotThere) {
  const auto profiles = ReadProfiles("/nonexistent/p.yaml");
  ASSERT_FALSE(profiles);
  EXPECT_EQ(profiles.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(profiles.error().message, HasSubstr("/nonexistent/p.yaml"));
}

std::string TextOf(const std::string& path) {
  std::ifstream file(LOADCURVE_SOURCE_DIR "/" + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ReadProfiles, ReadsTheExample) {
  const auto profiles = ReadProfiles(LOADCURVE_SOURCE_DIR "/deploy/examples/scaling-profile.yaml");
  ASSERT_TRUE(profiles) << profiles.error().message;
  EXPECT_EQ(ToString(profiles->front().Workload()), "shop/Deployment/checkout");
  EXPECT_EQ(profiles->front().fields().load.weights->curves().size(), 2U);
  EXPECT_TRUE(profiles->front().fields().load.per_replica);
}

TEST(ReadProfiles, ReadsTheProfileThatTheDocumentShows) {
  const std::string document = TextOf("docs/configuration.md");
  const std::size_t from = document.find("```yaml\n") + 8;
  const auto profiles =
      ParseProfiles(document.substr(from, document.find("```", from) - from), "configuration.md");
  ASSERT_TRUE(profiles) << profiles.error().message;
  EXPECT_EQ(profiles->front().fields().load.source.workload, "10.0.0.1:8080");
}

// Every field that a written profile can have.
TEST(ReadProfiles, FindsEveryFieldInTheDocument) {
  const std::string document = TextOf("docs/configuration.md");
  for (const char* field : {"metadata.name",
                            "metadata.namespace",
                            "metadata.labels",
                            "spec.targetRef",
                            "spec.load.source.kind",
                            "spec.load.source.workload",
                            "spec.load.source.duration",
                            ".queue.backlog",
                            ".arrivalRate",
                            ".serviceRate",
                            ".drainTime",
                            ".load",
                            "spec.load.weights.kind",
                            "spec.load.weights.version",
                            "spec.load.weights.referenceSeconds",
                            "spec.load.weights.referenceCpuSeconds",
                            "spec.load.weights.curves",
                            "spec.load.perReplica",
                            ".metricsqps",
                            ".binding",
                            ".weightsVersion",
                            ".targetShare",
                            ".slots",
                            ".memory.limit",
                            ".memory.idle",
                            "spec.load.speeds",
                            "spec.startup.p95",
                            "spec.objective.targetUtilization",
                            "spec.objective.quantile",
                            "spec.objective.violations",
                            "spec.objective.replicaHour",
                            ".shortageMinute",
                            "spec.objective.survive",
                            ".zones",
                            "spec.behavior.changeCost",
                            "spec.bounds.minReplicas",
                            ".maxReplicas",
                            "spec.forecast.step",
                            "spec.forecast.horizon",
                            "spec.forecast.season",
                            "spec.behavior.scaleUp",
                            "maxStep",
                            "maxShare",
                            "spec.behavior.scaleDown.window",
                            "spec.behavior.scaleDown.observation",
                            "spec.rightSizing.history",
                            "spec.rightSizing.cpuHour",
                            ".gibHour",
                            "status.calibration",
                            "lagSeconds",
                            "idleCores",
                            "conditionNumber",
                            "windows.used",
                            "windows.excluded",
                            "outOfSample"})
    EXPECT_THAT(document, HasSubstr(field));
}

// ---- what is written reads back the same, to the last digit

using Random = std::mt19937_64;

double Positive(Random& random) {
  return std::exp(std::uniform_real_distribution<double>(-20, 20)(random));
}

bool Coin(Random& random) {
  return random() % 2 == 0;
}

Duration Span(Random& random, Duration least, Duration most) {
  return least + Duration(static_cast<std::int64_t>(
                     random() % static_cast<std::uint64_t>((most - least).count() + 1)));
}

std::string SomeText(Random& random) {
  static const std::vector<std::string> kTexts = {"10.0.0.1:8080",
                                                  "true",
                                                  "null",
                                                  "~",
                                                  "123",
                                                  "1e5",
                                                  "a: b",
                                                  "- a",
                                                  "#x",
                                                  "GET /a/{n}",
                                                  " a ",
                                                  "a\nb",
                                                  "\t",
                                                  "\"q\" \\ '",
                                                  "caf\u00e9",
                                                  "\u2028x\u0085",
                                                  "\u65e5\u672c\u8a9e",
                                                  "*",
                                                  "&a",
                                                  "!t",
                                                  "|",
                                                  "%",
                                                  std::string("nul\0byte", 8),
                                                  "\x7f\x1b[0m",
                                                  "\U0001F600",
                                                  "2026-10-10",
                                                  "yes",
                                                  "0x1F",
                                                  ""};
  return kTexts[random() % kTexts.size()];
}

RequestWeights SomeWeights(Random& random) {
  const auto kind = random() % 4;
  if (kind == 0) return RequestWeights::Cudgx();
  if (kind == 1)
    return RequestWeights::Occupancy(Span(random, Duration(1), std::chrono::hours(1))).value();
  const auto curve = [&](std::string route) {
    WeightCurve made{std::move(route), {}};
    Duration upper{0};
    double weight = 0;
    for (std::size_t i = 0; i < 2 + random() % 5; ++i) {
      weight += Positive(random);
      WeightKnot knot{upper, weight, weight, weight};
      if (Coin(random)) knot.low = weight / 3;
      if (Coin(random)) knot.high = weight * 1.7;
      made.knots.push_back(knot);
      upper += Span(random, Duration(1), std::chrono::minutes(1));
    }
    return made;
  };
  std::vector<WeightCurve> curves = {curve("*")};
  if (kind == 2) {
    curves[0].knots.erase(curves[0].knots.begin());
    curves[0].knots.back().upper = Duration::max();
    return RequestWeights::Table(std::move(curves[0].knots)).value();
  }
  for (const char* route : {"GET /cart/{n}", "(errors)", "caf\u00e9: \"x\""})
    if (Coin(random)) curves.push_back(curve(route));
  return RequestWeights::Fitted(std::move(curves), CpuSeconds(Positive(random))).value();
}

ReplicaCapacity SomeCapacity(Random& random, const RequestWeights& weights) {
  ReplicaCapacity capacity;
  capacity.load = MetricsQps(Positive(random));
  capacity.low = capacity.load * 0.9;
  capacity.high = capacity.load * 1.3;
  capacity.weights_version = weights.version();
  capacity.target_share = Ratio(0.1 + 0.9 / (1 + Positive(random)));
  if (Coin(random)) capacity.slots = BusySlots(Positive(random));
  const auto binding = static_cast<BindingResource>(random() % 5);
  if (capacity.slots || binding != BindingResource::kSlots) capacity.binding = binding;
  return capacity;
}

CalibrationStatus SomeCalibration(Random& random) {
  CalibrationStatus status;
  status.calibrated_at = TimePoint(Span(random, Duration(0), std::chrono::days(40'000)));
  status.verdict = SomeText(random);
  status.lag = Span(random, -std::chrono::hours(1), std::chrono::hours(1));
  status.idle_cores = CpuCores(Positive(random));
  if (Coin(random)) status.condition_number = Positive(random);
  status.windows_used = static_cast<std::int64_t>(random() % 10'000);
  if (Coin(random)) status.windows_excluded[SomeText(random)] = 3;
  if (Coin(random)) status.out_of_sample["fitted"] = {-Positive(random), 0.98, 0.01, 0.02};
  if (Coin(random)) status.out_of_sample["count"] = {0.5, Positive(random), {}, {}};
  return status;
}

PrometheusSource SomePrometheus(Random& random) {
  PrometheusSource source;
  if (Coin(random)) {
    source.preset = "spring";
    if (Coin(random)) source.object = SomeText(random);
    return source;
  }
  if (Coin(random)) {
    source.rate = "sum(rate(x{a=\"b\"}[1m]))";
    if (Coin(random)) source.mean_seconds = "0.1";
    return source;
  }
  source.histogram = "http_request_duration_seconds";
  if (Coin(random)) source.unit = "ms";
  source.is_native = Coin(random);
  if (Coin(random)) source.matchers[SomeText(random)] = SomeText(random);
  if (Coin(random)) source.route_labels = {"method", SomeText(random)};
  if (Coin(random)) source.status_label = "code";
  if (Coin(random)) source.pod_label = "instance";
  if (Coin(random)) source.in_flight = "http_in_flight";
  return source;
}

// Load that is told, and what one replica carries of it.
LoadSpec SomeToldLoad(Random& random) {
  LoadSpec load;
  load.source.kind = "prometheus";
  PrometheusSource& source = load.source.prometheus.emplace();
  if (Coin(random)) {
    source.load = "sum(jobs{a=\"b\"})";
  } else {
    QueueSource& queue = source.queue.emplace();
    queue.backlog = "sum(lag{a=\"b\"})";
    (Coin(random) ? queue.arrival_rate : queue.service_rate) = "sum(rate(x[1m]))";
    queue.drain_time = Span(random, std::chrono::seconds(1), std::chrono::days(1));
  }
  if (!Coin(random)) return load;
  const double most = Positive(random);
  load.per_replica = ReplicaCapacity{.load = MetricsQps(most),
                                     .low = MetricsQps(most / 2),
                                     .high = MetricsQps(most * 2),
                                     .weights_version = load.Scale()};
  return load;
}

Objective SomeObjective(Random& random, Objective objective) {
  if (Coin(random))
    objective.violations = Ratio(0.5 / (1 + Positive(random)));
  else if (Coin(random))
    objective.prices = ShortagePrices{Positive(random), Positive(random)};
  if (objective.violations == Ratio(0)) objective.violations = Ratio(0.1);
  if (Coin(random)) objective.survive = Survival{.pods = Replicas(3)};
  if (Coin(random)) objective.survive = Survival{.zones = 4};
  if (Coin(random))
    objective.latency = {Span(random, std::chrono::milliseconds(1), std::chrono::hours(1)), 0.99};
  return objective;
}

PolicyWindow SomeWindow(Random& random, std::string name) {
  const TimePoint from(Span(random, Duration(0), std::chrono::days(40'000)));
  if (Coin(random)) return {.name = std::move(name), .once = {from, from + Duration(1)}};
  const char* zone = Coin(random) ? "Europe/Berlin" : "UTC";
  return {.name = std::move(name),
          .recurrence =
              Recurrence{CronTimes::Parse("0,30 7 * * mon-fri").value(), FindTimeZone(zone).value(),
                         Span(random, std::chrono::minutes(1), std::chrono::days(31))}};
}

// Within bounds of at most 4 and of 40 replicas.
void AddStatedPolicy(Random& random, ScalingProfileFields& fields) {
  if (Coin(random))
    fields.schedules.push_back({SomeWindow(random, "a"), Replicas(9), std::nullopt});
  if (Coin(random))
    fields.schedules.push_back({SomeWindow(random, "b"), Replicas(5), Replicas(30)});
  if (Coin(random)) fields.freezes.push_back({SomeWindow(random, "a"), FreezeKind::kAll});
  if (Coin(random)) fields.freezes.push_back({SomeWindow(random, "b"), FreezeKind::kShrink});
  if (Coin(random)) return;
  SpendingCap& budget = fields.budget.emplace();
  const auto& prices = fields.objective.prices;
  budget.replica_hour = prices ? prices->replica_hour : Positive(random);
  budget.per_month = budget.replica_hour * 10 * kHoursAMonth;
  if (Coin(random)) budget.per_hour = budget.replica_hour * (20 + Positive(random));
  budget.is_hard = Coin(random);
}

ScalingProfile SomeProfile(Random& random, int number) {
  ScalingProfileFields fields{.load = {.weights = SomeWeights(random)}};
  fields.load.source.workload = SomeText(random);
  fields.load.source.duration = SomeText(random);
  if (Coin(random)) {
    fields.load.source.kind = "prometheus";
    fields.load.source.prometheus = SomePrometheus(random);
    const bool has_cpu = fields.load.source.prometheus->rate.empty();
    fields.load.calibration.is_online = Coin(random) && has_cpu;
    if (Coin(random) && has_cpu) fields.load.capacity_mode = LearningMode::kObserve;
  }
  if (!fields.load.calibration.is_online && fields.load.capacity_mode == LearningMode::kManual &&
      Coin(random))
    fields.load.speeds = {{"m5", 1}, {"n2-standard", 0.8}};
  if (!fields.load.speeds.empty() && fields.load.source.prometheus &&
      fields.load.source.prometheus->rate.empty() && Coin(random))
    fields.load.speed_learning = LearningMode::kOnline;
  if (Coin(random)) fields.load.calibration.every = std::chrono::minutes(30);
  if (Coin(random)) fields.load.calibration.history = std::chrono::hours(7);
  fields.metadata.name = "w" + std::to_string(number);
  if (Coin(random)) fields.metadata.namespace_name = "shop";
  if (Coin(random)) fields.metadata.labels[SomeText(random)] = SomeText(random);
  if (Coin(random)) fields.metadata.annotations[SomeText(random)] = SomeText(random);
  if (Coin(random)) fields.target = {"apps/v1", "StatefulSet", SomeText(random)};
  if (Coin(random)) fields.load.per_replica = SomeCapacity(random, *fields.load.weights);
  const bool is_told = random() % 4 == 0;
  if (is_told) fields.load = SomeToldLoad(random);
  if (fields.load.source.prometheus && fields.load.per_replica && Coin(random))
    fields.load.per_replica->memory = ReplicaMemory{
        Bytes(static_cast<std::int64_t>(1 + random() % (std::uint64_t{1} << 40))), {}};
  fields.startup = Span(random, Duration(0), std::chrono::hours(2));
  fields.objective.target_utilization = Ratio(1 / (1 + Positive(random)));
  fields.objective.quantile = 1 - 0.5 / (1 + Positive(random) * 1e-6);
  if (fields.objective.quantile < 0.5) fields.objective.quantile = 0.5;
  fields.objective = SomeObjective(random, fields.objective);
  if (is_told) fields.objective.latency.reset();
  fields.bounds = {Replicas(static_cast<std::int64_t>(random() % 5)), Replicas(40)};
  fields.forecast.step = Span(random, std::chrono::seconds(1), std::chrono::hours(1));
  if (Coin(random)) fields.forecast.horizon = fields.forecast.step * 60;
  if (Coin(random)) fields.forecast.season = fields.forecast.step * 24;
  if (Coin(random)) fields.behavior.scale_up.max_step = Replicas(4);
  if (Coin(random)) fields.behavior.scale_up.max_share = Ratio(0.5);
  if (Coin(random)) fields.behavior.scale_down.max_share = Ratio(1.0 / 3);
  fields.behavior.scale_down_window = Span(random, Duration(0), std::chrono::days(7));
  if (Coin(random)) fields.behavior.observation = Span(random, Duration(0), std::chrono::days(30));
  fields.behavior.change_cost = Span(random, Duration(0), std::chrono::hours(1));
  AddStatedPolicy(random, fields);
  if (fields.load.source.prometheus && Coin(random)) {
    fields.right_sizing = {Span(random, std::chrono::days(1), std::chrono::days(14)), {}};
    if (Coin(random)) fields.right_sizing->prices = {Positive(random), Positive(random)};
  }
  if (Coin(random)) fields.calibration = SomeCalibration(random);
  auto made = ScalingProfile::Make(std::move(fields));
  EXPECT_TRUE(made) << made.error().message;
  return *made;
}

TEST(FindProblems, FindsNoneWhereParsingSucceeds) {
  EXPECT_THAT(FindProblems(kSmall, "p.yaml"), testing::IsEmpty());
}

TEST(FindProblems, TellsEveryFaultOfEveryDocument) {
  const std::string text = R"(apiVersion: loadcurve.dev/v1
kind: ScalingProfile
metadata: {name: checkout, owner: me}
spec:
  load:
    weights: {kind: occupancy, referenceSeconds: soon}
    perReplica: {low: 1}
  startup: {p95: 90}
  bounds: [1, 2]
---
apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata: {name: cart}
spec:
  load: {weights: {kind: cudgx}}
  objective: {targetUtilization: 7, quantile: 0.1}
  bounds: {minReplicas: 5, maxReplicas: 2}
---
42
---
apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata: {name: fine}
spec: {load: {weights: {kind: cudgx}}}
)";
  EXPECT_THAT(FindProblems(text, "p.yaml"),
              testing::ElementsAre(
                  "p.yaml:1: apiVersion is 'loadcurve.dev/v1'; expected loadcurve.dev/v1alpha1",
                  StartsWith("p.yaml:3: metadata.owner is not a known field"),
                  "p.yaml:6: spec.load.weights.referenceSeconds is 'soon'; expected a number",
                  "p.yaml:7: spec.load.perReplica.metricsqps is absent; expected the load that one "
                  "replica sustains",
                  StartsWith("p.yaml:7: spec.load.perReplica.weightsVersion is absent"),
                  StartsWith("p.yaml:8: spec.startup.p95 is '90'; expected a duration"),
                  "p.yaml:9: spec.bounds is a list; expected a mapping",
                  "p.yaml:16: spec.objective.targetUtilization is '7'; expected a number in (0, 1]",
                  "p.yaml:16: spec.objective.quantile is '0.1'; expected a number in [0.5, 1)",
                  "p.yaml:17: spec.bounds.minReplicas is '5'; expected at most maxReplicas, 2",
                  "p.yaml:19: the document is '42'; expected a mapping"));
}

TEST(FindProblems, DoesNotGuessAtFieldsOfWeightsThatItDoesNotKnow) {
  EXPECT_THAT(FindProblems(With("kind: cudgx", "kind: guess\n      referenceSeconds: 1"), "p.yaml"),
              testing::ElementsAre(HasSubstr("'guess' is no kind of weights")));
}

TEST(FindProblems, TellsWhatIsNoYamlAndWhatIsEmpty) {
  EXPECT_THAT(FindProblems("a: [1", "p.yaml"), testing::ElementsAre(HasSubstr("this is not YAML")));
  EXPECT_THAT(FindProblems("", "p.yaml"),
              testing::ElementsAre(HasSubstr("there is no ScalingProfile")));
}

TEST(WriteProfiles, IsReadBackAsEqualProfiles) {
  Random random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<ScalingProfile> profiles;
    for (int i = 0; i <= round % 3; ++i) profiles.push_back(SomeProfile(random, i));
    const std::string text = WriteProfiles(profiles);
    const auto read = ParseProfiles(text, "p.yaml");
    ASSERT_TRUE(read) << read.error().message << "\n" << text;
    ASSERT_EQ(*read, profiles) << text;
    ASSERT_EQ(WriteProfiles(*read), text);
  }
}

TEST(WriteProfiles, QuotesTextThatAnyYamlReaderWouldTakeForSomethingElse) {
  ScalingProfileFields fields{.load = {.weights = RequestWeights::Cudgx()}};
  fields.metadata.name = "checkout";
  fields.metadata.labels = {{"a", "true"}, {"b", "12"}, {"c", "plain"}, {"d", "1e5"}};
  const std::vector profiles = {ScalingProfile::Make(fields).value()};
  const std::string text = WriteProfiles(profiles);
  EXPECT_THAT(text, HasSubstr("    a: \"true\"\n    b: \"12\"\n    c: plain\n    d: \"1e5\"\n"));
}

}  // namespace
}  // namespace loadcurve::profile_codec
