#include "adapters/kube/label_selector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadcurve::kube {
namespace {

using testing::HasSubstr;

const Labels kLabels = {{"app", "web"}, {"tier", "front"}, {"size", "12"}, {"empty", ""}};

bool Matches(std::string_view text) {
  const auto selector = LabelSelector::Parse(text);
  EXPECT_TRUE(selector) << selector.error().message;
  return selector && selector->Matches(kLabels);
}

TEST(LabelSelector, KnowsEveryOperator) {
  for (const char* holds :
       {"", " ", "app=web", "app==web", "app = web", "app!=api", "other!=x", "app", "!other",
        "app in (api,web)", "app in ( web )", "app notin (api)", "other notin (x)", "size>11",
        "size<13", "app=web,tier in (front,back),!other", "empty=", "empty in (,x)"})
    EXPECT_TRUE(Matches(holds)) << holds;
  for (const char* fails :
       {"app=api", "app!=web", "other", "!app", "app in (api)", "app notin (web,api)", "size>12",
        "size<12", "app>3", "other>3", "app=web,tier=back", "other=", "other in (x)"})
    EXPECT_FALSE(Matches(fails)) << fails;
}

TEST(LabelSelector, TakesNamesThatLookLikeOperators) {
  const auto selector = LabelSelector::Parse("in in (in),notin notin (notin)");
  ASSERT_TRUE(selector);
  EXPECT_TRUE(selector->Matches({{"in", "in"}}));
}

TEST(LabelSelector, SaysWhereItStumbles) {
  for (const char* wrong : {",", "app=web,", "app in", "app in (a", "a b", "size>x", "(a)", "!"}) {
    const auto selector = LabelSelector::Parse(wrong);
    ASSERT_FALSE(selector) << wrong;
    EXPECT_EQ(selector.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(LabelSelector::Parse("app in web").error().message,
            "label selector 'app in web', at character 8: expected '('");
}

}  // namespace
}  // namespace loadcurve::kube
