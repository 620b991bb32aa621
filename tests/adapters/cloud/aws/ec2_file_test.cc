#include "adapters/cloud/aws/ec2_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadcurve::aws {
namespace {

using capacity::CapacityOffer;
using testing::HasSubstr;

const std::vector<CapacityOffer> kOffers = {{.pool = "m5-a", .zone = "eu-1a"},
                                            {.pool = "m5-b", .zone = "eu-1b"}};

constexpr auto kWhole =
    "region: eu-central-1\n"
    "cluster: shop\n"
    "pools:\n"
    "  - {name: m5-b, launchTemplate: lt-2, subnet: subnet-2}\n"
    "  - {name: m5-a, launchTemplate: lt-1, version: \"3\", subnet: subnet-1}\n";

TEST(Ec2File, SaysOfEachPoolHowItsNodesAreMade) {
  const auto account = ParseEc2Account(kWhole, "ec2.yaml", kOffers);
  ASSERT_TRUE(account) << account.error().message;
  EXPECT_EQ(account->options.region, "eu-central-1");
  EXPECT_EQ(account->options.cluster, "shop");
  EXPECT_EQ(account->options.endpoint, "");
  ASSERT_EQ(account->pools.size(), 2U);
  EXPECT_EQ(account->pools[0].offer.zone, "eu-1b");
  EXPECT_EQ(account->pools[0].launch_template_version, "$Default");
  EXPECT_EQ(account->pools[1].launch_template_id, "lt-1");
  EXPECT_EQ(account->pools[1].launch_template_version, "3");
  EXPECT_EQ(account->pools[1].subnet_id, "subnet-1");
}

std::string FaultOf(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  const auto account = ParseEc2Account(text, "ec2.yaml", kOffers);
  return account ? "" : account.error().message;
}

TEST(Ec2File, RefusesWhatIsNotWhole) {
  EXPECT_THAT(FaultOf(kWhole, "cluster: shop\n", ""), HasSubstr("ec2.yaml:1: cluster is absent"));
  EXPECT_THAT(FaultOf(kWhole, "name: m5-a", "name: m5-c"),
              HasSubstr("ec2.yaml:5: pools[1].name is 'm5-c'; expected the name of a pool"));
  EXPECT_THAT(FaultOf(kWhole, "name: m5-a", "name: m5-b"), HasSubstr("ec2.yaml:5: pools[1].name"));
  EXPECT_THAT(FaultOf(kWhole, "launchTemplate: lt-1, ", ""),
              HasSubstr("pools[1].launchTemplate is absent"));
  EXPECT_THAT(FaultOf(kWhole, "subnet: subnet-1", "subnets: subnet-1"), HasSubstr("ec2.yaml:5"));
  EXPECT_THAT(FaultOf(kWhole, "  - {name: m5-b, launchTemplate: lt-2, subnet: subnet-2}\n", ""),
              HasSubstr("ec2.yaml: pools do not name 'm5-b'"));
  EXPECT_THAT(FaultOf(kWhole, "region: eu", "region: [eu"), HasSubstr("this is not YAML"));
}

}  // namespace
}  // namespace loadcurve::aws
