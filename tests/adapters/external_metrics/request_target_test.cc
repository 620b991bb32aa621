#include "adapters/external_metrics/request_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadcurve::external_metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(RequestTarget, HasAPathInParts) {
  const auto target = RequestTarget::Parse("/apis/a%2Fb/c+d?x=1").value();
  EXPECT_EQ(target.path(), "/apis/a%2Fb/c+d");
  EXPECT_THAT(target.segments(), ElementsAre("apis", "a/b", "c+d"));
  EXPECT_THAT(RequestTarget::Parse("/").value().segments(), IsEmpty());
}

TEST(RequestTarget, IgnoresASlashAtItsEnd) {
  EXPECT_EQ(RequestTarget::Parse("/apis/?x").value().path(), "/apis");
  EXPECT_EQ(RequestTarget::Parse("/").value().path(), "/");
}

TEST(RequestTarget, DecodesAQueryAsTheAggregatorEncodesIt) {
  const auto target =
      RequestTarget::Parse("/x?labelSelector=env+in+%28a%2Cb%29&pretty&pretty=true&q=a%2Bb")
          .value();
  EXPECT_EQ(target.Parameter("labelSelector"), "env in (a,b)");
  EXPECT_EQ(target.Parameter("q"), "a+b");
  EXPECT_EQ(target.Parameter("none"), "");
  EXPECT_TRUE(target.Has("pretty"));
  EXPECT_FALSE(target.Has("none"));
  EXPECT_THAT(target.Parameters("pretty"), ElementsAre("", "true"));
  EXPECT_FALSE(target.IsSet("pretty")) << "the first one counts";
  EXPECT_TRUE(RequestTarget::Parse("/x?watch=1").value().IsSet("watch"));
}

TEST(RequestTarget, RefusesWhatIsNone) {
  for (const char* text :
       {"", "*", "apis", "http://host/apis", "/a%", "/a%2", "/a%zz", "/x?a=%g1", "/x?%=1"})
    EXPECT_EQ(RequestTarget::Parse(text).error().code, ErrorCode::kInvalidArgument) << text;
}

}  // namespace
}  // namespace loadcurve::external_metrics
