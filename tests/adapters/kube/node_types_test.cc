#include "adapters/kube/node_types.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/scripted_http_transport.h"
#include "tests/support/simulated_clock.h"

namespace loadcurve::kube {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
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

TEST_F(NodeTypesTest, TellsTheTypesOfTheNodesOfPods) {
  transport_.On("GET", "/api/v1/nodes/a", Script::Ok(Node("m5.large")));
  transport_.On("GET", "/api/v1/nodes/b", Script::Ok(Node("m7i.large")));
  EXPECT_THAT(types_.TypesOf({{"p", "a"}, {"q", "b"}, {"r", "a"}, {"s", ""}}),
              ElementsAre(Pair("p", "m5.large"), Pair("q", "m7i.large"), Pair("r", "m5.large"),
                          Pair("s", "")));
}

TEST_F(NodeTypesTest, AsksAboutANodeOnceAnHour) {
  transport_.On("GET", "/api/v1/nodes/a", Script::Ok(Node("m5.large")));
  EXPECT_EQ(types_.TypesOf({{"p", "a"}}).at("p"), "m5.large");
  clock_.Advance(59min);
  EXPECT_EQ(types_.TypesOf({{"p", "a"}}).at("p"), "m5.large");
  clock_.Advance(2min);
  transport_.On("GET", "/api/v1/nodes/a", Script::Ok(Node("m7i.large")));
  EXPECT_EQ(types_.TypesOf({{"p", "a"}}).at("p"), "m7i.large");
}

TEST_F(NodeTypesTest, KnowsNoTypeOfANodeThatItMayNotRead) {
  transport_.On("GET", "/api/v1/nodes/a", Script::Status(403, "{}"));
  EXPECT_EQ(types_.TypesOf({{"p", "a"}, {"q", "a"}}).at("p"), "");
  EXPECT_EQ(types_.TypesOf({{"p", "a"}}).at("p"), "") << "not asked again so soon";
}

}  // namespace
}  // namespace loadcurve::kube
