#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cmd/ten_days.h"
#include "tests/support/run_program.h"

namespace loadcurve {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

ProgramRun Backtest(std::vector<std::string> arguments, const std::string& input = TenDays()) {
  arguments.insert(arguments.begin(), {"backtest", "--horizon", "2"});
  return RunLoadcurve(arguments, input);
}

TEST(BacktestCommand, PrintsJsonInTheShapeThatScriptsExpect) {
  const auto run = Backtest(
      {"--series", "-", "--model", "seasonal-naive,persistence", "--origins", "4", "-o", "json"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const auto json = nlohmann::json::parse(run.out);
  ASSERT_EQ(json.at("series").size(), 2U);
  const auto& naive = json.at("series").at(0);
  EXPECT_EQ(naive.at("id"), "-");
  EXPECT_EQ(naive.at("model"), "seasonal-naive");
  EXPECT_EQ(naive.at("origins"), 4);
  for (const char* key :
       {"smape", "mase", "pinball", "coverage90", "interval_score", "skill_vs_seasonal_naive"}) {
    EXPECT_TRUE(naive.at("metrics").contains(key)) << key;
    EXPECT_TRUE(naive.at("by_horizon").at(1).contains(key)) << key;
    EXPECT_EQ(json.at("mean").at(key), naive.at("metrics").at(key)) << key;
  }
  // The load repeats, so the last day again is right to the digit.
  EXPECT_EQ(naive.at("metrics").at("smape"), 0);
  EXPECT_EQ(naive.at("metrics").at("coverage90"), 1);
  EXPECT_EQ(naive.at("by_horizon").size(), 2U);
  EXPECT_EQ(naive.at("by_horizon").at(1).at("h"), 2);
  EXPECT_EQ(naive.at("used").at("seasonal-naive"), 4);
  EXPECT_EQ(json.at("models").at(1).at("model"), "persistence");
  EXPECT_GT(json.at("models").at(1).at("mean").at("smape"), 0);
}

TEST(BacktestCommand, PrintsARowAModelAndOneAStepAhead) {
  const auto run =
      Backtest({"--series", "-", "--model", "seasonal-naive", "--origins", "3", "-o", "csv"});
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.out, StartsWith("id,model,h,origins,smape,mase,pinball,coverage90,interval_score,"
                                  "skill_vs_seasonal_naive\n-,seasonal-naive,all,3,0,"));
  EXPECT_THAT(run.out, HasSubstr("\n-,seasonal-naive,2,3,0,"));
  EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 4);
}

TEST(BacktestCommand, ComparesModelsSideBySideForPeople) {
  const auto run = Backtest({"--series", "-", "--model", "all", "--every", "1d", "--origins", "3"});
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.out, StartsWith("2 steps of 1h ahead, 3 origins from 1973-03-11T08:00:00Z to "
                                  "1973-03-13T08:00:00Z"));
  EXPECT_THAT(run.out, HasSubstr("\nseasonal-naive "));
  EXPECT_THAT(run.out, testing::ContainsRegex("steps ahead +auto +persistence "));
  EXPECT_THAT(run.out, HasSubstr("\nauto came to seasonal-naive in 3 of 3\n"));
}

TEST(BacktestCommand, SpeaksOfTheMeanOverTheSeriesOfAWideFile) {
  std::string row;
  for (int hour = 0; hour < 96; ++hour) row += "," + std::to_string(100 + hour % 24);
  const auto run = Backtest({"--wide", "-", "--step", "1h", "--season", "1d", "--origins", "2"},
                            "id\nx" + row + "\ny" + row + "\n");
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.out, StartsWith("2 steps of 1h ahead, 2 series, 4 origins in all\n"));
  EXPECT_THAT(run.out, HasSubstr("auto: less loss than seasonal naive on "));
}

TEST(BacktestCommand, DrawsAPicture) {
  const auto path = std::filesystem::path(testing::TempDir()) / "backtest_command_test.svg";
  const auto run = Backtest({"--series", "-", "--plot", path.string(), "--origins", "2"});
  EXPECT_EQ(run.exit_code, 0) << run.error;
  std::ifstream file(path, std::ios::binary);
  const std::string picture{std::istreambuf_iterator<char>(file), {}};
  std::filesystem::remove(path);
  EXPECT_THAT(picture, StartsWith("<svg "));
  EXPECT_THAT(picture, HasSubstr("Of greatest loss"));
  EXPECT_THAT(picture, HasSubstr("Covered by 90 % bands"));
}

struct WrongUse {
  std::vector<std::string> arguments;
  std::string message;
};

TEST(BacktestCommand, EndsWithTwoAndWritesNothingOnWrongUse) {
  const std::vector<WrongUse> uses = {
      {{}, "one of --series FILE"},
      {{"--series", "-", "--model", "oracle"}, "'oracle' is not a model"},
      {{"--series", "-", "--model", "ridge,ridge"}, "'ridge' is there twice"},
      {{"--series", "-", "--every", "90m"}, "--every is 90m; expected whole steps of 1h"},
      {{"--series", "-", "--from", "yesterday"}, "--from: "},
      {{"--series", "-", "--from", "1980-01-01T00:00:00Z"}, "expected a time within the series"},
      {{"--series", "-", "--from", "1973-03-13T09:00:00Z"}, "no forecast of 2 steps fits"},
      {{"--series", "-", "--band", "95"}, "--band"},
      {{"--series", "-", "--origins", "0"}, "--origins"},
  };
  for (const WrongUse& use : uses) {
    const auto run = Backtest(use.arguments);
    EXPECT_EQ(run.exit_code, 2) << use.message;
    EXPECT_EQ(run.out, "");
    EXPECT_THAT(run.error, HasSubstr(use.message));
  }
}

TEST(BacktestCommand, EndsWithOneWhereTheHorizonLeavesNothingToLearnFrom) {
  const auto run = Backtest({"--series", "-", "--step", "1m"},
                            "time,value\n100020,1\n100080,2\n100140,3\n100200,3\n");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.error, HasSubstr("the series has 4 steps; a horizon of 2 needs at least 5"));
}

}  // namespace
}  // namespace loadcurve
