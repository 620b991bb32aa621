#include "scaler/capacity/pod_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/scaler/capacity/plan/plan_world.h"

namespace loadcurve::capacity {
namespace {

using testing::HasSubstr;
using testing::Optional;

std::optional<std::string> WhyNot(PodGroupFields fields, const CapacityOffer& offer) {
  return WhyNotOn(PodGroup::Make(std::move(fields)).value(), offer);
}

TEST(PodGroup, RefusesPodsThatAskForNothingOrForNoNumber) {
  PodGroupFields fields = OneCore("web");
  fields.request = {};
  EXPECT_THAT(PodGroup::Make(fields).error().message, HasSubstr("cpu and memory are 0"));
  fields.request.cpu = CpuCores(std::nan(""));
  EXPECT_EQ(PodGroup::Make(fields).error().code, ErrorCode::kInvalidArgument);
  fields = OneCore("web");
  fields.egress = UsdPerHour(-1);
  EXPECT_THAT(PodGroup::Make(fields).error().message, HasSubstr("egress"));
}

TEST(PodGroup, SaysWhatKeepsItFromANode) {
  const CapacityOffer spot = TenCores("p", "a", CapacityClass::kSpot, 0.1);
  EXPECT_EQ(WhyNot(OneCore("web"), spot), std::nullopt);
  PodGroupFields large = OneCore("large");
  large.request.cpu = CpuCores(12);
  EXPECT_THAT(WhyNot(large, spot), Optional(HasSubstr("asks for 12 cores, a node has 10")));
  PodGroupFields volume = OneCore("db");
  volume.zones = {"b", "c"};
  EXPECT_THAT(WhyNot(volume, spot), Optional(HasSubstr("volumes are in b, c")));
  PodGroupFields careful = OneCore("careful");
  careful.may_be_interrupted = false;
  EXPECT_THAT(WhyNot(careful, spot), Optional(HasSubstr("spot")));
  PodGroupFields picky = OneCore("picky");
  picky.node_selector = {{"topology.kubernetes.io/zone", "b"}};
  EXPECT_THAT(WhyNot(picky, spot), Optional(HasSubstr("topology.kubernetes.io/zone=b")));
  picky.node_selector = {{"topology.kubernetes.io/zone", "a"}};
  EXPECT_EQ(WhyNot(picky, spot), std::nullopt);
}

TEST(PodGroup, KeepsToRequiredNodeAffinity) {
  using Operator = LabelRequirement::Operator;
  CapacityOffer offer = TenCores("p", "a", CapacityClass::kOnDemand, 1);
  offer.labels = {{"disk", "ssd"}, {"cores", "10"}};
  const auto meets = [&](const LabelTerms& terms) {
    PodGroupFields pods = OneCore("web");
    pods.node_affinity = terms;
    return !WhyNot(pods, offer);
  };
  EXPECT_TRUE(meets({{{"disk", Operator::kIn, {"nvme", "ssd"}}}}));
  EXPECT_FALSE(meets({{{"disk", Operator::kIn, {"nvme"}}}}));
  EXPECT_FALSE(meets({{{"disk", Operator::kNotIn, {"ssd"}}}}));
  EXPECT_TRUE(meets({{{"gpu", Operator::kNotIn, {"none"}}}}));
  EXPECT_TRUE(meets({{{"cores", Operator::kExists, {}}}}));
  EXPECT_FALSE(meets({{{"cores", Operator::kDoesNotExist, {}}}}));
  EXPECT_TRUE(meets({{{"cores", Operator::kGreaterThan, {"8"}}}}));
  EXPECT_FALSE(meets({{{"cores", Operator::kGreaterThan, {"10"}}}}));
  EXPECT_TRUE(meets({{{"cores", Operator::kLessThan, {"11"}}}}));
  EXPECT_TRUE(meets({{{"topology.kubernetes.io/zone", Operator::kIn, {"a"}}}}));
  EXPECT_TRUE(meets({{{"kubernetes.io/os", Operator::kIn, {"linux"}}}}));
  // All of a term, and one of the terms.
  EXPECT_FALSE(meets({{{"disk", Operator::kExists, {}}, {"gpu", Operator::kExists, {}}}}));
  EXPECT_TRUE(meets({{{"gpu", Operator::kExists, {}}}, {{"disk", Operator::kExists, {}}}}));
  PodGroupFields pods = OneCore("web");
  pods.node_affinity = {{{"gpu", Operator::kExists, {}}, {"disk", Operator::kIn, {"a", "b"}}},
                        {{"cores", Operator::kGreaterThan, {"64"}}}};
  EXPECT_THAT(WhyNot(pods, offer),
              Optional(HasSubstr("its node affinity asks for gpu, disk in (a,b) or cores>64")));
}

TEST(PodGroup, ToleratesTaintsAsKubernetesDoes) {
  CapacityOffer offer = TenCores("p", "a", CapacityClass::kOnDemand, 1);
  offer.taints = {"dedicated=batch:NoSchedule"};
  PodGroupFields pods = OneCore("web");
  EXPECT_THAT(WhyNot(pods, offer), Optional(HasSubstr("dedicated=batch:NoSchedule")));
  for (const char* toleration : {"dedicated=batch:NoSchedule", "dedicated:NoSchedule", "dedicated",
                                 "dedicated=batch", "*"}) {
    pods.tolerations = {toleration};
    EXPECT_EQ(WhyNot(pods, offer), std::nullopt) << toleration;
  }
  for (const char* toleration : {"dedicated=web:NoSchedule", "dedicated:NoExecute", "other"}) {
    pods.tolerations = {toleration};
    EXPECT_TRUE(WhyNot(pods, offer)) << toleration;
  }
  pods.tolerations = {};
  offer.taints = {"old:PreferNoSchedule"};
  EXPECT_EQ(WhyNot(pods, offer), std::nullopt);
}

}  // namespace
}  // namespace loadcurve::capacity
