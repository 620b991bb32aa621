#include "adapters/kube/node_types.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::kube {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Script = ScriptedHttpTransport;

std::string Node(const std::string& type) {
  return nlohmann::json{
      {"metadata", {{"name", "n"}, {"labels", {{"node.kubernetes.io/instance-type", type}}}}}}
      .dump();
}

class NodeTypesTest : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_THAT(transport_.unexpected(), IsEmpty());
    EXPECT_EQ(transport_.unused(), 0U);
  }

  SimulatedClock clock_;
  Script transport_;
  KubeClient client_{transport_, {.server = "https://api"}, clock_};
  NodeTypes types_{client_, clock_};
};

TEST_F(NodeTypesTest, GroupsPodsByTheTypesOfTheirNodes) {
  transport_.On("GET", "/api/v1/nodes/a", Script::Ok(Node("m5.large")));
  transport_.On("GET", "/api/v1/nodes/b", Script::Ok(Node("m7i.large")));
  transport_.On("GET", "/api/v1/nodes/c", Script::Ok(Node("m5.large")));
  EXPECT_THAT(types_.GroupsOf(
                  {{"a", Replicas(2)}, {"b", Replicas(1)}, {"c", Replicas(3)}, {"", Replicas(1)}}),
              UnorderedElementsAre(PodGroup{"m5.large", Replicas(5)},
                                   PodGroup{"m7i.large", Replicas(1)}, PodGroup{"", Replicas(1)}));
}

TEST_F(NodeTypesTest, AsksAboutANodeOnceAnHour) {
  transport_.On("GET", "/api/v1/nodes/a", Script::Ok(Node("m5.large")));
  const std::vector<PodGroup> expected = {{"m5.large", Replicas(2)}};
  EXPECT_EQ(types_.GroupsOf({{"a", Replicas(2)}}), expected);
  clock_.Advance(59min);
  EXPECT_EQ(types_.GroupsOf({{"a", Replicas(2)}}), expected);
  clock_.Advance(2min);
  transport_.On("GET", "/api/v1/nodes/a", Script::Ok(Node("m7i.large")));
  EXPECT_EQ(types_.GroupsOf({{"a", Replicas(2)}})[0].instance_type, "m7i.large");
}

TEST_F(NodeTypesTest, KnowsNoTypeOfANodeThatItMayNotRead) {
  transport_.On("GET", "/api/v1/nodes/a", Script::Status(403, "{}"));
  const std::vector<PodGroup> expected = {{"", Replicas(2)}};
  EXPECT_EQ(types_.GroupsOf({{"a", Replicas(2)}}), expected);
  EXPECT_EQ(types_.GroupsOf({{"a", Replicas(2)}}), expected) << "not asked again so soon";
}

}  // namespace
}  // namespace loadcurve::kube
