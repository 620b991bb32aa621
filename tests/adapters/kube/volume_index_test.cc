#include "adapters/kube/volume_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace loadcurve::kube {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

// Claims a and b of namespace shop, bound to volumes in zones 1 and 2, c to one that is nowhere
// in particular, and d to none yet.
class VolumeIndexTest : public testing::Test {
 protected:
  VolumeIndexTest() {
    TellVolume("v-a", "topology.kubernetes.io/zone", json::array({"1"}));
    TellVolume("v-b", "topology.ebs.csi.aws.com/zone", json::array({"2"}));
    TellVolume("v-c", "kubernetes.io/hostname", json::array({"n-1"}));
    TellClaim("a", "v-a");
    TellClaim("b", "v-b");
    TellClaim("c", "v-c");
    TellClaim("d", "");
  }

  void TellVolume(const std::string& name, const std::string& key, const json& values) {
    json term;
    term["matchExpressions"] =
        json::array({json{{"key", key}, {"operator", "In"}, {"values", values}}});
    json volume;
    volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"] = json::array({term});
    index_.OnVolume({WatchEvent::Kind::kChanged, name, &volume});
  }
  void TellClaim(const std::string& name, const std::string& volume) {
    json claim;
    claim["spec"]["volumeName"] = volume;
    index_.OnClaim({WatchEvent::Kind::kChanged, "shop/" + name, &claim});
  }

  VolumeIndex index_;
};

TEST_F(VolumeIndexTest, KnowsTheZonesOfBoundVolumes) {
  EXPECT_THAT(index_.ZonesOf("shop", {{"a"}}), ElementsAre("1"));
  EXPECT_THAT(index_.ZonesOf("shop", {{"a"}, {"b"}}), ElementsAre("1", "2"))
      << "two replicas, each with its own";
  EXPECT_THAT(index_.ZonesOf("shop", {{"a", "c"}}), ElementsAre("1"));
}

TEST_F(VolumeIndexTest, LeavesReplicasFreeThatHaveNoVolumeInAZone) {
  EXPECT_THAT(index_.ZonesOf("shop", {}), IsEmpty());
  EXPECT_THAT(index_.ZonesOf("shop", {{}}), IsEmpty());
  EXPECT_THAT(index_.ZonesOf("shop", {{"c"}}), IsEmpty());
  EXPECT_THAT(index_.ZonesOf("shop", {{"a"}, {"d"}}), IsEmpty()) << "one waits for its volume";
  EXPECT_THAT(index_.ZonesOf("other", {{"a"}}), IsEmpty());
}

TEST_F(VolumeIndexTest, TakesAVolumeOfARegionForOneOfAllItsZones) {
  TellVolume("v-a", "topology.gke.io/zone", json::array({"1", "3"}));
  EXPECT_THAT(index_.ZonesOf("shop", {{"a"}}), ElementsAre("1", "3"));
}

TEST_F(VolumeIndexTest, ForgetsWhatIsGone) {
  index_.OnVolume({WatchEvent::Kind::kDeleted, "v-a", nullptr});
  EXPECT_THAT(index_.ZonesOf("shop", {{"a"}}), IsEmpty());
  index_.OnClaim({WatchEvent::Kind::kDeleted, "shop/b", nullptr});
  EXPECT_THAT(index_.ZonesOf("shop", {{"b"}}), IsEmpty());
}

}  // namespace
}  // namespace loadcurve::kube
