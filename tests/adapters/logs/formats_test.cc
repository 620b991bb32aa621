#include "adapters/logs/formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace loadcurve::logs {
namespace {

using testing::HasSubstr;

TEST(Formats, FindsEveryKnownFormatByItsName) {
  FormatOptions options;
  options.first_line = "time,duration_ms";
  std::set<std::string> names;
  for (const auto& format : KnownFormats(options)) {
    const std::string name(format->FormatName());
    names.insert(name);
    EXPECT_EQ(FormatByName(name, options).value()->FormatName(), name);
  }
  EXPECT_THAT(names,
              testing::IsSupersetOf({"envoy", "alb", "elb", "json", "csv", "nginx", "apache"}));
}

TEST(Formats, LeavesCsvOutWithoutAHeader) {
  for (const auto& format : KnownFormats({})) EXPECT_NE(format->FormatName(), "csv");
}

TEST(Formats, NamesTheFormatsThereAre) {
  const auto format = FormatByName("syslog", {});
  ASSERT_FALSE(format);
  EXPECT_EQ(format.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(format.error().message, HasSubstr("'syslog' is not a log format"));
  EXPECT_THAT(format.error().message, HasSubstr("envoy, alb, elb, json, csv"));
}

TEST(Formats, ReadsNamedFieldsAsJsonOrCsv) {
  FormatOptions options;
  options.fields = FieldMap::Parse("end=t:s,duration=d:ms").value();
  options.first_line = R"({"t":1,"d":2})";
  EXPECT_EQ(FormatOfFields(options).value()->FormatName(), "json");
  options.first_line = "t,d";
  EXPECT_EQ(FormatOfFields(options).value()->FormatName(), "csv");
  options.first_line = "a,b";
  EXPECT_THAT(FormatOfFields(options).error().message, HasSubstr("the CSV has a, b"));
}

}  // namespace
}  // namespace loadcurve::logs
