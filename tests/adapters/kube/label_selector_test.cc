#include "adapters/kube/label_selector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadcurve::kube {
namespace {

using ::testing::HasSubstr;

bool Matches(std::string_view selector, const Labels& labels) {
  const auto parsed = LabelSelector::Parse(selector);
  EXPECT_TRUE(parsed) << selector << ": " << (parsed ? "" : parsed.error().message);
  return parsed && parsed->Matches(labels);
}

TEST(LabelSelector, KnowsEveryOperator) {
  const Labels web = {{"app", "web"}, {"tier", "5"}, {"empty", ""}};
  for (const char* selector : {"",
                               "app=web",
                               "app==web",
                               "app = web",
                               "app!=db",
                               "missing!=x",
                               "app in (db,web)",
                               "app in (web)",
                               "app notin (db, cache)",
                               "missing notin (a)",
                               "app",
                               "!missing",
                               "! missing",
                               "tier>4",
                               "tier<6",
                               "tier > 4",
                               "app=web,tier>4,!missing",
                               "empty=",
                               "empty",
                               "empty in ()",
                               "app in (a,,web)",
                               "empty in (a,)"})
    EXPECT_TRUE(Matches(selector, web)) << selector;
  for (const char* selector :
       {"app=db", "app==db", "app!=web", "missing=x", "app in (db)", "app notin (web)", "missing",
        "!app", "tier>5", "tier<5", "app>1", "missing>1", "app=web,missing", "app=", "missing="})
    EXPECT_FALSE(Matches(selector, web)) << selector;
}

TEST(LabelSelector, TakesWordsOfItsOwnForNames) {
  EXPECT_TRUE(Matches("in in (in,notin)", {{"in", "in"}}));
  EXPECT_TRUE(Matches("app=in", {{"app", "in"}}));
  EXPECT_TRUE(Matches("notin", {{"notin", ""}}));
}

TEST(LabelSelector, TakesKeysWithAPrefix) {
  EXPECT_TRUE(Matches("app.kubernetes.io/name=web", {{"app.kubernetes.io/name", "web"}}));
}

TEST(LabelSelector, RefusesWhatKubernetesRefuses) {
  const std::string long_name(64, 'a');
  for (const std::string& selector :
       {std::string("app=web,"),   std::string(","),           std::string("=web"),
        std::string("app in web"), std::string("app in (web"), std::string("app in"),
        std::string("app web"),    std::string("app=web db"),  std::string("a>x"),
        std::string("a>"),         std::string("a>1.5"),       std::string("!"),
        std::string("!a=b"),       std::string("a=b=c"),       std::string("-a=b"),
        std::string("a=-b"),       std::string("a=b/c"),       std::string("UPPER.io/a=b;"),
        std::string("Upper.io/a"), std::string("a..b/c"),      std::string("/a"),
        std::string("a/"),         std::string("a/b/c"),       long_name,
        "a=" + long_name,          std::string("a=\xff"),      std::string("a in (b))")}) {
    const auto parsed = LabelSelector::Parse(selector);
    ASSERT_FALSE(parsed) << selector;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument) << selector;
    EXPECT_THAT(parsed.error().message, HasSubstr("expected")) << selector;
  }
  EXPECT_EQ(LabelSelector::Parse("a in web").error().message,
            "label selector 'a in web': found 'web', expected '('");
}

TEST(LabelSelector, HasOneFormForEveryWayToWriteIt) {
  const auto form = [](std::string_view text) {
    return LabelSelector::Parse(text).value().ToString();
  };
  EXPECT_EQ(form("b in (y,x,y), a==1,!c ,d, e!=2,f>3, g notin (q,p)"),
            "a=1,b in (x,y),!c,d,e!=2,f>3,g notin (p,q)");
  EXPECT_EQ(form("a in (1)"), "a=1");
  EXPECT_EQ(form(""), "");
  EXPECT_EQ(form(form("b in (y,x), a")), form("b in (y,x), a"));
}

TEST(LabelSelector, NamesTheOneValueAKeyMustHave) {
  const auto exact = [](std::string_view text) {
    const LabelSelector selector = LabelSelector::Parse(text).value();
    return std::string(selector.ExactValueOf("p"));
  };
  EXPECT_EQ(exact("a=1,p=web"), "web");
  EXPECT_EQ(exact("p in (web)"), "web");
  EXPECT_EQ(exact("p in (web,db)"), "");
  EXPECT_EQ(exact("p!=web"), "");
  EXPECT_EQ(exact("q=web"), "");
}

}  // namespace
}  // namespace loadcurve::kube
