#include "adapters/logs/number_text.h"

#include <gtest/gtest.h>

namespace loadcurve::logs {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

TEST(ReadNumber, ReadsWholeNumbersAndDecimalsExactly) {
  Duration value{0};
  ASSERT_EQ(ReadNumber("0.123", kSecond, value), NumberText::kRead);
  EXPECT_EQ(value.count(), 123'000);
  ASSERT_EQ(ReadNumber("12.0000019", kSecond, value), NumberText::kRead);
  EXPECT_EQ(value.count(), 12'000'001);
  ASSERT_EQ(ReadNumber("17", 1'000, value), NumberText::kRead);
  EXPECT_EQ(value.count(), 17'000);
  ASSERT_EQ(ReadNumber("1.5", 1'000, value), NumberText::kRead);
  EXPECT_EQ(value.count(), 1'500);
  ASSERT_EQ(ReadNumber("-0.001", kSecond, value), NumberText::kRead);
  EXPECT_EQ(value.count(), -1'000);
}

TEST(ReadNumber, TellsAbsentFromWrong) {
  Duration value{0};
  for (const char* absent : {"", "-"})
    EXPECT_EQ(ReadNumber(absent, kSecond, value), NumberText::kAbsent) << absent;
  for (const char* wrong : {"x", "1x", "1.", ".5", "1.2.3", "1,5", " 1", "1e3", "--1", "nan",
                            "9999999999999999999", "999999999999999"})
    EXPECT_EQ(ReadNumber(wrong, kSecond, value), NumberText::kWrong) << wrong;
}

TEST(ReadNumber, KnowsNoPartsOfAMicrosecond) {
  Duration value{0};
  EXPECT_EQ(ReadNumber("0.5", 1, value), NumberText::kWrong);
  ASSERT_EQ(ReadNumber("1791640537000001", 1, value), NumberText::kRead);
  EXPECT_EQ(value.count(), 1'791'640'537'000'001);
}

TEST(ReadNumberList, AddsUpAndIgnoresDashes) {
  Duration sum{0};
  ASSERT_EQ(ReadNumberList("0.010, 0.020 : 0.005", kSecond, sum), NumberText::kRead);
  EXPECT_EQ(sum.count(), 35'000);
  ASSERT_EQ(ReadNumberList("-, 0.020", kSecond, sum), NumberText::kRead);
  EXPECT_EQ(sum.count(), 20'000);
  EXPECT_EQ(ReadNumberList("-, - : -", kSecond, sum), NumberText::kAbsent);
  EXPECT_EQ(ReadNumberList("0.010, fast", kSecond, sum), NumberText::kWrong);
}

}  // namespace
}  // namespace loadcurve::logs
