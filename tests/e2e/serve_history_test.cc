// `loadcurve serve --store` as a program of its own, killed and started again.

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <string>

#include "base/clock.h"
#include "tests/support/run_program.h"
#include "tests/support/scratch_folder.h"

namespace loadcurve {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr std::string_view kProfile = R"(apiVersion: loadcurve.dev/v1alpha1
kind: ScalingProfile
metadata: {name: web}
spec:
  load:
    weights: {kind: occupancy, referenceSeconds: 0.1}
)";

class ServeHistory : public testing::Test {
 protected:
  ServeHistory() {
    folder_.Write("p.yaml", kProfile);
    folder_.Write("access.log", "");
  }

  // Six requests of 100 ms in each minute [first, end) of the test's hour, none in every tenth.
  void Log(int first, int end) const {
    std::string lines;
    for (int minute = first; minute < end; ++minute) {
      if (minute % 10 == 4) continue;
      for (int i = 0; i < 6; ++i)
        lines +=
            fmt::format("{}.500 \"GET /a HTTP/1.1\" 200 0.100\n", start_ + minute * 60 + 10 + i);
    }
    folder_.Append("access.log", lines);
  }

  // Serves until its first step is done and printed, then kills it; what it logged.
  std::string ServeAndKill() const {
    const std::string errors = folder_.Path("errors");
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const pid_t pid = fork();
    if (pid == 0) {
      dup2(ends[1], STDOUT_FILENO);
      dup2(open(errors.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600), STDERR_FILENO);
      if (chdir(folder_.Path(".").c_str()) != 0) _exit(126);
      execl(LOADCURVE_BINARY, LOADCURVE_BINARY, "serve", "--profiles", "p.yaml", "--log",
            "access.log", "--format", R"($msec "$request" $status $request_time)", "--store",
            "history.db", "--listen", "127.0.0.1:0", nullptr);
      _exit(127);
    }
    close(ends[1]);
    std::string text;
    char byte = 0;
    while (text.find("Ctrl-C ends it") == std::string::npos && read(ends[0], &byte, 1) == 1)
      text += byte;
    kill(pid, SIGKILL);
    int status = 0;
    waitpid(pid, &status, 0);
    close(ends[0]);
    EXPECT_TRUE(WIFSIGNALED(status)) << folder_.Read("errors");
    return folder_.Read("errors");
  }

  json Windows() const {
    const ProgramRun run =
        RunLoadcurve({"history", "export", "--store", folder_.Path("history.db"), "-o", "json"});
    EXPECT_EQ(run.exit_code, 0) << run.error;
    return json::parse(run.out)["windows"];
  }

  static std::int64_t RequestsIn(const json& windows) {
    std::int64_t requests = 0;
    for (const json& window : windows) requests += window["requests"].get<std::int64_t>();
    return requests;
  }

  ScratchFolder folder_;
  // An hour and ten minutes ago, at the start of a minute: all of it is final.
  std::int64_t start_ =
      std::chrono::floor<std::chrono::minutes>(SystemClock().Now()).time_since_epoch().count() *
          60 -
      70 * 60;
};

TEST_F(ServeHistory, CountsEachWindowOnceOverKillsAndALostLog) {
  Log(0, 40);
  EXPECT_THAT(ServeAndKill(), HasSubstr("nothing of its past is in history.db"));
  EXPECT_EQ(Windows().size(), 40U);
  EXPECT_EQ(RequestsIn(Windows()), 36 * 6);

  // The log is still there, and has grown: what was stored is not stored again.
  Log(40, 50);
  EXPECT_THAT(ServeAndKill(), HasSubstr("40 windows of 1m are known from history.db"));
  EXPECT_EQ(RequestsIn(Windows()), 45 * 6);

  // The log was rotated away: the past is there all the same, and goes on.
  folder_.Write("access.log", "");
  Log(50, 60);
  EXPECT_THAT(ServeAndKill(), HasSubstr("50 windows of 1m are known from history.db"));
  const json windows = Windows();
  ASSERT_EQ(windows.size(), 60U);
  EXPECT_EQ(RequestsIn(windows), 54 * 6);
  for (std::size_t minute = 0; minute < windows.size(); ++minute)
    EXPECT_EQ(windows[minute]["requests"], minute % 10 == 4 ? 0 : 6) << minute;

  const ProgramRun forecast =
      RunLoadcurve({"forecast", "--store", folder_.Path("history.db"), "--horizon", "1",
                    "--weights", folder_.Path("p.yaml"), "--levels", "0.5", "-o", "json"});
  EXPECT_EQ(forecast.exit_code, 0) << forecast.error;
  EXPECT_EQ(json::parse(forecast.out)["series"][0]["weights_version"], "occupancy-100ms");
}

TEST_F(ServeHistory, SaysThatAStepThatDoesNotDivideAnHourIsNotKept) {
  folder_.Write("p.yaml", std::string(kProfile) + "  forecast: {step: 7s}\n");
  Log(0, 60);
  EXPECT_THAT(
      ServeAndKill(),
      HasSubstr("spec.forecast.step is 7s, and history.db keeps steps that divide an hour"));
  const ProgramRun info = RunLoadcurve({"history", "info", "--store", folder_.Path("history.db")});
  EXPECT_THAT(info.out, HasSubstr("0 workloads"));
}

TEST_F(ServeHistory, IsNotImportedOverFromTheSameLog) {
  Log(0, 60);
  ServeAndKill();
  const ProgramRun imported = RunLoadcurve({"history", "import", folder_.Path("access.log"),
                                            "--format", R"($msec "$request" $status $request_time)",
                                            "--store", folder_.Path("history.db")});
  EXPECT_EQ(imported.exit_code, 2);
  EXPECT_THAT(imported.error, HasSubstr("or measured by serve"));
  EXPECT_EQ(RequestsIn(Windows()), 54 * 6);
}

}  // namespace
}  // namespace loadcurve
