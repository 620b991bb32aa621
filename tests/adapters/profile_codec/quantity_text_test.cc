#include "adapters/profile_codec/quantity_text.h"

#include <gtest/gtest.h>

namespace loadcurve::profile_codec {
namespace {

TEST(QuantityText, HoldsCoresAndBytesThatAreNotNegative) {
  EXPECT_DOUBLE_EQ(CoresIn("250m")->value(), 0.25);
  EXPECT_DOUBLE_EQ(CoresIn("1.5")->value(), 1.5);
  EXPECT_EQ(MemoryIn("512Mi")->value(), 512LL * 1024 * 1024);
  EXPECT_EQ(MemoryIn("16G")->value(), 16'000'000'000LL);
  for (const char* text : {"", "-1", "1x", "m", "nan"}) EXPECT_FALSE(CoresIn(text)) << text;
  for (const char* text : {"", "-1Gi", "1gi", "Gi"}) EXPECT_FALSE(MemoryIn(text)) << text;
}

}  // namespace
}  // namespace loadcurve::profile_codec
