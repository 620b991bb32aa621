#include "scaler/capacity/expansion_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadcurve::capacity {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kGib = std::int64_t{1} << 30;
const NodeResources kNode{CpuCores(8), Bytes(32 * kGib), 110};
const NodeResources kPod{CpuCores(1), Bytes(kGib), 1};

NodePrice Price(double price, double speed = 1, double losses = 0) {
  return {.price = UsdPerHour(price), .losses_per_hour = losses, .speed = speed};
}

ExpansionOption Option(std::string group, std::int64_t nodes, std::size_t pods,
                       std::optional<NodePrice> price) {
  return {std::move(group), nodes, std::vector<NodeResources>(pods, kPod), price};
}

std::vector<std::size_t> Kept(const std::vector<ExpansionOption>& options) {
  return ChooseExpansion(options, std::vector<NodeResources>(options.size(), kNode)).kept;
}

TEST(ChooseExpansion, TakesTheLeastMoneyForTheLoad) {
  EXPECT_THAT(Kept({Option("a", 1, 8, Price(0.4)), Option("b", 1, 8, Price(0.3))}), ElementsAre(1));
  // Twice as many pods for less than twice the money.
  EXPECT_THAT(Kept({Option("a", 1, 4, Price(0.4)), Option("b", 1, 8, Price(0.7))}), ElementsAre(1));
  // Two nodes for what one does.
  EXPECT_THAT(Kept({Option("a", 2, 8, Price(0.2)), Option("b", 1, 8, Price(0.3))}), ElementsAre(1));
}

TEST(ChooseExpansion, PaysForSpeedWhatItIsWorth) {
  // 0.44 for 1.2 times the load is 0.367.
  EXPECT_THAT(Kept({Option("a", 1, 8, Price(0.4)), Option("b", 1, 8, Price(0.44, 1.2))}),
              ElementsAre(1));
  EXPECT_THAT(Kept({Option("a", 1, 8, Price(0.4)), Option("b", 1, 8, Price(0.5, 1.2))}),
              ElementsAre(0));
}

TEST(ChooseExpansion, CountsWhatALossCosts) {
  // Half a loss an hour: 0.3 costs as much as 0.45.
  EXPECT_THAT(Kept({Option("spot", 1, 8, Price(0.3, 1, 0.5)), Option("fixed", 1, 8, Price(0.4))}),
              ElementsAre(1));
  EXPECT_THAT(Kept({Option("spot", 1, 8, Price(0.3, 1, 0.1)), Option("fixed", 1, 8, Price(0.4))}),
              ElementsAre(0));
}

TEST(ChooseExpansion, SaysHowManyTimesTheLeastAnOptionCosts) {
  // Eight cores at 0.4 fill the node: 1. Four of them leave it half empty: 2.
  const std::vector<ExpansionOption> options = {Option("full", 1, 8, Price(0.4)),
                                                Option("half", 1, 4, Price(0.4))};
  const auto choice = ChooseExpansion(options, std::vector<NodeResources>(2, kNode));
  EXPECT_NEAR(*choice.judgements[0].cost, 1, 1e-9);
  EXPECT_NEAR(*choice.judgements[1].cost, 2, 1e-9);
  EXPECT_THAT(choice.judgements[1].why, HasSubstr("1 nodes at 0.4 for 4 pods: 2 times the least"));
}

TEST(ChooseExpansion, TakesMorePodsAndThenTheFirstByNameOfEquals) {
  EXPECT_THAT(Kept({Option("a", 1, 4, Price(0.2)), Option("b", 2, 8, Price(0.2))}), ElementsAre(1));
  EXPECT_THAT(Kept({Option("b", 1, 8, Price(0.4)), Option("a", 1, 8, Price(0.4))}), ElementsAre(1));
}

TEST(ChooseExpansion, HasNoOpinionWithoutPrices) {
  EXPECT_THAT(Kept({Option("a", 1, 8, {}), Option("b", 1, 8, {})}), ElementsAre(0, 1));
  EXPECT_THAT(Kept({Option("a", 1, 8, {}), Option("b", 1, 8, Price(9))}), ElementsAre(1));
  EXPECT_THAT(Kept({}), IsEmpty());
}

TEST(ChooseExpansion, VetoesOnlyWhereEveryOptionIsClosed) {
  NodePrice closed = Price(0.1);
  closed.is_closed = true;
  EXPECT_THAT(Kept({Option("a", 1, 8, closed), Option("b", 1, 8, Price(0.4))}), ElementsAre(1));
  EXPECT_THAT(Kept({Option("a", 1, 8, closed), Option("b", 1, 8, {})}), ElementsAre(1));
  EXPECT_THAT(Kept({Option("a", 1, 8, closed), Option("b", 1, 8, closed)}), IsEmpty());
}

}  // namespace
}  // namespace loadcurve::capacity
