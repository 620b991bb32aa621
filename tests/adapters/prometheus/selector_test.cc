#include "adapters/prometheus/selector.h"

#include <gtest/gtest.h>

#include <array>

namespace loadcurve::prometheus {
namespace {

TEST(SelectorText, WritesEveryKindOfMatch) {
  const std::array<LabelMatcher, 4> matchers = {{{"a", MatchKind::kIs, "1"},
                                                 {"b", MatchKind::kIsNot, "2"},
                                                 {"c", MatchKind::kMatches, "x|y"},
                                                 {"d", MatchKind::kDoesNotMatch, ".*"}}};
  EXPECT_EQ(SelectorText("up", matchers), R"(up{a="1",b!="2",c=~"x|y",d!~".*"})");
  EXPECT_EQ(SelectorText("up", {}), "up");
}

TEST(SelectorText, EscapesValues) {
  const std::array<LabelMatcher, 1> matchers = {{{"a", MatchKind::kIs, "say \"hi\" \\ \n"}}};
  EXPECT_EQ(SelectorText("up", matchers), R"(up{a="say \"hi\" \\ \n"})");
}

TEST(SelectorText, WritesNamesThatAreNoIdentifiersAsALabel) {
  const std::array<LabelMatcher, 1> matchers = {{{"a", MatchKind::kIs, "1"}}};
  EXPECT_EQ(SelectorText("http.server.request.duration", matchers),
            R"({__name__="http.server.request.duration",a="1"})");
  EXPECT_EQ(SelectorText("job:requests:rate5m", {}), "job:requests:rate5m");
}

TEST(RegexLiteral, EscapesWhatRegularExpressionsTake) {
  EXPECT_EQ(RegexLiteral("shop-v1.2_x"), R"(shop-v1\.2_x)");
  EXPECT_EQ(RegexLiteral("a|b(c)*"), R"(a\|b\(c\)\*)");
}

}  // namespace
}  // namespace loadcurve::prometheus
