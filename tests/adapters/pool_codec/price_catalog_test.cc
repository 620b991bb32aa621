#include "adapters/pool_codec/price_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace loadcurve::pool_codec {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

const std::string kHeader =
    "instance_type,arch,vcpu,memory_mib,network_mbps,gpu_count,allocatable_cpu_m,"
    "allocatable_memory_mi,max_pods,ondemand_usd_per_hour,spot_interruption_range,"
    "spot_interruption_label,spot_savings_pct\n";
const std::string kRows =
    "m5.large,amd64,2,8192,750,,1930,7000,29,0.096,1,5-10%,60\n"
    "m6g.large,arm64,2,8192,750,,1930,7000,29,0.077,0,<5%,60\n"
    "g4dn.xlarge,amd64,4,16384,5000,1,3920,14000,29,0.526,0,<5%,60\n";

CatalogQuery TwoZones() {
  CatalogQuery query;
  query.region = "us-east-1";
  query.zones = {"us-east-1a", "us-east-1b"};
  query.types = {"*"};
  return query;
}

TEST(PriceCatalog, OffersEachTypeOnDemandAndOfSpotInEachZone) {
  const auto offers = ParseCatalog(kHeader + kRows, "c.csv", TwoZones());
  ASSERT_TRUE(offers) << offers.error().message;
  ASSERT_THAT(*offers, SizeIs(4));  // neither arm64 nor the one with a GPU
  const capacity::CapacityOffer& spot = (*offers)[1];
  EXPECT_EQ(spot.pool, "m5.large/us-east-1a/spot");
  EXPECT_NEAR(spot.price.value(), 0.096 * 0.4, 1e-12);
  // 7.5 % a month of 730 hours.
  EXPECT_NEAR(spot.losses_per_hour, -std::log(0.925) / 730, 1e-12);
  EXPECT_EQ((*offers)[0].losses_per_hour, 0);
  EXPECT_DOUBLE_EQ(spot.allocatable.cpu.value(), 1.93);
  EXPECT_DOUBLE_EQ(spot.vcpu.value(), 2);
}

TEST(PriceCatalog, LeavesSpotOutWhereNoSavingIsKnown) {
  const auto offers = ParseCatalog(
      kHeader + "a1.large,amd64,2,4096,750,,1930,3055,29,0.051,4,>20%,0\n", "c.csv", TwoZones());
  EXPECT_THAT(*offers, SizeIs(2));
}

TEST(PriceCatalog, RefusesWhatIsNoPriceWithFileLineAndColumn) {
  const std::string good = "m5.large,amd64,2,8192,750,,1930,7000,29,0.096,1,5-10%,60\n";
  const auto fault = [&](const std::string& row) {
    const auto offers = ParseCatalog(kHeader + good + row, "c.csv", TwoZones());
    return offers ? "no fault" : offers.error().message;
  };
  EXPECT_EQ(fault("m5.xlarge,amd64,4,16384,750,,3920,15000,58,0,1,5-10%,60\n"),
            "c.csv:3: ondemand_usd_per_hour is '0'; expected more than 0 USD an hour");
  EXPECT_THAT(fault("m5.xlarge,amd64,4,16384,750,,3920,15000,58,nan,1,5-10%,60\n"),
              HasSubstr("c.csv:3: ondemand_usd_per_hour is 'nan'; expected a number >= 0"));
  EXPECT_THAT(fault("m5.xlarge,amd64,4,16384,750,,3920,15000,58,0.2,1,5-10%,100\n"),
              HasSubstr("spot_savings_pct is '100'; expected percent below 100"));
  EXPECT_THAT(fault("m5.xlarge,amd64,4,16384,750,,3920,15000,58,0.2,5,?,60\n"),
              HasSubstr("spot_interruption_range is '5'; expected a class from 0 to 4"));
  EXPECT_THAT(ParseCatalog("a,b\n1,2\n", "c.csv", TwoZones()).error().message,
              HasSubstr("c.csv:1: column instance_type is absent"));
}

TEST(PriceCatalog, TakesTypesByPattern) {
  EXPECT_TRUE(FitsPattern("m5.large", "m5.*"));
  EXPECT_TRUE(FitsPattern("m6i.large", "m?i.large"));
  EXPECT_FALSE(FitsPattern("m5d.large", "m5.*"));
  EXPECT_FALSE(FitsPattern("m5.large", "m5"));
}

}  // namespace
}  // namespace loadcurve::pool_codec
