// The CRD of CapacityProfiles and the code that reads and writes its fields are held together.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "adapters/kube/capacity_profile_status.h"
#include "adapters/kube/capacity_profile_store.h"
#include "adapters/kube/capacity_resource.h"
#include "tests/support/crd_schema.h"

namespace loadcurve::kube {
namespace {

using nlohmann::json;
using testing::ContainerEq;
using testing::IsEmpty;

YAML::Node Crd() {
  return CrdIn("capacityprofiles.yaml");
}

YAML::Node Schema() {
  return SchemaOf(Crd());
}

// Mappings by path, with the names of their fields.
using FieldsByPath = std::map<std::string, std::set<std::string>>;

void Collect(const YAML::Node& schema, const std::string& path, FieldsByPath& into) {
  if (schema["items"]) return Collect(schema["items"], path + "[0]", into);
  if (!schema["properties"]) return;
  for (const auto& property : schema["properties"]) {
    into[path].insert(property.first.Scalar());
    Collect(property.second, path + "." + property.first.Scalar(), into);
  }
}

FieldsByPath FieldsOfSchema(const std::string& part) {
  FieldsByPath fields;
  Collect(Schema()["properties"][part], part, fields);
  return fields;
}

// The fields that the codec knows in the mapping at `path`: an unknown one makes it list them.
std::set<std::string> KnownToCodec(const std::string& path) {
  json spec = {
      {"selector", json::object()},
      {"nodesAhead", json::object()},
      {"limits", json::object()},
      {"givingBack", json::object()},
      {"plan", {{"most", json::object()}}},
      {"provider",
       {{"simulated", {{"url", "https://c"}}},
        {"clusterApi", json::object()},
        {"bridgx", {{"clusters", {{"a", "web"}}}}},
        {"aws",
         {{"region", "r"}, {"cluster", "c"}, {"launchTemplate", "l"}, {"subnets", {{"", "s"}}}}}}},
      {"pools",
       json::array(
           {{{"name", "a"}, {"allocatable", {{"cpu", 1}, {"memory", "1Gi"}}}, {"price", 1}}})}};
  if (path == "spec") spec["zzz"] = 1;
  if (path == "spec.pools[0]") spec["pools"][0]["zzz"] = 1;
  if (path == "spec.pools[0].allocatable") spec["pools"][0]["allocatable"]["zzz"] = 1;
  for (const char* name : {"selector", "nodesAhead", "limits", "plan", "provider", "givingBack"})
    if (path == std::string("spec.") + name) spec[name]["zzz"] = 1;
  if (path == "spec.plan.most") spec["plan"]["most"]["zzz"] = 1;
  for (const char* name : {"simulated", "aws", "clusterApi", "bridgx"})
    if (path == std::string("spec.provider.") + name) spec["provider"][name]["zzz"] = 1;
  const auto profile = CapacityProfileFrom({{"apiVersion", "loadcurve.dev/v1alpha1"},
                                            {"kind", "CapacityProfile"},
                                            {"metadata", {{"name", "web"}}},
                                            {"spec", spec}});
  EXPECT_FALSE(profile) << path;
  if (profile) return {};
  const std::string& message = profile.error().message;
  std::set<std::string> names;
  std::istringstream list(message.substr(message.rfind(": ") + 2));
  for (std::string name; std::getline(list, name, ',');)
    names.insert(name.substr(name.find_first_not_of(' ')));
  return names;
}

TEST(CapacityProfileCrd, HasExactlyTheFieldsOfTheCodec) {
  const FieldsByPath fields = FieldsOfSchema("spec");
  EXPECT_EQ(fields.size(), 14U);
  for (const auto& [path, names] : fields)
    EXPECT_THAT(KnownToCodec(path), ContainerEq(names)) << path;
}

CapacityProfileStatus Full() {
  CapacityProfileStatus status{.observed_generation = 2,
                               .ahead = Replicas(6),
                               .cpu = CpuCores(3),
                               .memory = Bytes(std::int64_t{6} << 30),
                               .cost = UsdPerHour(0.25),
                               .selected = 9};
  status.workloads.push_back({.workload = {"shop", "web"},
                              .present = Replicas(10),
                              .needed = Replicas(16),
                              .needed_at = TimePoint(std::chrono::hours(500'000)),
                              .ahead = Replicas(6),
                              .by = "CapacityBuffer",
                              .risk = Ratio(0.05),
                              .cost = UsdPerHour(0.25),
                              .problem = "none"});
  status.speeds = {{"m7i", 1.25}};
  status.nodes = NodePlanStatus{.losing = 1,
                                .draining = 2,
                                .spare = 3,
                                .parked = 2,
                                .cost = UsdPerHour(4),
                                .held_cost = UsdPerHour(5),
                                .tail_shortfall = Ratio(0.01),
                                .worst_shortfall = Ratio(0.02),
                                .last_order = "spot-a no. 5: 7 of 10 nodes",
                                .as_of = TimePoint(std::chrono::hours(500'000))};
  status.nodes->pools.push_back({.pool = "spot-a",
                                 .held = 7,
                                 .ordered = 1,
                                 .wanted = 10,
                                 .price = UsdPerHour(0.03),
                                 .losses_per_hour = 0.04,
                                 .seen_losses = capacity::SeenLosses{50, 3},
                                 .why = "cheapest"});
  status.nodes->pairs.push_back({"spot-a", "spot-b", {40, 1.5}});
  status.nodes->unplaced.push_back({.workload = "shop/web", .pods = 2, .why = "no room"});
  status.conditions[CapacityConditionType::kActive] = {.state = ConditionState::kTrue,
                                                       .reason = "Acting",
                                                       .message = "m",
                                                       .since = TimePoint(std::chrono::hours(1))};
  return status;
}

void CollectFields(const json& value, const std::string& path, FieldsByPath& into) {
  if (value.is_array()) return CollectFields(value.at(0), path + "[0]", into);
  if (!value.is_object()) return;
  for (const auto& [name, field] : value.items()) {
    into[path].insert(name);
    CollectFields(field, path + "." + name, into);
  }
}

TEST(CapacityProfileCrd, HasExactlyTheFieldsOfTheStatus) {
  FieldsByPath written;
  CollectFields(ToJson(Full()), "status", written);
  EXPECT_THAT(FieldsOfSchema("status"), ContainerEq(written));
}

TEST(CapacityProfileStatus, IsReadBackAsItWasWritten) {
  EXPECT_EQ(CapacityProfileStatusFrom(ToJson(Full())), Full());
  EXPECT_EQ(CapacityProfileStatusFrom(json("nonsense")), CapacityProfileStatus());
}

TEST(CapacityProfileStatus, TellsWhoTakesOverWhatWasSeenOfLosses) {
  const auto read = CapacityProfileStatusFrom(ToJson(Full()));
  EXPECT_EQ(
      SeenLossesOf(*read.nodes),
      capacity::LossRecord::After({{"spot-a", {50, 3}}}, {{{"spot-a", "spot-b"}, {40, 1.5}}}));
  json spoilt = ToJson(Full());
  spoilt["nodes"]["pools"][0]["seenLosses"] = -1;
  spoilt["nodes"]["pairs"][0]["seenHours"] = "many";
  EXPECT_EQ(SeenLossesOf(*CapacityProfileStatusFrom(spoilt).nodes), capacity::LossRecord());
}

TEST(CapacityProfileStatus, IsNewsWhereAPersonSeesADifference) {
  CapacityProfileStatus next = Full();
  next.workloads[0].present = Replicas(11);
  next.workloads[0].needed = Replicas(17);
  EXPECT_FALSE(IsNews(Full(), next));
  next.workloads[0].ahead = Replicas(7);
  EXPECT_TRUE(IsNews(Full(), next));
  next = Full();
  next.nodes->pools[0].price = UsdPerHour(0.031);
  EXPECT_FALSE(IsNews(Full(), next));
  next.nodes->pools[0].held = 8;
  EXPECT_TRUE(IsNews(Full(), next));
  next = Full();
  next.nodes->parked = 1;
  EXPECT_TRUE(IsNews(Full(), next));
  next = Full();
  next.conditions[CapacityConditionType::kKept] = {
      .state = ConditionState::kFalse, .reason = "NotAllowed", .message = "forbidden"};
  EXPECT_TRUE(IsNews(Full(), next));
  const auto notices = NoticesBetween(Full(), next);
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_TRUE(notices[0].is_warning);
  EXPECT_EQ(notices[0].reason, "NotAllowed");
  EXPECT_THAT(NoticesBetween(next, next), IsEmpty());
  // It is well again.
  CapacityProfileStatus well = next;
  well.conditions[CapacityConditionType::kKept] = {.state = ConditionState::kTrue,
                                                   .reason = "Applied"};
  EXPECT_FALSE(NoticesBetween(next, well)[0].is_warning);
}

TEST(CapacityProfileCrd, ExplainsEveryField) {
  EXPECT_THAT(FieldsWithoutDescription(Schema()), IsEmpty());
}

TEST(CapacityProfileCrd, IsNamedAsTheCodeAsksForItAndOfTheCluster) {
  const YAML::Node crd = Crd();
  EXPECT_EQ(crd["spec"]["group"].Scalar(), kCapacityProfiles.group);
  EXPECT_EQ(crd["spec"]["names"]["plural"].Scalar(), kCapacityProfiles.plural);
  EXPECT_EQ(crd["spec"]["versions"][0]["name"].Scalar(), kCapacityProfiles.version);
  EXPECT_EQ(crd["spec"]["scope"].Scalar(), "Cluster");
}

// ---- the store

json Object(const std::string& mode, int generation) {
  return {{"apiVersion", "loadcurve.dev/v1alpha1"},
          {"kind", "CapacityProfile"},
          {"metadata",
           {{"name", "web"}, {"uid", "u1"}, {"generation", generation}, {"managedFields", 1}}},
          {"spec", {{"mode", mode}}}};
}

TEST(CapacityProfileStore, HoldsOnToWhatWasValidLast) {
  CapacityProfileStore store;
  EXPECT_FALSE(store.is_synced());
  const auto change = [&](const json& object) {
    store.OnEvent({WatchEvent::Kind::kChanged, "web", &object});
  };
  change(Object("Act", 1));
  store.OnEvent({WatchEvent::Kind::kSynced});
  EXPECT_TRUE(store.is_synced());
  change(Object("act", 2));
  ASSERT_EQ(store.All().size(), 1U);
  const auto stored = store.All()[0];
  EXPECT_EQ(stored->generation, 2);
  EXPECT_EQ(stored->profile.error().message,
            "spec.mode is 'act'; expected Observe, Recommend or Act");
  EXPECT_EQ(stored->last_good->fields().mode, capacity::ActingMode::kAct);
  store.OnEvent({WatchEvent::Kind::kDeleted, "web"});
  EXPECT_THAT(store.All(), IsEmpty());
}

}  // namespace
}  // namespace loadcurve::kube
