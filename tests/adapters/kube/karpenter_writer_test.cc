#include "adapters/kube/karpenter_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::kube {
namespace {

using capacity::CapacityClass;
using capacity::CapacityOffer;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Script = ScriptedHttpTransport;

CapacityOffer Pool(const std::string& name, CapacityClass capacity_class, int most) {
  CapacityOffer pool;
  pool.pool = name;
  pool.instance_type = "m6i.large";
  pool.capacity_class = capacity_class;
  pool.price = UsdPerHour(0.1);
  pool.allocatable = {CpuCores(2), Bytes(8'000'000'000), 29};
  pool.most_nodes = most;
  pool.losses_per_hour = capacity_class == CapacityClass::kSpot ? 0.04 : 0;
  pool.labels = {{"karpenter.sh/nodepool", name}};
  return pool;
}

class KarpenterWriterTest : public testing::Test {
 protected:
  KarpenterWriterTest() {
    transport_.Play([this](const http::HttpRequest& request) { return Serve(request); });
  }

  // An API server of a few NodePools, and of no overlays.
  std::optional<Script::Answer> Serve(const http::HttpRequest& request) {
    const std::string path = request.url.substr(0, request.url.find('?'));
    const std::string name = path.substr(path.rfind('/') + 1);
    if (request.method != "GET") {
      writes_.push_back(request.method + " " + path.substr(path.find("/apis/")));
      bodies_.push_back(json::parse(request.body));
      return Script::Ok("{}");
    }
    if (name == "nodeoverlays") return Script::Ok(R"({"metadata": {}, "items": []})");
    if (path.find("/nodepools/") == std::string::npos || !node_pools_.contains(name))
      return Script::Status(404, "{}");
    return Script::Ok(json{{"metadata", {{"name", name}}}, {"spec", node_pools_[name]}}.dump());
  }

  Result<KarpenterReport> Write(const std::vector<CapacityOffer>& pools) {
    return writer_.Write(pools, OverlayPrice::kAdjusted);
  }

  std::map<std::string, json> node_pools_;  // spec by name
  std::vector<std::string> writes_;
  std::vector<json> bodies_;
  SimulatedClock clock_;
  Script transport_;
  KubeClient client_{transport_, {.server = "https://api"}, clock_};
  KarpenterWriter writer_{client_};
};

TEST_F(KarpenterWriterTest, ScalesAStaticNodePoolToWhatThePlanHoldsThere) {
  node_pools_["base"] = {{"replicas", 3}, {"limits", {{"nodes", 12}}}};
  const auto report = Write({Pool("base", CapacityClass::kReserved, 8)});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_THAT(report->problems, IsEmpty());
  EXPECT_THAT(report->written, ElementsAre("nodepools.karpenter.sh/scale base"));
  EXPECT_THAT(writes_, ElementsAre("PATCH /apis/karpenter.sh/v1/nodepools/base/scale"));
  EXPECT_EQ(bodies_[0], json::parse(R"({"spec": {"replicas": 8}})"))
      << "the limit of 12 is room for replacing nodes, and is its owner's";
}

TEST_F(KarpenterWriterTest, SaysWhereALimitKeepsAStaticNodePoolFromWhatItIsScaledTo) {
  const std::vector<CapacityOffer> pools{Pool("base", CapacityClass::kReserved, 8)};
  for (const json& limit : {json(6), json("6")}) {
    writes_.clear();
    node_pools_["base"] = {{"replicas", 3}, {"limits", {{"nodes", limit}}}};
    const auto report = Write(pools);
    ASSERT_TRUE(report) << report.error().message;
    ASSERT_THAT(report->problems, SizeIs(1));
    EXPECT_THAT(report->problems[0],
                AllOf(HasSubstr("nodepools.karpenter.sh base: spec.limits.nodes is 6"),
                      HasSubstr("have 8 nodes"), HasSubstr("expected one of at least 8")));
    EXPECT_THAT(writes_, ElementsAre("PATCH /apis/karpenter.sh/v1/nodepools/base/scale"))
        << "Karpenter follows as soon as the limit is raised";
  }
  node_pools_["base"] = {{"replicas", 3}, {"limits", {{"nodes", "8"}}}};
  const auto report = Write(pools);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_THAT(report->problems, IsEmpty());
}

TEST_F(KarpenterWriterTest, RefusesToMakeADynamicNodePoolStaticAndWritesNothing) {
  node_pools_["base"] = json::object();
  node_pools_["spot"] = json::object();
  const auto report =
      Write({Pool("spot", CapacityClass::kSpot, 30), Pool("base", CapacityClass::kReserved, 8)});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(report.error().message,
              AllOf(HasSubstr("nodepools.karpenter.sh base is dynamic: spec.replicas is absent"),
                    HasSubstr("reserved, 8 nodes"), HasSubstr("nothing was written")));
  EXPECT_THAT(writes_, IsEmpty()) << "not the overlay of the spot pool either";
}

TEST_F(KarpenterWriterTest, RefusesToMakeAStaticNodePoolDynamicAndWritesNothing) {
  node_pools_["base"] = {{"replicas", 3}};
  const auto report = Write({Pool("base", CapacityClass::kSpot, 30)});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(report.error().message,
              AllOf(HasSubstr("nodepools.karpenter.sh base is static: spec.replicas is 3"),
                    HasSubstr("karpenter.sh/nodepool: base is not reserved")));
  EXPECT_THAT(writes_, IsEmpty());
}

TEST_F(KarpenterWriterTest, GoesOnWhereANodePoolIsNotThere) {
  node_pools_["spot"] = json::object();
  const auto report =
      Write({Pool("spot", CapacityClass::kSpot, 30), Pool("base", CapacityClass::kReserved, 8)});
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_THAT(report->problems, SizeIs(1));
  EXPECT_THAT(report->problems[0], HasSubstr("there is no NodePool base"));
  EXPECT_THAT(writes_, ElementsAre("PATCH /apis/karpenter.sh/v1alpha1/nodeoverlays/loadcurve-spot",
                                   "PATCH /apis/karpenter.sh/v1/nodepools/spot"));
  EXPECT_EQ(bodies_[1]["spec"], json::parse(R"({"limits": {"nodes": "30"}, "weight": 100})"));
}

}  // namespace
}  // namespace loadcurve::kube
