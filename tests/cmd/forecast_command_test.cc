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

ProgramRun Forecast(std::vector<std::string> arguments, const std::string& input = TenDays()) {
  arguments.insert(arguments.begin(), {"forecast", "--horizon", "2"});
  return RunLoadcurve(arguments, input);
}

TEST(ForecastCommand, PrintsTheLevelsAsTheUserWroteThem) {
  const auto run =
      Forecast({"--series", "-", "--step", "1h", "--levels", "0.025,0.50,0.9", "-o", "csv"});
  EXPECT_EQ(run.exit_code, 0) << run.error;
  // The series ends 240 hours after 1973-03-03T09:46:40Z + 800 s - 46:40, at ten o'clock.
  EXPECT_THAT(run.out, StartsWith("time,q0.025,q0.50,q0.9\n1973-03-13T10:00:00Z,"));
  EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 3);
  EXPECT_EQ(run.error, "");
}

TEST(ForecastCommand, PrintsJsonWithModelSeasonsAndLevels) {
  const auto run = Forecast(
      {"--series", "-", "--levels", "0.5,0.9", "-o", "json", "--weights-version", "cudgx"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const auto json = nlohmann::json::parse(run.out);
  const auto& series = json.at("series").at(0);
  EXPECT_EQ(series.at("id"), "-");
  EXPECT_EQ(series.at("step_seconds"), 3600);
  EXPECT_EQ(series.at("season_seconds"), nlohmann::json({86400}));
  EXPECT_EQ(series.at("issued_at"), "1973-03-13T10:00:00Z");
  EXPECT_EQ(series.at("weights_version"), "cudgx");
  EXPECT_EQ(series.at("levels"), nlohmann::json({0.5, 0.9}));
  EXPECT_EQ(series.at("forecast").size(), 2U);
  EXPECT_EQ(series.at("forecast").at(1).at("time"), "1973-03-13T11:00:00Z");
  EXPECT_NEAR(series.at("forecast").at(1).at("q0.5").get<double>(), 101, 1);
  // The load rises, so the second of two steps is the higher one.
  EXPECT_GE(series.at("maximum").at("q0.9"), series.at("forecast").at(1).at("q0.9"));
  EXPECT_NEAR(series.at("maximum").at("q0.5").get<double>(), 101, 1);
}

TEST(ForecastCommand, CountsTheStepsOfAWideFileFromOne) {
  const auto run = Forecast({"--wide", "-", "--step", "1h", "--levels", "0.5", "-o", "csv"},
                            "id,a,b,c,d\nx,5,5,5,5\ny,7,7,7,\n");
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_EQ(run.out, "id,h,q0.5\nx,1,5\nx,2,5\ny,1,7\ny,2,7\n");
}

TEST(ForecastCommand, TellsPeopleWhichModelAndSeasonItTook) {
  const auto run = Forecast({"--series", "-"});
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.out, HasSubstr("\nthe highest of all steps: "));
  EXPECT_THAT(run.out, HasSubstr("\nmodel "));
  EXPECT_THAT(run.out, HasSubstr("seasons of 1d"));
}

TEST(ForecastCommand, ResamplesFirst) {
  const auto run = Forecast(
      {"--series", "-", "--resample", "2h", "--aggregate", "sum", "-o", "csv", "--levels", "0.5"});
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.out, HasSubstr("\n1973-03-13T10:00:00Z,"));
  EXPECT_THAT(run.out, HasSubstr("\n1973-03-13T12:00:00Z,"));
}

TEST(ForecastCommand, ExplainsItselfInWords) {
  const auto run = Forecast({"--series", "-", "--explain-at", "1973-03-13T10:30:00Z"});
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.out, HasSubstr("seasons:  1d (loads so far apart correlate by 1.00)\n"));
  EXPECT_THAT(run.out, HasSubstr("\nmodel:    "));
  EXPECT_THAT(run.out, HasSubstr("\nlately:   12 forecasts from 1973-03-08T"));
  // The load is 100 + the hours after ten o'clock, 111.5 in the mean of a day.
  EXPECT_THAT(run.out, HasSubstr("\n1973-03-13T10:00:00Z: 100 = level 111.5 - 11.5 (day) "));
}

TEST(ForecastCommand, ExplainsItselfToScriptsAndBesideCsv) {
  const auto json = Forecast({"--series", "-", "--explain", "-o", "json"});
  ASSERT_EQ(json.exit_code, 0) << json.error;
  const auto explanation = nlohmann::json::parse(json.out).at("series").at(0).at("explanation");
  EXPECT_NEAR(explanation.at("seasons").at(0).at("correlation").get<double>(), 1, 0.01);
  EXPECT_EQ(explanation.at("lately").at("origins"), 12);
  // The second window is the higher one.
  const auto& parts = explanation.at("contributions");
  EXPECT_EQ(parts.at("h"), 2);
  EXPECT_EQ(parts.at("time"), "1973-03-13T11:00:00Z");
  EXPECT_NEAR(parts.at("level").get<double>() + parts.at("day").get<double>() +
                  parts.at("rest").get<double>(),
              parts.at("median").get<double>(), 1e-9);
  const auto csv = Forecast({"--series", "-", "--explain", "-o", "csv"});
  EXPECT_EQ(csv.out, Forecast({"--series", "-", "-o", "csv"}).out);
  EXPECT_THAT(csv.error, HasSubstr("lately:"));
}

TEST(ForecastCommand, DrawsThePastAndTheFan) {
  const auto path = std::filesystem::path(testing::TempDir()) / "forecast_command_test.svg";
  const auto run = Forecast({"--series", "-", "--plot", path.string()});
  EXPECT_EQ(run.exit_code, 0) << run.error;
  std::ifstream file(path, std::ios::binary);
  const std::string picture{std::istreambuf_iterator<char>(file), {}};
  std::filesystem::remove(path);
  EXPECT_THAT(picture, StartsWith("<svg "));
  EXPECT_THAT(picture, HasSubstr("2 steps of 1h ahead"));
  EXPECT_THAT(picture, HasSubstr("0.05 to 0.95"));
}

TEST(ForecastCommand, HeedsACalendarAndSaysWhatItExpects) {
  const auto path = std::filesystem::path(testing::TempDir()) / "forecast_command_test.yaml";
  std::ofstream(path) << "events: [{name: sale, start: 1973-03-13T11:00:00Z, duration: 1h, "
                         "lift: 3}]\n";
  const auto json =
      Forecast({"--series", "-", "--calendar", path.string(), "--explain", "-o", "json"});
  const auto csv = Forecast({"--series", "-", "--calendar", path.string(), "-o", "csv"});
  std::filesystem::remove(path);
  ASSERT_EQ(json.exit_code, 0) << json.error;
  const auto series = nlohmann::json::parse(json.out).at("series").at(0);
  EXPECT_NEAR(series.at("forecast").at(0).at("q0.5").get<double>(), 100, 1);
  EXPECT_NEAR(series.at("forecast").at(1).at("q0.5").get<double>(), 303, 3);
  EXPECT_NEAR(series.at("events").at(0).at("expected_ratio").get<double>(), 3, 1e-9);
  EXPECT_THAT(series.at("why").get<std::string>(), HasSubstr("the load x 3.00, as stated"));
  EXPECT_NEAR(series.at("explanation").at("contributions").at("event").get<double>(), 202, 3);
  EXPECT_THAT(csv.out, HasSubstr("\n1973-03-13T11:00:00Z,"));
}

TEST(ForecastCommand, LendsAYoungRowOfAWideFileTheShapeOfTheOthers) {
  // A day of 100 + the hour in the others, five of them; the young one is of a day and a half.
  std::string text = "id";
  std::string old;
  std::string young;
  for (int hour = 0; hour < 120; ++hour) {
    text += "," + std::to_string(hour);
    old += "," + std::to_string(100 + 10 * (hour % 24));
    young += hour < 84 ? "," : "," + std::to_string(10 + hour % 24);
  }
  const auto run = Forecast({"--wide", "-", "--step", "1h", "-o", "json"},
                            text + "\na" + old + "\nb" + old + "\nyoung" + young + "\n");
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const auto series = nlohmann::json::parse(run.out).at("series").at(2);
  EXPECT_THAT(series.at("why").get<std::string>(),
              HasSubstr("the shape of 2 siblings is borrowed"));
  EXPECT_NEAR(series.at("forecast").at(0).at("q0.5").get<double>(), 10, 2);
  EXPECT_TRUE(series.at("maximum").is_null());
}

struct WrongUse {
  std::vector<std::string> arguments;
  std::string input;
  std::string message;
};

TEST(ForecastCommand, EndsWithTwoAndWritesNothingOnWrongUseOrInput) {
  const std::vector<WrongUse> uses = {
      {{}, "", "one of --series FILE"},
      {{"--series", "-", "--wide", "-"}, "", "one of --series FILE"},
      {{"--series", "/nowhere.csv"}, "", "/nowhere.csv"},
      {{"--series", "-", "--levels", "0.5,0.1"}, TenDays(), "0.1 does not rise"},
      {{"--series", "-", "--levels", "0.5,1"}, TenDays(), "'1' is not a level"},
      {{"--series", "-", "--levels", "half"}, TenDays(), "'half' is not a level"},
      {{"--series", "-", "--model", "oracle"}, TenDays(), "'oracle' is not a model"},
      {{"--series", "-", "--season", "90m"}, TenDays(), "a season of 90m"},
      {{"--series", "-", "--step", "7m"}, TenDays(), "-:3: time is"},
      {{"--series", "-", "--step", "0s"}, TenDays(), "expected more than zero"},
      {{"--series", "-", "--resample", "2h"}, TenDays(), "needs --aggregate"},
      {{"--wide", "-"}, "id,a\nx,1\n", "--wide needs --step"},
      {{"--series", "-", "--calendar", "/nowhere.ics"}, TenDays(), "/nowhere.ics"},
      {{"--series", "-", "--time-zone", "Mars/Olympus"}, TenDays(), "no time zone 'Mars/Olympus'"},
      {{"--wide", "-", "--step", "1h", "--time-zone", "UTC"},
       "id,a\nx,1\n",
       "--time-zone does not"},
      {{"--series", "-", "--explain-at", "noon"}, TenDays(), "--explain-at: "},
      {{"--series", "-", "--explain-at", "1973-03-13T12:00:00Z"}, TenDays(), "within the forecast"},
      {{"--series", "-"}, "time,value\n100000,1\n100060,x\n", "-:3: value is 'x'; expected"},
      {{"--series", "-"}, "time,value\n100000,1\n100060,inf\n", "-:3: value is 'inf'; expected"},
      {{"--series", "-"}, "time,value\n100000,1\n100060,-2\n", "-:3: value is '-2'; expected"},
      {{"--series", "-"}, "time,value\n100000,\n100060,\n", "-:2: value is empty in this and all"},
      {{"--series", "-"},
       "time,value\n100000,1\n100060,2\n100060,3\n",
       "-:4: time is '100060'; expected a later time than in the row before, which has the same"},
      {{"--series", "-"},
       "time,value\n100000,1\n100120,2\n100060,3\n",
       "-:4: time is '100060'; expected a later time"},
      {{"--series", "-"},
       "time,value\n100000,1\n100060,2\n100210,3\n",
       "-:4: time is '1970-01-02T03:50:10Z'; expected a whole number of steps"},
  };
  for (const WrongUse& use : uses) {
    const auto run = Forecast(use.arguments, use.input);
    EXPECT_EQ(run.exit_code, 2) << use.message;
    EXPECT_EQ(run.out, "");
    EXPECT_THAT(run.error, HasSubstr(use.message));
  }
}

TEST(ForecastCommand, EndsWithOneWhereThereIsTooLittleToLearnFrom) {
  const auto run = Forecast({"--series", "-", "--step", "1m"}, "time,value\n100000,1\n100060,2\n");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.error, HasSubstr("2 measured values; at least 3"));
}

}  // namespace
}  // namespace loadcurve
