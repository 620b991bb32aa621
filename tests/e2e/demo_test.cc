// The demo as a user runs it: the whole path on requests that were really served.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

extern char** environ;

namespace loadcurve {
namespace {

namespace fs = std::filesystem;

// A command of loadcurve while it runs.
class CommandRun {
 public:
  explicit CommandRun(std::vector<std::string> words) {
    words.insert(words.begin(), LOADCURVE_BINARY);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    EXPECT_EQ(posix_spawn(&pid_, LOADCURVE_BINARY, &actions, nullptr, arguments.data(), environ),
              0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    output_ = ends[0];
  }
  ~CommandRun() {
    close(output_);
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  CommandRun(const CommandRun&) = delete;
  CommandRun& operator=(const CommandRun&) = delete;

  pid_t pid() const { return pid_; }

  // Its exit code, and what it printed.
  int Wait(std::string& text) {
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = read(output_, buffer.data(), buffer.size())) > 0;)
      text.append(buffer.data(), static_cast<std::size_t>(got));
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  // Reads on until it has printed `wanted`; false where it ended or fell silent for three minutes.
  bool AwaitText(const std::string& wanted, std::string& text) const {
    std::array<char, 4096> buffer{};
    pollfd asked{.fd = output_, .events = POLLIN, .revents = 0};
    while (text.find(wanted) == std::string::npos) {
      if (poll(&asked, 1, 180'000) <= 0) return false;
      const ssize_t got = read(output_, buffer.data(), buffer.size());
      if (got <= 0) return false;
      text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return true;
  }

  // The sample service that it started, once that writes its log; 0 if none in 10 s.
  pid_t AwaitService(const fs::path& log) const {
    for (int i = 0; i < 200; ++i) {
      std::error_code none;
      const std::string task = std::to_string(pid_);
      std::ifstream children("/proc/" + task + "/task/" + task + "/children");
      pid_t child = 0;
      if (fs::file_size(log, none) > 0 && !none && children >> child) return child;
      poll(nullptr, 0, 50);
    }
    return 0;
  }

 private:
  pid_t pid_ = 0;
  int output_ = -1;
};

bool IsGone(pid_t pid) {
  for (int i = 0; i < 100; ++i) {
    if (kill(pid, 0) != 0) return true;
    poll(nullptr, 0, 50);
  }
  return false;
}

class Demo : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "loadcurve-demo-test-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_;
};

// What keeps one replica from more: with half a core it can burn no more than that for its
// requests.
void ExpectPlausible(const nlohmann::json& ramp, const std::string& text) {
  if (!ramp["counts"]) {
    EXPECT_NE(ramp["doubt"], "");
    EXPECT_THAT(text, testing::HasSubstr("THE RAMP COULD NOT TELL"));
    return;
  }
  EXPECT_THAT(text, testing::HasSubstr("One replica carries "));
  const auto& result = ramp["result"];
  const double rate = result["rate"]["value"];
  EXPECT_GT(rate, 0);
  // The mean request of the recorded days burns 4 ms and more.
  EXPECT_LT(rate, 0.5 / 0.004 * 1.25);
  EXPECT_LE(result["rate"]["low"], rate);
  EXPECT_GE(result["rate"]["high"], rate);
  EXPECT_THAT(std::string(result["bottleneck"]["resource"]), testing::StartsWith("cpu"));
  EXPECT_GT(ramp["cpu"]["ratio"], 0.7);
  EXPECT_LT(ramp["cpu"]["ratio"], 1.4);
}

TEST_F(Demo, RecordsRampsForecastsDecidesAndGoesOnServing) {
  CommandRun run({"demo", "--serve", "--duration", "40s", "--seed", "3", "--out", folder_});
  std::string text;
  ASSERT_TRUE(run.AwaitText("Ctrl-C ends it", text)) << text;
  EXPECT_NE(text.find("/namespaces/default/loadcurve-replicas"), std::string::npos);
  const pid_t service = run.AwaitService(folder_ / "live.log");
  ASSERT_NE(service, 0);
  kill(run.pid(), SIGINT);
  EXPECT_EQ(run.Wait(text), 0);
  EXPECT_TRUE(IsGone(service));

  const nlohmann::json result =
      nlohmann::json::parse(std::ifstream(folder_ / "result.json"), nullptr, false);
  ASSERT_TRUE(result.is_object());
  ExpectPlausible(result["ramp"], text);

  const auto& recording = result["recording"];
  EXPECT_GT(recording["requests"], 1500);
  EXPECT_EQ(recording["requests"], recording["answered"]);
  for (const auto& [name, path] : result["files"].items())
    EXPECT_TRUE(fs::is_regular_file(path.get<std::string>())) << name;

  EXPECT_EQ(result["forecast"]["forecast"].size(), 10U);  // a day of 10 s
  const auto& decision = result["decision"];
  EXPECT_EQ(decision["current"], 2);
  EXPECT_GE(decision["desired"], 1);
  EXPECT_FALSE(decision["reasons"].empty());

  // By hand, on the files it left, the decision is the same.
  CommandRun by_hand({"decide", "--profile", result["files"]["profile"], "--series",
                      result["files"]["load"], "--current", "2", "-o", "json"});
  std::string decided;
  ASSERT_EQ(by_hand.Wait(decided), 0);
  EXPECT_EQ(nlohmann::json::parse(decided), decision);

  // Requests that wait for a core hold the service without costing CPU.
  if (recording["p99_latency_seconds"] > 0.35)
    GTEST_SKIP() << "the machine is busy with other work (99 % of requests took up to "
                 << recording["p99_latency_seconds"] << " s); accuracy was not judged";
  const auto& fits = result["calibration"]["out_of_sample"];
  EXPECT_EQ(result["calibration"]["verdict"], "fitted");
  // A recording of 40 s tells the true value only within some standard errors.
  const double r2 = fits["fitted"]["r2"];
  const double error = fits["fitted"]["r2_error"];
  EXPECT_GE(r2 + 2 * error, 0.95) << "by chance once in 40 at most; " << r2 << " +- " << error;
  EXPECT_GE(r2, 0.85);
  for (const char* rival : {"count", "occupancy", "cudgx"})
    EXPECT_GT(fits["fitted"]["r2"], fits[rival]["r2"]) << rival;
}

TEST_F(Demo, EndsCleanlyAtCtrlC) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const fs::path out = folder_ / std::to_string(signal);
    CommandRun run({"demo", "--out", out});
    const pid_t service = run.AwaitService(out / "access.log");
    ASSERT_NE(service, 0);
    kill(run.pid(), signal);
    std::string text;
    EXPECT_EQ(run.Wait(text), 130);
    EXPECT_EQ(text, "");
    EXPECT_TRUE(IsGone(service));
    EXPECT_FALSE(fs::exists(out)) << "a run that was stopped leaves nothing behind";
  }
}

TEST_F(Demo, LeavesNoServiceBehindWhenItIsKilled) {
  CommandRun run({"demo", "--out", folder_});
  const pid_t service = run.AwaitService(folder_ / "access.log");
  ASSERT_NE(service, 0);
  kill(run.pid(), SIGKILL);
  std::string text;
  EXPECT_EQ(run.Wait(text), -SIGKILL);
  EXPECT_TRUE(IsGone(service));
}

TEST_F(Demo, RefusesADurationThatIsNoWholeDays) {
  for (const char* duration : {"33s", "4s", "1h", "60"}) {
    CommandRun run({"demo", "--duration", duration});
    std::string text;
    EXPECT_EQ(run.Wait(text), 2) << duration;
  }
}

}  // namespace
}  // namespace loadcurve
