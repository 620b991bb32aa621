#include "adapters/profile_codec/yaml_lines.h"

#include <gtest/gtest.h>

namespace loadcurve::profile_codec {
namespace {

constexpr std::string_view kText = R"(# top
spec:
    load:
        # why
        weights:
            kind: table
            list:
            - 1
        # after
        other: 1  # stays
)";

TEST(YamlLines, ExchangesABlockAndNothingElse) {
  YamlLines lines(kText);
  EXPECT_TRUE(lines.Put({"spec", "load", "weights"},
                        YamlLines("spec:\n  load:\n    weights:\n      kind: fitted\n")));
  EXPECT_EQ(lines.Text(), R"(# top
spec:
    load:
        # why
        weights:
          kind: fitted
        # after
        other: 1  # stays
)");
}

TEST(YamlLines, AddsABlockAtTheEndOfItsParent) {
  YamlLines lines("a:\n  b: 1\nc: 2\n");
  EXPECT_TRUE(lines.Put({"a", "d"}, YamlLines("a:\n  d:\n    e: 3\n")));
  EXPECT_EQ(lines.Text(), "a:\n  b: 1\n  d:\n    e: 3\nc: 2\n");
}

TEST(YamlLines, AddsTheParentWhereThatIsMissingToo) {
  YamlLines lines("a: 1\n");
  EXPECT_TRUE(lines.Put({"status", "x"}, YamlLines("status:\n  x: 2\n")));
  EXPECT_EQ(lines.Text(), "a: 1\nstatus:\n  x: 2\n");
}

TEST(YamlLines, RefusesAParentInFlowStyle) {
  YamlLines lines("a: {b: 1}\n");
  EXPECT_FALSE(lines.Put({"a", "c"}, YamlLines("a:\n  c: 2\n")));
  EXPECT_EQ(lines.Text(), "a: {b: 1}\n");
}

}  // namespace
}  // namespace loadcurve::profile_codec
