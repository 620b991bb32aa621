// A fault planted for every rule, so that the house test is known to be able to fail.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/house/house_rules.h"
#include "tests/house/type_names.h"

namespace loadcurve::house {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> RulesBroken(const std::string& path, const std::string& text) {
  std::vector<std::string> rules;
  for (const Finding& finding : Inspect(SourceText(path, text))) rules.emplace_back(finding.rule);
  return rules;
}

TEST(HousePlantedFaults, FindsAnIncludeThatPointsBack) {
  EXPECT_THAT(RulesBroken("base/x.cc", "#include \"metrics/load_series.h\"\n"),
              ElementsAre("arrows"));
  EXPECT_THAT(RulesBroken("metrics/x.cc", "#include \"scaler/y.h\"\n"), ElementsAre("arrows"));
  EXPECT_THAT(RulesBroken("scaler/x.cc", "#include \"adapters/logs/y.h\"\n"),
              ElementsAre("arrows"));
  EXPECT_THAT(RulesBroken("adapters/logs/x.cc", "#  include  \"cmd/output.h\"\n"),
              ElementsAre("arrows"));
  EXPECT_THAT(RulesBroken("cmd/x.cc", "#include \"scaler/y.h\"\n"), IsEmpty());
}

TEST(HousePlantedFaults, FindsAnIncludeWithoutItsRoom) {
  EXPECT_THAT(RulesBroken("metrics/x.cc", "#include \"load_series.h\"\n"), ElementsAre("arrows"));
  EXPECT_THAT(RulesBroken("cmd/x.cc", "#include \"tests/support/y.h\"\n"), ElementsAre("arrows"));
}

TEST(HousePlantedFaults, FindsAnAdapterThatLeansOnAnother) {
  EXPECT_THAT(RulesBroken("adapters/logs/x.cc", "#include \"adapters/store/y.h\"\n"),
              ElementsAre("arrows"));
  EXPECT_THAT(RulesBroken("adapters/store/x.cc", "#include \"adapters/files/y.h\"\n"), IsEmpty());
  EXPECT_THAT(RulesBroken("adapters/store/x.cc", "#include \"adapters/store/y.h\"\n"), IsEmpty());
}

TEST(HousePlantedFaults, FindsAPackageInTheWrongRoom) {
  EXPECT_THAT(RulesBroken("base/x.cc", "#include <Eigen/Dense>\n"), ElementsAre("packages"));
  EXPECT_THAT(RulesBroken("metrics/x.cc", "#include <nlohmann/json.hpp>\n"),
              ElementsAre("packages"));
  EXPECT_THAT(RulesBroken("forecaster/x.cc", "#include <unistd.h>\n"), ElementsAre("packages"));
  EXPECT_THAT(RulesBroken("scaler/x.cc", "#include <tbb/parallel_for.h>\n"),
              ElementsAre("packages"));
  EXPECT_THAT(RulesBroken("adapters/logs/x.cc", "#include <sqlite3.h>\n"), ElementsAre("packages"));
  EXPECT_THAT(RulesBroken("adapters/newcomer/x.cc", "#include <curl/curl.h>\n"),
              ElementsAre("packages"));
  EXPECT_THAT(RulesBroken("metrics/x.cc", "#include <Eigen/Dense>\n"), IsEmpty());
  EXPECT_THAT(RulesBroken("scaler/twin/x.cc", "#include <tbb/parallel_for.h>\n"), IsEmpty());
  EXPECT_THAT(RulesBroken("adapters/store/x.cc", "#include <sqlite3.h>\n"), IsEmpty());
}

// Texts that the rule has to refuse, or to let pass; nothing here is run.
TEST(HousePlantedFaults, FindsARealClock) {
  for (const char* call :
       {"auto t = std::chrono::system_clock::now();",
        "auto t = std::chrono::steady_clock :: now();", "auto t = time(nullptr);",
        "auto t = std::time(0);", "gettimeofday(&t, nullptr);",
        "clock_gettime(CLOCK_REALTIME, &t);", "std::this_thread::sleep_for(1s);",
        "std::this_thread::sleep_until(t);", "usleep(5);", "sleep(1);"})
    EXPECT_THAT(RulesBroken("tests/metrics/x_test.cc", call), ElementsAre("clocks")) << call;
}

// These as well are texts that the rule reads: nothing sleeps.
TEST(HousePlantedFaults, TellsAClockFromWordsThatLookLikeOne) {
  for (const char* text : {"// sleep_for(1s) would wait", "const char* s = \"usleep(5)\";",
                           "const TimePoint time(seconds(5));", "clock.SleepUntil(when, stop);",
                           "const char* s = R\"x(time(nullptr))x\";", "request.time = end;"})
    EXPECT_THAT(RulesBroken("cmd/x.cc", text), IsEmpty()) << text;
}

TEST(HousePlantedFaults, FindsTheOutsideWorldInTheCore) {
  for (const char* text :
       {"#include <iostream>\n", "#include <fstream>\n", "#include <filesystem>\n",
        "void F() { std::puts(\"x\"); }", "void F() { std::cout << 1; }",
        "void F() { std::printf(\"x\"); }", "const char* home = std::getenv(\"HOME\");",
        "std::random_device seed;", "std::shared_ptr<int> owner;"})
    EXPECT_THAT(RulesBroken("scaler/x.cc", text), ElementsAre("core")) << text;
  EXPECT_THAT(RulesBroken("adapters/files/x.cc", "#include <fstream>\n"), IsEmpty());
  EXPECT_THAT(RulesBroken("base/x.cc", "void F() { std::snprintf(text, 9, \"%d\", 1); }"),
              IsEmpty());
}

TEST(HousePlantedFaults, FindsLoggingInTheCore) {
  EXPECT_THAT(RulesBroken("metrics/x.cc", "#include <spdlog/spdlog.h>\n"), ElementsAre("packages"));
}

TEST(HousePlantedFaults, FindsAResultThatMayBeDropped) {
  const std::string once = "#pragma once\n";
  for (const char* text :
       {"Result<int> Plan();", "static Result<std::map<int, std::vector<int>>> Make(int a);",
        "class X {\n public:\n  virtual Result<void> Save() = 0;\n};",
        "[[nodiscard]] int A();\nResult<int> B();",
        "loadcurve::Result<int>\n    Plan(int a,\n int b);"})
    EXPECT_THAT(RulesBroken("scaler/x.h", once + text), ElementsAre("nodiscard")) << text;
  for (const char* text :
       {"[[nodiscard]] Result<int> Plan();", "using Run = std::function<Result<void>()>;",
        "[[nodiscard]] static Result<std::map<int, int>> Make(int a);", "Result<int> last_;",
        "void Take(Result<int> result);", "// Result<int> Plan();"})
    EXPECT_THAT(RulesBroken("scaler/x.h", once + text), IsEmpty()) << text;
  EXPECT_THAT(RulesBroken("scaler/x.cc", "Result<int> Plan() { return 1; }"), IsEmpty());
}

TEST(HousePlantedFaults, FindsAThrow) {
  EXPECT_THAT(RulesBroken("adapters/store/x.cc", "void F() { throw 1; }"), ElementsAre("throw"));
}

TEST(HousePlantedFaults, FindsAHeaderThatCanBeReadTwice) {
  EXPECT_THAT(RulesBroken("base/x.h", "// What it is.\nint F();\n"), ElementsAre("text"));
  EXPECT_THAT(RulesBroken("base/x.h", "// What it is.\n#pragma once\nint F();\n"), IsEmpty());
}

TEST(HousePlantedFaults, FindsLettersBeyondAsciiOutsideLiterals) {
  EXPECT_THAT(RulesBroken("base/x.cc", "// caf\xC3\xA9\n"), ElementsAre("text"));
  EXPECT_THAT(RulesBroken("base/x.cc", "int caf\xC3\xA9;\n"), ElementsAre("text"));
  EXPECT_THAT(RulesBroken("base/x.cc", "const char* s = \"caf\xC3\xA9\";\n"), IsEmpty());
}

TEST(HousePlantedFaults, FindsTestsThatAreSwitchedOff) {
  EXPECT_THAT(RulesBroken("tests/base/x_test.cc", "TEST(X, DISABLED_Works) {}"),
              ElementsAre("text"));
  EXPECT_THAT(RulesBroken("tests/base/x_test.cc", "// TEST(X, Works) {}"), ElementsAre("text"));
  EXPECT_THAT(RulesBroken("tests/base/x_test.cc", "#if 0\n#endif\n"), ElementsAre("text"));
  EXPECT_THAT(RulesBroken("tests/base/x_test.cc", "// TODO: more\n"), ElementsAre("text"));
}

TEST(HousePlantedFaults, FindsNamesThatNameNothing) {
  EXPECT_THAT(RulesBroken("adapters/files/file_utils.cc", "int a;"), ElementsAre("names"));
  EXPECT_THAT(RulesBroken("scaler/x.cc", "class ProfileManager {};"), ElementsAre("names"));
  EXPECT_THAT(RulesBroken("scaler/database.cc", "struct Datapoint {};"), IsEmpty());
}

TEST(HousePlantedFaults, FindsTwoTypesOfOneName) {
  const auto found = [](const std::string& first, const std::string& second) {
    const std::vector sources = {SourceText("metrics/a.h", first), SourceText("cmd/b.cc", second)};
    std::vector<std::string> where;
    for (const Finding& finding : NamesGivenTwice(sources))
      where.push_back(finding.path + ":" + std::to_string(finding.line));
    return where;
  };
  const std::string report = "namespace loadcurve {\nstruct Report { int a; };\n}\n";
  EXPECT_THAT(found(report, "\nnamespace loadcurve {\nclass Report final : public A {};\n}"),
              ElementsAre("cmd/b.cc:3"));
  EXPECT_THAT(found(report, "namespace loadcurve {\nstruct Report;\nvoid F() {}\n}"), IsEmpty());
  EXPECT_THAT(found(report, "namespace loadcurve::plot {\nstruct Report {};\n}"), IsEmpty());
  EXPECT_THAT(found(report, "namespace loadcurve {\nnamespace {\nstruct Report {};\n}\n}"),
              IsEmpty());
  EXPECT_THAT(found(report, "namespace loadcurve {\nstruct A { struct Report {}; };\n}"),
              IsEmpty());
}

TEST(HousePlantedFaults, SaysWhereAndWhat) {
  const auto findings = Inspect(SourceText("base/x.cc", "\n/* \n */\n#include <Eigen/Core>\n"));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].path, "base/x.cc");
  EXPECT_EQ(findings[0].line, 4);
  EXPECT_THAT(findings[0].what, ::testing::HasSubstr("<Eigen/Core>"));
}

TEST(HousePlantedFaults, ExceptsAFileOrAFolderFromOneRule) {
  const Finding finding{"bench/x_bench.cc", 1, kClocks, ""};
  EXPECT_TRUE(Covers({"bench/", kClocks, ""}, finding));
  EXPECT_TRUE(Covers({"bench/x_bench.cc", kClocks, ""}, finding));
  EXPECT_FALSE(Covers({"bench/x", kClocks, ""}, finding));
  EXPECT_FALSE(Covers({"bench/", kThrow, ""}, finding));
}

}  // namespace
}  // namespace loadcurve::house
