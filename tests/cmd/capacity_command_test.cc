#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "adapters/logs/histogram_file.h"
#include "base/time_text.h"
#include "metrics/request_counts.h"
#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::minutes;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const TimePoint kDay(std::chrono::days(20'000));  // 2024-10-04
constexpr int kMinutes = 480;

// Eight hours of a service in production. A replica burns 0.02 cores and 5 ms a request, of 1 core:
// with all of it, it would carry (1 - 0.02) / 0.005 = 196 requests/s. It has 20 to 100.
class CapacityCommand : public ::testing::Test {
 protected:
  static double RateAt(int minute) {
    return 60 - 40 * std::cos(2 * std::numbers::pi * minute / 160.0);
  }

  // Requests of `replicas` replicas that each take `held`, in a history store.
  void Serve(double replicas, Duration held) {
    auto counts = RequestCounts::Make(DurationBounds::Default(), minutes(1)).value();
    const auto series = counts.Intern("cart", "GET /a", RequestClass::kServed);
    for (int minute = 0; minute < kMinutes; ++minute) {
      RequestCell cell;
      cell.count = static_cast<std::uint64_t>(RateAt(minute) * 60 * replicas);
      cell.duration_us = cell.count * static_cast<std::uint64_t>(held.count());
      counts.AddCell(counts.WindowOf(kDay + minutes(minute)), series,
                     counts.bounds().BucketOf(held), cell);
    }
    const std::string file = folder_.Write("cart.hist", logs::WriteHistograms(counts));
    const ProgramRun run =
        RunLoadcurve({"history", "import", file, "--store", folder_.Path("history.db")});
    ASSERT_EQ(run.exit_code, 0) << run.error;
  }

  // Measured to 2 %.
  std::string Cpu(double replicas) {
    std::string csv = "time,cpu_cores\n";
    for (int minute = 0; minute < kMinutes; ++minute) {
      const double noise = 1 + 0.02 * std::sin(minute * 7.3);
      csv += fmt::format("{},{}\n", ToRfc3339(kDay + minutes(minute + 1)),
                         replicas * (0.02 + 0.005 * RateAt(minute)) * noise);
    }
    return folder_.Write("cpu.csv", csv);
  }

  ProgramRun Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"capacity", "--store", folder_.Path("history.db")});
    return RunLoadcurve(arguments);
  }

  json Json(std::vector<std::string> arguments, int exit_code = 0) const {
    arguments.insert(arguments.end(), {"-o", "json"});
    const ProgramRun run = Run(arguments);
    EXPECT_EQ(run.exit_code, exit_code) << run.error;
    return json::parse(run.out, nullptr, false);
  }

  std::vector<std::string> Known() {
    return {"--cpu", Cpu(2), "--cpu-limit", "1", "--replicas", "2"};
  }

  ScratchFolder folder_;
};

TEST_F(CapacityCommand, FollowsTheCpuToItsLimitAndSaysHowFar) {
  Serve(2, milliseconds(8));
  const json found = Json(Known());
  EXPECT_EQ(found["known"], true);
  EXPECT_EQ(found["standing"], "extrapolated");
  EXPECT_EQ(found["binds"], "cpu");
  EXPECT_NEAR(found["rate"]["value"].get<double>() / 196, 1, 0.05);
  EXPECT_LT(found["rate"]["low"].get<double>(), 196);
  EXPECT_GT(found["rate"]["high"].get<double>(), 180);
  EXPECT_NEAR(found["seen"]["rate"].get<double>(), 100, 1);
  EXPECT_NEAR(found["reach"].get<double>(), 0.51, 0.03);
  EXPECT_NEAR(found["seen"]["cpu_share"].get<double>(), 0.52, 0.01);
  EXPECT_EQ(found["seen"]["most_replicas"], 2);

  const ProgramRun page = Run(Known());
  EXPECT_THAT(page.out, HasSubstr("extrapolated; binds: cpu"));
  EXPECT_THAT(page.out, HasSubstr("a replica was never loaded above"));
  EXPECT_THAT(page.out, HasSubstr("nobody has seen it"));
}

TEST_F(CapacityCommand, DoesNotKnowWithoutCpu) {
  Serve(2, milliseconds(8));
  const json found = Json({"--replicas", "2"}, 1);
  EXPECT_EQ(found["known"], false);
  EXPECT_EQ(found["rate"], nullptr);
  EXPECT_THAT(found["reasons"][0].get<std::string>(), HasSubstr("--cpu"));
  const ProgramRun page = Run({"--replicas", "2"});
  EXPECT_THAT(page.out, StartsWith("what one replica carries with p95 within 500 ms is not known"));
  EXPECT_THAT(page.error, HasSubstr("not known"));
}

TEST_F(CapacityCommand, DoesNotGuessHowManyReplicasThereWere) {
  Serve(2, milliseconds(8));
  const ProgramRun run = Run({"--cpu", Cpu(2), "--cpu-limit", "1"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.error, HasSubstr("expected --replicas N"));
}

TEST_F(CapacityCommand, TakesCountsOfReplicasByTime) {
  Serve(2, milliseconds(8));
  // Two for four hours; then for an hour nobody knows; then two.
  const std::string replicas = folder_.Write("replicas.csv", R"(time,replicas
2024-10-04T00:00:00Z,2
2024-10-04T04:00:00Z,
2024-10-04T05:00:00Z,2
2024-10-04T08:00:00Z,2
)");
  const json found = Json({"--cpu", Cpu(2), "--cpu-limit", "1", "--replicas", replicas});
  EXPECT_EQ(found["excluded"]["unknown_replicas"], 60);
  EXPECT_NEAR(found["rate"]["value"].get<double>() / 196, 1, 0.05);

  const ProgramRun wrong =
      Run({"--replicas", folder_.Write("wrong.csv", "time,replicas\n2024-10-04T00:00:00Z,two\n")});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.error, HasSubstr("wrong.csv:2: replicas is 'two'; expected a whole number"));
}

TEST_F(CapacityCommand, AsksForTheSlotsOfAServiceThatWaits) {
  // At 196/s it would hold 39 requests at once, and held 20.
  Serve(2, milliseconds(200));
  const json unknown = Json(Known(), 1);
  EXPECT_THAT(unknown["reasons"][0].get<std::string>(), HasSubstr("tell --slots"));

  auto arguments = Known();
  arguments.insert(arguments.end(), {"--slots", "unlimited"});
  EXPECT_NEAR(Json(arguments)["rate"]["value"].get<double>() / 196, 1, 0.05);
  arguments.back() = "200";
  const json by_cpu = Json(arguments);
  EXPECT_EQ(by_cpu["binds"], "cpu");
  EXPECT_THAT(by_cpu["assumptions"][1].get<std::string>(), HasSubstr("what it waits for"));
  arguments.back() = "30";
  const json by_slots = Json(arguments);
  // 30 slots of 200 ms are 150/s with all of them held.
  EXPECT_EQ(by_slots["binds"], "slots");
  EXPECT_EQ(by_slots["per_replica"]["binding"], "slots");
  EXPECT_GT(by_slots["rate"]["value"].get<double>(), 110);
  EXPECT_LT(by_slots["rate"]["value"].get<double>(), 150);
}

TEST_F(CapacityCommand, WritesAProfileAndAgreesWithARamp) {
  Serve(2, milliseconds(8));
  auto arguments = Known();
  arguments.insert(arguments.end(), {"--write-profile", folder_.Path("cart.yaml")});
  ASSERT_EQ(Run(arguments).exit_code, 0);
  std::string text = folder_.Read("cart.yaml");
  EXPECT_THAT(text, HasSubstr("loadcurve.dev/production-time"));
  EXPECT_THAT(text, HasSubstr("loadcurve.dev/production-bottleneck: cpu"));
  EXPECT_THAT(text, HasSubstr("targetShare: 1"));
  EXPECT_EQ(RunLoadcurve({"validate", folder_.Path("cart.yaml")}).exit_code, 0);

  // As if a ramp had found it.
  for (const std::string key : {"production-time", "production-bottleneck"}) {
    const auto at = text.find(key);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, 10, "ramp");
  }
  const std::string ramped = folder_.Write("ramped.yaml", text);
  auto compared = Known();
  compared.insert(compared.end(), {"--profile", ramped});
  const json found = Json(compared);
  EXPECT_EQ(found["comparison"]["method"], "ramp");
  EXPECT_EQ(found["comparison"]["agree"], true);
  EXPECT_THAT(Run(compared).out, HasSubstr("found by a ramp: both agree"));

  // What is written replaces what the ramp told of itself.
  auto written = Known();
  written.insert(written.end(), {"--write-profile", ramped});
  ASSERT_EQ(Run(written).exit_code, 0);
  EXPECT_THAT(folder_.Read("ramped.yaml"), Not(HasSubstr("ramp-time")));
}

TEST_F(CapacityCommand, WritesNoProfileOfWhatItDoesNotKnow) {
  Serve(2, milliseconds(8));
  const ProgramRun run = Run({"--replicas", "2", "--write-profile", folder_.Path("cart.yaml")});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.error, HasSubstr("no profile was written"));
  EXPECT_EQ(folder_.Read("cart.yaml"), "");
}

TEST_F(CapacityCommand, DrawsWhatWasSeenAndTheEstimate) {
  Serve(2, milliseconds(8));
  auto arguments = Known();
  arguments.insert(arguments.end(), {"--plot", folder_.Path("cart.svg")});
  ASSERT_EQ(Run(arguments).exit_code, 0);
  const std::string svg = folder_.Read("cart.svg");
  EXPECT_THAT(svg, StartsWith("<svg"));
  for (const char* part : {"late beyond 500 ms", "estimate", "seen", "by the line", "divider"})
    EXPECT_THAT(svg, HasSubstr(part));
}

TEST_F(CapacityCommand, RefusesWhatItCannotAnswer) {
  Serve(2, milliseconds(8));
  const auto error_of = [&](std::vector<std::string> arguments) {
    const ProgramRun run = Run(std::move(arguments));
    EXPECT_EQ(run.exit_code, 2) << run.out;
    return run.error;
  };
  EXPECT_THAT(error_of({"--replicas", "0"}), HasSubstr("expected 1 or more"));
  EXPECT_THAT(error_of({"--replicas", "2", "--memory-limit", "much"}),
              HasSubstr("--memory-limit is 'much'; expected an amount as 512Mi, 2Gi or 800M"));
  EXPECT_THAT(error_of({"--replicas", "2", "--slots", "none"}),
              HasSubstr("--slots is 'none'; expected a number of 1 or more, or unlimited"));
  EXPECT_THAT(error_of({"--replicas", "2", "--workload", "shop"}), HasSubstr("holds 'cart' only"));
  EXPECT_THAT(error_of({"--replicas", "2", "--latency-target", "0s"}),
              HasSubstr("expected more than 0"));
  EXPECT_THAT(error_of({"--replicas", "2", "--prometheus", "http://127.0.0.1:1"}),
              HasSubstr("--prometheus needs --profile"));
  EXPECT_THAT(error_of({"access.log", "--replicas", "2"}), HasSubstr("excludes"));
  const ProgramRun nothing = RunLoadcurve({"capacity", "--replicas", "2"});
  EXPECT_EQ(nothing.exit_code, 2);
  EXPECT_THAT(nothing.error, HasSubstr("expected --store FILE, --prometheus URL or a log"));
}

}  // namespace
}  // namespace loadcurve
