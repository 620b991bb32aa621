#include "scaler/capacity/fleet/spot_loss_watch.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/scaler/capacity/plan/plan_world.h"

namespace loadcurve::capacity {
namespace {

using namespace std::chrono_literals;

// Four nodes of spot and one on demand, listed each minute.
class SpotLossWatchTest : public testing::Test {
 protected:
  SpotLossWatchTest() {
    for (const char* id : {"a", "b", "c", "d"}) listed_.push_back(Node(id, "spot"));
    listed_.push_back(Node("e", "od"));
    See();
  }

  static ProvidedNode Node(const std::string& id, const std::string& pool) {
    return {.id = id, .pool = pool, .token = "", .state = NodeState::kReady};
  }

  ProvidedNode& Listed(const std::string& id) {
    return *std::ranges::find(listed_, id, &ProvidedNode::id);
  }

  void See() {
    watch_.See({.now = now_,
                .pools = pools_,
                .provided = listed_,
                .losses = losses_,
                .leaving = leaving_});
  }

  // To the end of the hour.
  SeenLosses AfterTheHour() {
    while (now_ < 60min) {
      now_ += 1min;
      See();
    }
    return watch_.record().pools().at("spot");
  }

  std::vector<CapacityOffer> pools_ = {TenCores("spot", "a", CapacityClass::kSpot, 1),
                                       TenCores("od", "a", CapacityClass::kOnDemand, 1)};
  std::vector<ProvidedNode> listed_;
  std::vector<NodeLoss> losses_;
  std::map<std::string, LeaveStage> leaving_;
  Duration now_{};
  SpotLossWatch watch_;
};

TEST_F(SpotLossWatchTest, CountsANodeOnceThatIsInterruptedAndThenGone) {
  Listed("a").state = NodeState::kInterrupted;
  See();
  std::erase_if(listed_, [](const ProvidedNode& node) { return node.id == "a"; });
  EXPECT_EQ(AfterTheHour(), (SeenLosses{1, 0.25}));
}

TEST_F(SpotLossWatchTest, CountsANoticeThatTheNodeItselfHas) {
  losses_ = {{.node_id = "a"}, {.node_id = "b"}};
  losses_[1].response = LossResponse::kCordonAndReplace;
  EXPECT_EQ(AfterTheHour(), (SeenLosses{1, 0.25})) << "a recommendation is no loss";
}

TEST_F(SpotLossWatchTest, CountsWhatWentWithoutNotice) {
  std::erase_if(listed_, [](const ProvidedNode& node) { return node.id < "c"; });
  EXPECT_EQ(AfterTheHour(), (SeenLosses{1, 0.5}));
}

TEST_F(SpotLossWatchTest, CountsNothingThatIsMissingInOneListAlone) {
  const auto all = listed_;
  listed_.clear();
  now_ += 1min;
  See();
  listed_ = all;
  EXPECT_EQ(AfterTheHour().lost, 0);
}

TEST_F(SpotLossWatchTest, CountsNothingThatWasGivenBackOrIsNoSpot) {
  leaving_["a"] = LeaveStage::kReleased;
  Listed("b").state = NodeState::kLeaving;
  See();
  std::erase_if(listed_,
                [](const ProvidedNode& node) { return node.id < "c" || node.pool == "od"; });
  EXPECT_EQ(AfterTheHour(), (SeenLosses{1, 0}));
  EXPECT_EQ(watch_.record().pools().size(), 1U);
}

}  // namespace
}  // namespace loadcurve::capacity
