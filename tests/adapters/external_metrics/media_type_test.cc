#include "adapters/external_metrics/media_type.h"

#include <gtest/gtest.h>

namespace loadcurve::external_metrics {
namespace {

constexpr std::string_view kV2 =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

TEST(MediaType, IsJsonWhereTheClientDoesNotMind) {
  for (const char* accept :
       {"", "*/*", "application/json", "application/*", "Application/JSON;charset=utf-8",
        "application/vnd.kubernetes.protobuf, */*",  // as the HPA controller asks
        "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",  // as kubectl get asks
        "text/html, application/json;q=0.1"})
    EXPECT_EQ(ChooseMedia(accept, false), MediaChoice::kJson) << accept;
}

TEST(MediaType, IsNoneWhereWeHaveNothingTheClientTakes) {
  for (const char* accept :
       {"application/vnd.kubernetes.protobuf", "application/yaml", "text/plain",
        "application/json;as=Table;v=v1;g=meta.k8s.io", "application/json;q=0", "nonsense", ",",
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"})
    EXPECT_EQ(ChooseMedia(accept, false), MediaChoice::kNone) << accept;
}

TEST(MediaType, IsAggregatedDiscoveryByWeightThenByOrder) {
  const std::string v2(kV2);
  const std::string beta =
      "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";
  const auto choose = [](const std::string& accept) { return ChooseMedia(accept, true); };
  EXPECT_EQ(choose(v2), MediaChoice::kAggregatedDiscovery);
  EXPECT_EQ(choose(v2 + ";profile=nopeer"), MediaChoice::kAggregatedDiscovery);
  EXPECT_EQ(choose(v2 + ";profile=other"), MediaChoice::kNone);
  EXPECT_EQ(choose(v2 + ";profile=nopeer, " + v2 + ", " + beta + ", application/json"),
            MediaChoice::kAggregatedDiscovery);
  EXPECT_EQ(choose(beta + "," + v2 + ",application/json"), MediaChoice::kAggregatedDiscovery);
  EXPECT_EQ(choose(beta + ",application/json"), MediaChoice::kJson);
  EXPECT_EQ(choose("application/json," + v2), MediaChoice::kJson);
  EXPECT_EQ(choose("application/json;q=0.5," + v2), MediaChoice::kAggregatedDiscovery);
  EXPECT_EQ(choose(v2 + ";q=0.4,application/json;q=0.5"), MediaChoice::kJson);
  EXPECT_EQ(choose("*/*"), MediaChoice::kJson);
  EXPECT_EQ(choose(beta), MediaChoice::kNone);
}

}  // namespace
}  // namespace loadcurve::external_metrics
