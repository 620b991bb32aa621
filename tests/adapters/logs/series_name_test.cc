#include "adapters/logs/series_name.h"

#include <gtest/gtest.h>

#include <string>

namespace loadcurve::logs {
namespace {

TEST(SeriesName, KeepsPrintableUtf8) {
  for (const char* text : {"", "checkout.shop", "GET /a b", "caf\xC3\xA9",
                           "\xE6\x94\xAF\xE4\xBB\x98", "\xF0\x9F\x9B\x92"})
    EXPECT_EQ(SeriesName(text), text);
}

TEST(SeriesName, CallsTheRestOther) {
  for (const char* text : {"a\tb", "a\x7F", "caf\xE9", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                           "\xF5\x80\x80\x80", "\xF4\x90\x80\x80", "\xE6\x94", "\x80"})
    EXPECT_EQ(SeriesName(text), "other") << text;
  EXPECT_EQ(SeriesName(std::string(201, 'a')), "other");
  EXPECT_EQ(SeriesName(std::string(200, 'a')), std::string(200, 'a'));
}

}  // namespace
}  // namespace loadcurve::logs
