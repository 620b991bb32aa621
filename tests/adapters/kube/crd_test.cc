// The CRD and the code that reads and writes its fields are held together.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "adapters/kube/profile_status.h"
#include "adapters/kube/resource.h"
#include "adapters/profile_codec/profile_codec.h"
#include "tests/support/crd_schema.h"
#include "tests/support/watched_capacity.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;
using testing::ContainerEq;
using testing::Contains;
using testing::IsEmpty;
using testing::Not;

YAML::Node Crd() {
  return CrdIn("scalingprofiles.yaml");
}

YAML::Node Schema() {
  return SchemaOf(Crd());
}

// "spec.load.weights.curves[].route", and "*" for keys that are data.
void CollectFields(const YAML::Node& schema, const std::string& path, std::set<std::string>& into) {
  if (schema["items"]) return CollectFields(schema["items"], path + "[]", into);
  if (schema["additionalProperties"])
    return CollectFields(schema["additionalProperties"], path + ".*", into);
  if (!schema["properties"]) {
    into.insert(path);
    return;
  }
  for (const auto& property : schema["properties"])
    CollectFields(property.second, path + "." + property.first.Scalar(), into);
}

std::set<std::string> FieldsOfSchema(const std::string& part) {
  std::set<std::string> fields;
  CollectFields(Schema()["properties"][part], part, fields);
  return fields;
}

// The fields of a document; keys that are data are known by their path.
void CollectFields(const json& value, const std::string& path, std::set<std::string>& into) {
  const bool is_free = path.ends_with(".excluded") || path.ends_with(".speeds") ||
                       path.ends_with(".outOfSample") || path.ends_with(".matchers");
  if (value.is_array()) {
    for (const json& item : value) CollectFields(item, path + "[]", into);
  } else if (value.is_object()) {
    for (const auto& [name, field] : value.items())
      CollectFields(field, path + "." + (is_free ? "*" : name), into);
  } else {
    into.insert(path);
  }
}

json FromYaml(const YAML::Node& node) {
  if (node.IsMap()) {
    json object = json::object();
    for (const auto& field : node) object[field.first.Scalar()] = FromYaml(field.second);
    return object;
  }
  if (node.IsSequence()) {
    json list = json::array();
    for (const auto& item : node) list.push_back(FromYaml(item));
    return list;
  }
  if (node.Tag() == "!") return node.Scalar();
  const json plain = json::parse(node.Scalar(), nullptr, false);
  return plain.is_discarded() ? json(node.Scalar()) : plain;
}

WeightKnot Knot(Duration upper, double weight) {
  return {upper, weight, weight / 2, weight * 2};
}

LoadSource Prometheus(PrometheusSource source) {
  return {.kind = "prometheus", .prometheus = std::move(source)};
}

// One of either form in each list.
std::vector<Schedule> Schedules() {
  PolicyWindow daily{
      "daily", Recurrence{*CronTimes::Parse("0 7 * * *"), ZoneOffsets(), std::chrono::hours(12)}};
  PolicyWindow once{.name = "sale", .once = {TimePoint(), TimePoint(std::chrono::hours(1))}};
  return {{daily, Replicas(20), std::nullopt}, {once, Replicas(2), Replicas(30)}};
}

std::vector<Freeze> Freezes() {
  std::vector<Freeze> freezes;
  for (const Schedule& schedule : Schedules())
    freezes.push_back({schedule.window, FreezeKind::kAll});
  return freezes;
}

ScalingProfile ProfileWith(std::optional<RequestWeights> weights, LoadSource source,
                           Objective objective = {}) {
  if (weights) objective.latency = {std::chrono::milliseconds(200), 0.99};
  ReplicaCapacity capacity{.load = MetricsQps(50),
                           .low = MetricsQps(46),
                           .high = MetricsQps(55),
                           .weights_version = weights ? weights->version() : "",
                           .target_share = Ratio(0.7)};
  if (weights) capacity.slots = BusySlots(64);
  if (source.prometheus)
    capacity.memory = ReplicaMemory{Bytes(std::int64_t{1} << 30), Bytes(std::int64_t{1} << 28)};
  CalibrationSpec calibration{.every = std::chrono::hours(2), .history = std::chrono::hours(24)};
  std::optional<RightSizingSpec> sizing;
  if (source.prometheus) sizing = {std::chrono::days(3), ResourcePrices{0.03, 0.004}};
  // Speeds are not learnt where costs are.
  const bool has_native = source.prometheus && source.prometheus->is_native;
  calibration.is_online =
      weights && source.prometheus && source.prometheus->rate.empty() && !has_native;
  return *ScalingProfile::Make(
      {.metadata = {.name = "web",
                    .namespace_name = "shop",
                    .labels = {{"a", "b"}},
                    .annotations = {{"c", "d"}}},
       .load = {.source = std::move(source),
                .weights = std::move(weights),
                .per_replica = capacity,
                .calibration = calibration,
                .speeds = calibration.is_online ? InstanceSpeeds()
                                                : InstanceSpeeds{{"m5", 1}, {"m5a", 0.8}},
                .speed_learning = has_native ? LearningMode::kObserve : LearningMode::kManual,
                .capacity_mode =
                    calibration.is_online ? LearningMode::kOnline : LearningMode::kManual},
       .objective = objective,
       .forecast = {.horizon = std::chrono::hours(1), .season = std::chrono::hours(24)},
       .behavior = {.scale_up = {Replicas(4), Ratio(1)},
                    .scale_down = {Replicas(2), Ratio(0.25)},
                    .observation = std::chrono::days(7)},
       .schedules = Schedules(),
       .freezes = Freezes(),
       .budget =
           SpendingCap{.replica_hour = 0.04, .per_hour = 12, .per_month = 8000, .is_hard = true},
       .rollout = {std::nullopt, std::chrono::hours(12)},
       .right_sizing = sizing,
       .manages_hpa = true,
       .calibration = CalibrationStatus{
           .condition_number = 3,
           .windows_excluded = {{"saturated", 4}},
           .out_of_sample = {{"count", {.r2_error = 0.1, .correlation_error = 0.2}}}}});
}

// One profile for each kind of weights and source, every optional field set.
std::vector<ScalingProfile> FullProfiles() {
  const std::string any(kAnyRoute);
  return {ProfileWith(RequestWeights::Cudgx(), {.workload = "w", .duration = "d"}),
          ProfileWith(*RequestWeights::Occupancy(std::chrono::milliseconds(100)),
                      Prometheus({.histogram = "h",
                                  .unit = "ms",
                                  .is_native = true,
                                  .matchers = {{"app", "web"}},
                                  .route_labels = {"path"},
                                  .status_label = "code",
                                  .pod_label = "instance",
                                  .in_flight = "g"})),
          ProfileWith(*RequestWeights::Table(
                          {Knot(std::chrono::milliseconds(10), 1), Knot(Duration::max(), 2)}),
                      Prometheus({.preset = "istio", .object = "web"}),
                      {.violations = Ratio(0.001), .survive = Survival{.zones = 3}}),
          ProfileWith(*RequestWeights::Fitted(
                          {{any, {Knot(Duration(0), 1), Knot(std::chrono::seconds(1), 2)}}},
                          CpuSeconds(0.01)),
                      Prometheus({.rate = "sum(x)", .mean_seconds = "avg(y)"}),
                      {.prices = ShortagePrices{.replica_hour = 0.04, .shortage_minute = 2.5},
                       .survive = Survival{.pods = Replicas(2)}}),
          ProfileWith(std::nullopt,
                      Prometheus({.queue = QueueSource{.backlog = "a", .arrival_rate = "b"}})),
          ProfileWith(std::nullopt,
                      Prometheus({.queue = QueueSource{.backlog = "a", .service_rate = "b"}})),
          ProfileWith(std::nullopt, Prometheus({.load = "sum(x)"}))};
}

std::vector<json> WrittenByCodec() {
  std::vector<json> documents;
  for (const ScalingProfile& profile : FullProfiles())
    documents.push_back(FromYaml(YAML::Load(profile_codec::WriteProfiles(std::span(&profile, 1)))));
  return documents;
}

TEST(ScalingProfileCrd, HasExactlyTheFieldsOfTheCodec) {
  std::set<std::string> spec;
  std::set<std::string> calibration;
  for (const json& document : WrittenByCodec()) {
    CollectFields(document["spec"], "spec", spec);
    CollectFields(document["status"]["calibration"], "status.calibration", calibration);
  }
  EXPECT_THAT(FieldsOfSchema("spec"), ContainerEq(spec));
  std::set<std::string> of_schema = FieldsOfSchema("status");
  std::erase_if(of_schema,
                [](const std::string& path) { return !path.starts_with("status.calibration"); });
  EXPECT_THAT(of_schema, ContainerEq(calibration));
}

ContainerResources Full() {
  return {"app", CpuCores(1), CpuCores(1), Bytes(1 << 20), Bytes(1 << 20)};
}

TEST(ScalingProfileCrd, HasExactlyTheFieldsOfTheStatus) {
  ProfileStatus status{.observed_generation = 1,
                       .load = MetricsQps(1),
                       .forecast = MetricsQps(2),
                       .decision = DecisionStatus{.reasons = {DecisionReason{}}},
                       .calibration = FullProfiles()[0].fields().calibration,
                       .capacity = CapacityReport{.scale = "cudgx",
                                                  .revision = "h1",
                                                  .profile = MetricsQps(10),
                                                  .planned = MetricsQps(8),
                                                  .since = TimePoint(),
                                                  .load = MetricsQps(9),
                                                  .low = MetricsQps(8),
                                                  .high = MetricsQps(10),
                                                  .latency_share = 0.9,
                                                  .news = RevisionNews{},
                                                  .watch = WatchedCapacity()},
                       .speeds = SpeedReport{.reference = "m5", .families = {{"m7i", {}}}},
                       .rollout = RolloutState{.last = RolloutChange{}, .recommended = Replicas(3)},
                       .parked = ParkedState{.floor = Replicas(1)},
                       .advice = SizingAdvice{.at = TimePoint(std::chrono::hours(1)),
                                              .windows = 1,
                                              .containers = {{.now = Full(), .advised = Full()}},
                                              .used_now = Ratio(0.1),
                                              .used_advised = Ratio(0.6),
                                              .saving = SizingSaving{}}};
  CpuShift::Parts told = status.capacity->watch->comparison->shift.parts();
  told.estimate.emplace();
  status.capacity->watch->comparison->shift = CpuShift(CpuNoise(), told);
  status.conditions[ProfileConditionType::kActive] = {};
  std::set<std::string> written;
  for (const ScalingProfile& profile : FullProfiles()) {
    if (!profile.fields().load.weights) continue;
    status.online_calibration = CalibrationReport{
        .adopted = AdoptedFor(profile, CostsOf(profile), TimePoint()), .tried_at = TimePoint()};
    status.online_calibration->last.windows_excluded["gap"] = 1;
    CollectFields(ToJson(status), "status", written);
  }
  EXPECT_THAT(FieldsOfSchema("status"), ContainerEq(written));
}

// ---- a document against the schema, as far as a structural schema goes

class SchemaCheck {
 public:
  std::vector<std::string> FaultsOf(const json& value, const YAML::Node& schema,
                                    const std::string& path) {
    faults_.clear();
    Visit(value, schema, path);
    return faults_;
  }

 private:
  void Expect(bool holds, const std::string& path, const std::string& what) {
    if (!holds) faults_.push_back(path + ": " + what);
  }

  void Visit(const json& value, const YAML::Node& schema, const std::string& path) {
    const std::string type = schema["type"].as<std::string>("");
    Expect((type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
               (type == "string" && value.is_string()) ||
               (type == "boolean" && value.is_boolean()) ||
               (type == "integer" && value.is_number_integer()) ||
               (type == "number" && value.is_number()),
           path, "expected " + type + ", found " + value.dump());
    if (value.is_number()) VisitNumber(value.get<double>(), schema, path);
    if (value.is_string()) VisitText(value.get<std::string>(), schema, path);
    if (value.is_array()) {
      Expect(value.size() >= schema["minItems"].as<std::size_t>(0), path, "too few");
      for (const json& item : value) Visit(item, schema["items"], path + "[]");
    }
    if (!value.is_object()) return;
    for (const auto& required : schema["required"])
      Expect(value.contains(required.Scalar()), path, required.Scalar() + " is absent");
    for (const auto& [name, field] : value.items()) {
      const YAML::Node property = schema["additionalProperties"] ? schema["additionalProperties"]
                                                                 : schema["properties"][name];
      if (property) Visit(field, property, path + "." + name);
      Expect(property.IsDefined() || path == ".metadata", path, name + " is unknown");
    }
  }

  void VisitNumber(double value, const YAML::Node& schema, const std::string& path) {
    const double least = schema["minimum"].as<double>(-1e300);
    const double most = schema["maximum"].as<double>(1e300);
    Expect(schema["exclusiveMinimum"].as<bool>(false) ? value > least : value >= least, path,
           "too small");
    Expect(schema["exclusiveMaximum"].as<bool>(false) ? value < most : value <= most, path,
           "too large");
  }

  void VisitText(const std::string& value, const YAML::Node& schema, const std::string& path) {
    if (schema["pattern"])
      Expect(std::regex_search(value, std::regex(schema["pattern"].Scalar())), path,
             "'" + value + "' does not match");
    if (!schema["enum"]) return;
    bool is_there = false;
    for (const auto& each : schema["enum"]) is_there = is_there || each.Scalar() == value;
    Expect(is_there, path, "'" + value + "' is none of the values");
  }

  std::vector<std::string> faults_;
};

TEST(ScalingProfileCrd, TakesWhatTheCodecWrites) {
  for (const json& document : WrittenByCodec())
    EXPECT_THAT(SchemaCheck().FaultsOf(document, Schema(), ""), IsEmpty());
}

TEST(ScalingProfileCrd, TakesTheExample) {
  const YAML::Node example =
      YAML::LoadFile(LOADCURVE_SOURCE_DIR "/deploy/examples/scaling-profile.yaml");
  EXPECT_THAT(SchemaCheck().FaultsOf(FromYaml(example), Schema(), ""), IsEmpty());
}

TEST(ScalingProfileCrd, IsStricterThanNothing) {
  json document = WrittenByCodec()[0];
  document["spec"]["bounds"]["minReplicas"] = -1;
  document["spec"]["startup"]["p95"] = "90";
  document["spec"]["load"]["weights"]["kind"] = "guess";
  document["spec"]["extra"] = 1;
  EXPECT_EQ(SchemaCheck().FaultsOf(document, Schema(), "").size(), 4U);
}

void FillDefaults(const YAML::Node& schema, json& object) {
  for (const auto& property : schema["properties"]) {
    const std::string name = property.first.Scalar();
    const YAML::Node wanted = property.second["default"];
    if (!object.contains(name) && wanted) object[name] = FromYaml(wanted);
    if (object.contains(name) && object[name].is_object())
      FillDefaults(property.second, object[name]);
  }
}

class ScalingProfileDefaults : public testing::TestWithParam<const char*> {};

TEST_P(ScalingProfileDefaults, AreThoseOfTheCodec) {
  json small = json::parse(R"({"apiVersion":"loadcurve.dev/v1alpha1","kind":"ScalingProfile",
      "metadata":{"name":"web"}})");
  small["spec"]["load"] = json::parse(GetParam());
  const auto bare = profile_codec::ParseProfiles(small.dump(), "f");
  ASSERT_TRUE(bare) << bare.error().message;
  json filled = small;
  FillDefaults(Schema(), filled);
  EXPECT_NE(filled, small);
  const auto with_defaults = profile_codec::ParseProfiles(filled.dump(), "f");
  ASSERT_TRUE(with_defaults) << with_defaults.error().message;
  EXPECT_EQ(*bare, *with_defaults);
}

INSTANTIATE_TEST_SUITE_P(
    OfSources, ScalingProfileDefaults,
    testing::Values(
        R"({"weights":{"kind":"cudgx"},
            "source":{"kind":"prometheus","prometheus":{"histogram":"h"}},
            "perReplica":{"metricsqps":5,"weightsVersion":"cudgx"}})",
        R"({"source":{"kind":"prometheus","prometheus":{"queue":{"backlog":"b","arrivalRate":"a"}}},
            "perReplica":{"metricsqps":5}})"));

TEST(ScalingProfileCrd, ExplainsEveryField) {
  EXPECT_THAT(FieldsWithoutDescription(Schema()), IsEmpty());
}

TEST(ScalingProfileCrd, IsNamedAsTheCodeAsksForIt) {
  const YAML::Node crd = Crd();
  EXPECT_EQ(crd["spec"]["group"].Scalar(), kScalingProfiles.group);
  EXPECT_EQ(crd["spec"]["names"]["plural"].Scalar(), kScalingProfiles.plural);
  EXPECT_EQ(crd["spec"]["versions"][0]["name"].Scalar(), kScalingProfiles.version);
  EXPECT_EQ(crd["spec"]["names"]["shortNames"][0].Scalar(), "sp");
  std::vector<std::string> columns;
  for (const auto& column : crd["spec"]["versions"][0]["additionalPrinterColumns"])
    columns.push_back(column["name"].Scalar());
  for (const char* name : {"Load", "Forecast", "Replicas", "Stage", "Age"})
    EXPECT_THAT(columns, Contains(name));
}

}  // namespace
}  // namespace loadcurve::kube
