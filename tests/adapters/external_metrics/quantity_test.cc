#include "adapters/external_metrics/quantity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <regex>

#include "base/quantity_text.h"

namespace loadcurve::external_metrics {
namespace {

TEST(Quantity, IsCanonical) {
  const std::pair<double, const char*> cases[] = {
      {0, "0"},       {-0.0, "0"},    {1.5, "1500m"},         {12, "12"},    {12.5, "12500m"},
      {1000, "1k"},   {1200, "1200"}, {100000, "100k"},       {0.5, "500m"}, {0.0001, "1m"},
      {0.0011, "2m"}, {1e6, "1M"},    {1.001e6, "1001k"},     {1e9, "1G"},   {1e12, "1T"},
      {1e15, "1P"},   {999, "999"},   {1000.001, "1000001m"},
  };
  for (const auto& [value, text] : cases) EXPECT_EQ(ToQuantity(value).value(), text) << value;
}

TEST(Quantity, IsNotRoundedUpByTheNoiseOfADouble) {
  // 0.07 * 1000 is 70.00000000000001, 0.29 * 1000 is 290 but for its last digit.
  for (int thousandths = 1; thousandths < 20000; ++thousandths) {
    const double value = std::stod(std::to_string(thousandths / 1000) + "." +
                                   std::to_string(1000 + thousandths % 1000).substr(1));
    const std::string expected = thousandths % 1000 == 0 ? ToQuantity(thousandths / 1000).value()
                                                         : std::to_string(thousandths) + "m";
    ASSERT_EQ(ToQuantity(value).value(), expected) << value;
  }
}

TEST(Quantity, StopsWhereSixtyFourBitsOfThousandthsDo) {
  EXPECT_EQ(ToQuantity(9e15).value(), "9P");
  EXPECT_EQ(ToQuantity(1e300).value(), "9P");
}

TEST(Quantity, RefusesWhatIsNoAmount) {
  for (const double value : {-1.0, -1e-9, std::nan(""), std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity()}) {
    const auto quantity = ToQuantity(value);
    ASSERT_FALSE(quantity) << value;
    EXPECT_EQ(quantity.error().code, ErrorCode::kInvalidArgument);
  }
}

// The grammar of resource.Quantity, canonical form: no sign here, no fraction, no needless zeros
// before or behind, a suffix of the decimal scale.
TEST(Quantity, ObeysTheGrammarForAnyValue) {
  const std::regex grammar("0|[1-9][0-9]*[mkMGTPE]?");
  std::mt19937_64 random(20261124);
  std::uniform_real_distribution<double> exponent(-6, 16.5);
  std::uniform_int_distribution<int> digits(0, 6);
  for (int i = 0; i < 20000; ++i) {
    double value = std::pow(10.0, exponent(random));
    if (i % 2 == 0) {  // short numbers, as people write them
      const double scale = std::pow(10.0, digits(random) - std::floor(std::log10(value)));
      value = std::round(value * scale) / scale;
    }
    const std::string text = ToQuantity(value).value();
    ASSERT_TRUE(std::regex_match(text, grammar)) << value << " became " << text;
    const std::size_t end = text.find_first_not_of("0123456789");
    const std::string number = text.substr(0, end);
    const std::string suffix = end == std::string::npos ? "" : text.substr(end);
    const bool has_room = number.size() > 3 && number.ends_with("000") && suffix != "E";
    ASSERT_FALSE(has_room) << text << " has a larger suffix";
    const double read = QuantityIn(text).value();
    const double wanted = std::min(value, kLargestQuantity);
    ASSERT_GE(read, wanted * (1 - 1e-14)) << text << ": rounds up, never down";
    ASSERT_LT(read, wanted + 0.001 + wanted * 1e-14) << text;
    if (value < 1e11) {  // beyond, a double no longer tells each thousandth from noise
      ASSERT_EQ(ToQuantity(read).value(), text) << "stays as it is";
    }
  }
}

}  // namespace
}  // namespace loadcurve::external_metrics
