#include "adapters/prometheus/request_metric.h"

#include <gtest/gtest.h>

namespace loadcurve::prometheus {
namespace {

std::string FilledValue(const std::string& value, MatchKind kind, const WorkloadNames& names) {
  return Filled({{"x", kind, value}}, names)[0].value;
}

TEST(Filled, PutsNamesInAndTakesThemLiterally) {
  const WorkloadNames names{{"shop", "Deployment", "check.out"}, "web"};
  EXPECT_EQ(FilledValue("{namespace}/{workload}/{object}", MatchKind::kIs, names),
            "shop/check.out/web");
  EXPECT_EQ(FilledValue("{workload}-.+", MatchKind::kMatches, names), R"(check\.out-.+)");
}

TEST(Filled, TakesTheWorkloadsNameForAnObjectThatIsNotNamed) {
  EXPECT_EQ(FilledValue("{object}", MatchKind::kIs, {{"shop", "Deployment", "cart"}, ""}), "cart");
}

TEST(Filled, NamesPodsByTheKindOfTheirWorkload) {
  const auto pods = [](const char* kind) {
    return FilledValue("{pods}", MatchKind::kMatches, {{"shop", kind, "cart"}, ""});
  };
  EXPECT_EQ(pods("Deployment"), "cart-[0-9a-z]{1,10}-[0-9a-z]{5}");
  EXPECT_EQ(pods("Rollout"), "cart-[0-9a-z]{1,10}-[0-9a-z]{5}");
  EXPECT_EQ(pods("StatefulSet"), "cart-[0-9]+");
  EXPECT_EQ(pods("CloneSet"), "cart-.+");
}

TEST(ClassOf, KnowsFailuresByHttpStatus) {
  for (const char* status : {"500", "503", "599", "5xx"})
    EXPECT_EQ(ClassOf(status, ""), RequestClass::kError) << status;
  for (const char* status : {"200", "404", "2xx", "0", "", "5"})
    EXPECT_EQ(ClassOf(status, ""), RequestClass::kServed) << status;
  EXPECT_EQ(ClassOf("101", ""), RequestClass::kLongLived);
}

TEST(ClassOf, KnowsFailuresByGrpcStatusHoweverItIsSpelt) {
  for (const char* status :
       {"14", "Unavailable", "UNAVAILABLE", "DEADLINE_EXCEEDED", "DeadlineExceeded", "Internal"})
    EXPECT_EQ(ClassOf("200", status), RequestClass::kError) << status;
  for (const char* status : {"0", "OK", "5", "NotFound", "", "what"})
    EXPECT_EQ(ClassOf("200", status), RequestClass::kServed) << status;
}

}  // namespace
}  // namespace loadcurve::prometheus
