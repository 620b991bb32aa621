#include "base/quantity_text.h"

#include <gtest/gtest.h>

#include <utility>

namespace loadcurve {
namespace {

TEST(QuantityText, IsReadInEveryForm) {
  const std::pair<const char*, double> cases[] = {
      {"0", 0},      {"12", 12},    {"-1", -1},       {"+1", 1},       {"1.5", 1.5},
      {".5", 0.5},   {"5.", 5},     {"12500m", 12.5}, {"100n", 1e-7},  {"3u", 3e-6},
      {"1k", 1000},  {"2Ki", 2048}, {"1Mi", 1048576}, {"1Ei", 0x1p60}, {"1E", 1e18},
      {"1e3", 1000}, {"1E3", 1000}, {"15e-1", 1.5},   {"1e+2", 100},   {"0.1Gi", 0.1 * 0x1p30},
  };
  for (const auto& [text, value] : cases) EXPECT_DOUBLE_EQ(QuantityIn(text).value(), value) << text;
  for (const char* text : {"", "k", "1 k", "1K", "1kk", "1e", "1e1.5", "1.2.3", "NaN", "inf", "--1",
                           ".", "1mi", "0x1"})
    EXPECT_FALSE(QuantityIn(text)) << text;
}

}  // namespace
}  // namespace loadcurve
