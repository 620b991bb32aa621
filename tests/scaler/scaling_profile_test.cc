#include "scaler/scaling_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace loadcurve {
namespace {

using testing::StartsWith;

ScalingProfileFields Checkout() {
  ScalingProfileFields fields{.load = {.weights = RequestWeights::Cudgx()}};
  fields.metadata.name = "checkout";
  return fields;
}

ReplicaCapacity Capacity() {
  ReplicaCapacity capacity;
  capacity.load = MetricsQps(50);
  capacity.low = MetricsQps(45);
  capacity.high = MetricsQps(56);
  capacity.weights_version = "cudgx";
  return capacity;
}

std::string FaultOf(ScalingProfileFields fields) {
  const auto profile = ScalingProfile::Make(std::move(fields));
  if (profile) return "";
  EXPECT_EQ(profile.error().code, ErrorCode::kInvalidArgument);
  return profile.error().message;
}

TEST(ScalingProfile, TakesItsOwnNameForTheTargetWhereNoneIsGiven) {
  const auto profile = ScalingProfile::Make(Checkout());
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->fields().target.name, "checkout");
}

TEST(ScalingProfile, DecidesForTheTargetInAClusterAndForTheSourcesNameOutsideOne) {
  auto fields = Checkout();
  EXPECT_EQ(ToString(ScalingProfile::Make(fields)->Workload()), "checkout");
  fields.load.source.workload = "10.0.0.1:8080";
  EXPECT_EQ(ToString(ScalingProfile::Make(fields)->Workload()), "10.0.0.1:8080");
  fields.metadata.namespace_name = "shop";
  EXPECT_EQ(ToString(ScalingProfile::Make(fields)->Workload()), "shop/Deployment/checkout");
}

TEST(ScalingProfile, NamesTheFieldTheValueAndWhatWasExpected) {
  auto fields = Checkout();
  fields.bounds = {Replicas(7), Replicas(5)};
  EXPECT_EQ(FaultOf(fields), "spec.bounds.minReplicas is '7'; expected at most maxReplicas, 5");

  fields = Checkout();
  fields.metadata.name = "Check_out";
  EXPECT_THAT(FaultOf(fields), StartsWith("metadata.name is 'Check_out'; expected a DNS label"));

  fields = Checkout();
  fields.objective.target_utilization = Ratio(1.5);
  EXPECT_EQ(FaultOf(fields),
            "spec.objective.targetUtilization is '1.5'; expected a number in (0, 1]");

  fields = Checkout();
  fields.objective.quantile = 1;
  EXPECT_EQ(FaultOf(fields), "spec.objective.quantile is '1'; expected a number in [0.5, 1)");

  fields = Checkout();
  fields.load.source.workload = "caf\xe9";
  EXPECT_EQ(FaultOf(fields),
            "spec.load.source.workload is '(bytes that are not UTF-8)'; expected UTF-8 text");
}

TEST(ScalingProfile, RefusesACapacityThatIsMeasuredInOtherWeights) {
  auto fields = Checkout();
  fields.load.per_replica = Capacity();
  EXPECT_EQ(FaultOf(fields), "");
  fields.load.per_replica->weights_version = "occupancy-100ms";
  EXPECT_THAT(FaultOf(fields),
              StartsWith("spec.load.perReplica.weightsVersion is 'occupancy-100ms'; "
                         "expected 'cudgx'"));
}

TEST(ScalingProfile, RefusesACapacityOutsideItsOwnInterval) {
  auto fields = Checkout();
  fields.load.per_replica = Capacity();
  fields.load.per_replica->low = MetricsQps(51);
  EXPECT_THAT(FaultOf(fields), StartsWith("spec.load.perReplica.low is '51'"));
  fields.load.per_replica = Capacity();
  fields.load.per_replica->high = MetricsQps(49);
  EXPECT_THAT(FaultOf(fields), StartsWith("spec.load.perReplica.high is '49'"));
  fields.load.per_replica = Capacity();
  fields.load.per_replica->load = MetricsQps(0);
  EXPECT_THAT(FaultOf(fields), StartsWith("spec.load.perReplica.metricsqps is '0'"));
}

TEST(ScalingProfile, NeedsNothingElseWhereMemoryALockOrADependencyBinds) {
  for (const BindingResource binding :
       {BindingResource::kMemory, BindingResource::kLock, BindingResource::kDependency}) {
    auto fields = Checkout();
    fields.load.per_replica = Capacity();
    fields.load.per_replica->binding = binding;
    EXPECT_EQ(FaultOf(fields), "") << Name(binding);
    EXPECT_EQ(BindingResourceOf(Name(binding)), binding);
  }
  EXPECT_EQ(BindingResourceOf("disk"), std::nullopt);
}

TEST(ScalingProfile, NeedsTheNumberOfSlotsWhereSlotsBind) {
  auto fields = Checkout();
  fields.load.per_replica = Capacity();
  fields.load.per_replica->binding = BindingResource::kSlots;
  EXPECT_THAT(FaultOf(fields), StartsWith("spec.load.perReplica.binding"));
  fields.load.per_replica->slots = BusySlots(32);
  EXPECT_EQ(FaultOf(fields), "");
}

TEST(ScalingProfile, StatesMemoryWhereAPrometheusTellsWhatReplicasUse) {
  auto fields = Checkout();
  fields.load.per_replica = Capacity();
  fields.load.per_replica->memory = ReplicaMemory{Bytes(1000), Bytes(200)};
  EXPECT_THAT(FaultOf(fields), StartsWith("spec.load.perReplica.memory is"));
  fields.load.source.kind = "prometheus";
  fields.load.source.prometheus.emplace().preset = "istio";
  EXPECT_EQ(FaultOf(fields), "");
  // 700 of 1000 are planned for: nothing is left for load.
  fields.load.per_replica->memory->idle = Bytes(700);
  EXPECT_THAT(FaultOf(fields), StartsWith("spec.load.perReplica.memory.idle"));
  fields.load.per_replica->memory = ReplicaMemory{};
  EXPECT_THAT(FaultOf(fields), StartsWith("spec.load.perReplica.memory.limit"));
}

TEST(DnsLabelFor, KeepsWhatIsALabelAlready) {
  EXPECT_EQ(DnsLabelFor("cartservice-579f59597d-wc2lz"), "cartservice-579f59597d-wc2lz");
}

TEST(DnsLabelFor, MakesALabelOfAnythingAndKeepsDifferentNamesDifferent) {
  std::set<std::string> labels;
  const std::vector<std::string> names = {
      "10.0.0.1:8080", "10.0.0.1-8080",       "10-0-0-1-8080",      "Cart", "cart", "", "---",
      "\xff\xfe",      std::string(300, 'a'), std::string(301, 'a')};
  for (const std::string& name : names) {
    const std::string label = DnsLabelFor(name);
    EXPECT_TRUE(IsDnsLabel(label)) << label;
    labels.insert(label);
  }
  EXPECT_EQ(labels.size(), names.size());
  EXPECT_THAT(DnsLabelFor("10.0.0.1:8080"), StartsWith("10-0-0-1-8080-"));
}

}  // namespace
}  // namespace loadcurve
