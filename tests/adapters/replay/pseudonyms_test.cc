#include "adapters/replay/pseudonyms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "adapters/logs/route_template.h"

namespace loadcurve::replay {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

const Pseudonyms& Ours() {
  static const Pseudonyms kOurs("key of the tests");
  return kOurs;
}

std::string InTarget(const std::string& target) {
  return Ours().InTarget(target).value();
}

TEST(Pseudonyms, KeepTheShapeOfAnIdentifier) {
  EXPECT_THAT(InTarget("/users/4711/orders"), MatchesRegex("/users/[1-9][0-9][0-9][0-9]/orders"));
  EXPECT_THAT(InTarget("/users/4711/orders"), Not(HasSubstr("4711")));
  EXPECT_THAT(InTarget("/item/order-123456"), MatchesRegex("/item/order-[1-9][0-9]{5}"));
  EXPECT_THAT(InTarget("/a/0017"), MatchesRegex("/a/00[1-9][0-9]")) << "zeros in front stay";
  EXPECT_THAT(
      InTarget("/blob/3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
      MatchesRegex("/blob/[0-9][a-f][0-9]{4}[a-f][0-9]-[0-9][a-f][0-9]{2}-[0-9]{2}[a-f][0-9]-"
                   "[0-9][a-f][0-9][a-f]-[0-9]{4}[a-f][0-9]{2}[a-f][0-9]{4}"));
  EXPECT_THAT(InTarget("/cart/a3f9c04be1"), MatchesRegex("/cart/[a-f][0-9][a-f][0-9][a-f][0-9]{2}"
                                                         "[a-f]{2}[0-9]"));
}

TEST(Pseudonyms, GiveNobodyMail) {
  EXPECT_THAT(InTarget("/who/joe@shop.com"), MatchesRegex("/who/[a-z]{3}@[a-z]{4}\\.invalid"));
  EXPECT_THAT(InTarget("/find?user=joe%40shop.com&page=2"),
              MatchesRegex("/find\\?user=[a-z]{3}%40[a-z]{4}\\.invalid&page=2"));
}

TEST(Pseudonyms, ReplaceValuesOfTheQueryButNoNamesWordsAndSmallNumbers) {
  EXPECT_THAT(InTarget("/s?q=shoes&page=12&limit=100&id=998877"),
              MatchesRegex("/s\\?q=shoes&page=12&limit=[1-9][0-9]{2}&id=[1-9][0-9]{5}"));
  EXPECT_EQ(InTarget("/v2/api?debug&sort=price-asc"), "/v2/api?debug&sort=price-asc");
  EXPECT_THAT(InTarget("/x?eyJhbGciOiJIUzI1NiJ9"), Not(HasSubstr("eyJhbGci")))
      << "a value without a name";
  EXPECT_THAT(InTarget("/x;jsessionid=7F2A9C0D11E4?a=1"), Not(HasSubstr("7F2A9C0D11E4")));
  EXPECT_THAT(InTarget("/x?t=Zm9v-YmFy_cXV4-MTIz-UXVYMTIz"), Not(HasSubstr("YmFy")));
}

TEST(Pseudonyms, AreTheSameForTheSameAndOthersForAnotherKey) {
  const std::string path = InTarget("/users/471147");
  const std::string query = InTarget("/find?user=471147");
  EXPECT_EQ(path.substr(path.rfind('/') + 1), query.substr(query.rfind('=') + 1));
  EXPECT_NE(Pseudonyms("another").Of("471147").value(), Ours().Of("471147").value());
}

TEST(Pseudonyms, NeverMakeOneOfTwo) {
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) {
    std::string number = std::to_string(i);
    number.insert(0, 4 - number.size(), '0');
    seen.insert(Ours().Of(number).value());
  }
  EXPECT_EQ(seen.size(), 10'000U);
}

TEST(Pseudonyms, LeaveTheNamesOfRoutesAsTheyAre) {
  logs::RouteTemplate before;
  logs::RouteTemplate after;
  for (const std::string target :
       {"/users/42/orders?page=2", "/cart/a3f9c04be1/", "/static/app.9f3c2e1b.js",
        "/item/order-123", "/w/joe@shop.com/x", "/t/3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "/t/Xk29dPqL0zRt7Yw3", "/day/2026-10-10", "/v1/things"})
    EXPECT_EQ(before.RouteOf("GET", target), after.RouteOf("GET", InTarget(target))) << target;
}

}  // namespace
}  // namespace loadcurve::replay
