#include "adapters/logs/route_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace loadcurve::logs {
namespace {

using testing::HasSubstr;

std::string Route(std::string_view target, std::string_view method = "GET") {
  return std::string(RouteTemplate().RouteOf(method, target));
}

TEST(RouteTemplate, JoinsMethodAndPath) {
  EXPECT_EQ(Route("/cart"), "GET /cart");
  EXPECT_EQ(Route("/cart", "POST"), "POST /cart");
  EXPECT_EQ(Route("/cart", ""), "/cart");
  EXPECT_EQ(Route("/"), "GET /");
}

TEST(RouteTemplate, RemovesQueryFragmentAndPathParameters) {
  EXPECT_EQ(Route("/search?q=secret&token=abc"), "GET /search");
  EXPECT_EQ(Route("/page#part"), "GET /page");
  EXPECT_EQ(Route("/shop;jsessionid=0A1B2C3D4E/cart"), "GET /shop/cart");
  EXPECT_EQ(Route("/?q=1"), "GET /");
}

TEST(RouteTemplate, RemovesSchemeAndHost) {
  EXPECT_EQ(Route("https://user:secret@shop.example:443/cart?x=1"), "GET /cart");
  EXPECT_EQ(Route("http://shop.example"), "GET /");
  EXPECT_EQ(Route("http://shop.example?token=1"), "GET /");
  EXPECT_EQ(Route("/go?to=http://other.example/x"), "GET /go");
}

TEST(RouteTemplate, ReplacesIdentifiers) {
  EXPECT_EQ(Route("/users/42/orders/7"), "GET /users/{id}/orders/{id}");
  EXPECT_EQ(Route("/o/6F9619FF-8B86-D011-B42D-00CF4FC964FF"), "GET /o/{id}");
  EXPECT_EQ(Route("/commit/a3f9c04b"), "GET /commit/{id}");
  EXPECT_EQ(Route("/archive/2026-10-10"), "GET /archive/{id}");
  EXPECT_EQ(Route("/u/jane.doe@example.org"), "GET /u/{id}");
  EXPECT_EQ(Route("/u/jane%40example.org"), "GET /u/{id}");
  EXPECT_EQ(Route("/watch/dQw4w9WgXcQ"), "GET /watch/{id}");
  EXPECT_EQ(Route("/reset/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVm"),
            "GET /reset/{id}");
  EXPECT_EQ(Route("/host/10.0.0.1"), "GET /host/{id}");
}

TEST(RouteTemplate, ReplacesIdentifiersWithinASegment) {
  EXPECT_EQ(Route("/order-123"), "GET /order-{id}");
  EXPECT_EQ(Route("/track_99887766.gpx"), "GET /track_{id}.gpx");
  EXPECT_EQ(Route("/users:42"), "GET /users:{id}");
}

TEST(RouteTemplate, KeepsWordsVersionsAndProcedures) {
  for (const char* path :
       {"/api/v1/health", "/facade", "/oauth2/callback", "/shop.v1.CheckoutService/PlaceOrder",
        "/GetRecommendationsV2", "/CheckoutServiceV2/Get", "/@scope/package",
        "/my-long-article-title", "/a%20b", "/.well-known/openid-configuration", "/index.html"})
    EXPECT_EQ(Route(path), "GET " + std::string(path));
}

TEST(RouteTemplate, CollapsesStaticFiles) {
  EXPECT_EQ(Route("/static/app.9f3c2e1b.js"), "GET /static/*.js");
  EXPECT_EQ(Route("/img/logo.png?v=3"), "GET /img/*.png");
  EXPECT_EQ(Route("/.css"), "GET /.css");
}

TEST(RouteTemplate, NormalisesSlashes) {
  EXPECT_EQ(Route("//cart///items/"), "GET /cart/items");
  EXPECT_EQ(Route("///"), "GET /");
}

TEST(RouteTemplate, HidesWhatIsLongOrNotPrintable) {
  EXPECT_EQ(Route("/s/" + std::string(65, 'a') + "/x"), "GET /s/{id}/x");
  EXPECT_EQ(Route("/caf\xC3\xA9/menu"), "GET /{id}/menu");
  EXPECT_EQ(Route("/a\"b"), "GET /{id}");
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "/segment";
  const std::string route = Route(deep);
  EXPECT_LE(route.size(), 204U);
  EXPECT_THAT(route, testing::EndsWith("/segment/..."));
}

TEST(RouteTemplate, CallsGarbageOther) {
  EXPECT_EQ(Route("\x16\x03\x01", ""), "other");
  EXPECT_EQ(Route("no-slash"), "other");
  EXPECT_EQ(Route(""), "other");
  EXPECT_EQ(Route("/x", "get /etc"), "other");
}

TEST(RouteTemplate, KnowsRequestsWithoutPath) {
  EXPECT_EQ(Route("*", "OPTIONS"), "OPTIONS *");
  EXPECT_EQ(Route("shop.example:443", "CONNECT"), "CONNECT *");
}

TEST(RouteTemplate, IsItsOwnTemplate) {
  for (const char* path : {"/users/42/orders", "/static/app.9f3c2e1b.js", "/order-123", "/"}) {
    const std::string once = Route(path);
    EXPECT_EQ(Route(once.substr(4)), once);
  }
}

TEST(RouteTemplate, LetsTheFirstRuleNameTheRoute) {
  RouteTemplate routes({NamingRule::Parse("--route", "^GET /a/[0-9]+$=number").value(),
                        NamingRule::Parse("--route", "/a/=any").value()});
  EXPECT_EQ(routes.RouteOf("GET", "/a/12?x=1"), "number");
  EXPECT_EQ(routes.RouteOf("POST", "/a/12"), "any");
  EXPECT_EQ(routes.RouteOf("GET", "/b/12"), "GET /b/{id}");
}

TEST(NamingRule, IsPartedAtTheLastEquals) {
  const NamingRule rule = NamingRule::Parse("--route", "/x=y=named").value();
  EXPECT_EQ(rule.name, "named");
  EXPECT_EQ(NameByRules({rule}, "/x=y"), "named");
  EXPECT_EQ(NameByRules({rule}, "/x"), "");
}

TEST(NamingRule, NamesTheOptionAndTheTextOfAWrongRule) {
  for (const char* text : {"no equals", "=name", "x=", "(=name"}) {
    const auto rule = NamingRule::Parse("--route", text);
    ASSERT_FALSE(rule) << text;
    EXPECT_EQ(rule.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(rule.error().message, HasSubstr("--route '" + std::string(text) + "'"));
  }
}

}  // namespace
}  // namespace loadcurve::logs
